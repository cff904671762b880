"""The arguments of spiders, as ``-a`` gives them, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from w3lib.url import safe_url_string

from crawler.exceptions import BadArgumentError
from crawler.sources.services import (
    BadSourcesError,
    Service,
    UnknownServiceError,
    find,
    load,
)

_HOST = re.compile(r"[a-z0-9.-]+|\[?[0-9a-f:.]+\]?")


def default_source(url: str) -> str:
    """Return the name of the source at *url*: its host without ``www.``, and its folder."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return "/".join([host, *(part for part in parts.path.split("/") if part)])


def site_address(name: str, text: str) -> str:
    """Read the address of a site; https is understood. Raises `BadArgumentError`."""
    url = text.strip()
    if url and "://" not in url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadArgumentError(name, text, f"give the address, e.g. -a {name}=https://example.org/")
    if parts.username is not None:
        raise BadArgumentError(
            name,
            f"{parts.scheme}://…@{parts.hostname}",
            "put credentials into WORDPRESS_USER and WORDPRESS_APP_PASSWORD, not into the address",
        )
    return urlsplit(safe_url_string(url))._replace(path=parts.path or "/", fragment="").geturl()


def hosts(name: str, text: str) -> tuple[str, ...]:
    """Read the names of hosts. Raises `BadArgumentError`."""
    found = names(text.lower())
    for host in found:
        if not _HOST.fullmatch(host):
            raise BadArgumentError(name, host, "name hosts alone, e.g. api.example.org")
    return found


def names(text: str) -> tuple[str, ...]:
    """Read what stands between commas."""
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def moment(name: str, text: str) -> datetime | None:
    """Read a day, or a moment without zone; None if there is none. Raises `BadArgumentError`."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadArgumentError(name, text, "use 2024-01-15 or 2024-01-15T07:00:00") from None
    if found.year < 2:
        raise BadArgumentError(name, text, "there was no such year")
    if found.tzinfo:
        raise BadArgumentError(name, text, "leave the zone out: times are the site's own")
    return found


def count(name: str, text: str) -> int | None:
    """Read a number above 0; None if there is none. Raises `BadArgumentError`."""
    if not text:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise BadArgumentError(name, text, "use a whole number above 0")
    return int(text)


def services(path: Path | None) -> dict[str, Service]:
    """Return all services, *path* being SOURCES_FILE or none. Raises `BadArgumentError`."""
    try:
        return load(path)
    except BadSourcesError as error:
        raise BadArgumentError("SOURCES_FILE", str(path), str(error)) from None


def service(name: str, known: Mapping[str, Service], key: str) -> Service:
    """Return the one of *known* that *key* names. Raises `BadArgumentError`."""
    try:
        return find(known, key)
    except UnknownServiceError as error:
        raise BadArgumentError(name, key, str(error)) from None
