"""The arguments of spiders, as ``-a`` gives them, checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from difflib import get_close_matches
from urllib.parse import urlsplit

from w3lib.url import safe_url_string

from crawler.exceptions import BadArgumentError
from crawler.sources.wordpress.languages import tag

_HOST = re.compile(r"[a-z0-9_.-]+|\[?[0-9a-f:.]+\]?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def known_arguments(given: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """Return those of the arguments *given* that are not empty.

    Arguments whose names begin with an underscore belong to other programs (``_job`` to Scrapyd)
    and are left out. Raises `BadArgumentError` for a name that is not one of *names*, and for text
    that came as bytes which are not UTF-8: a WARC record or a file name could not hold it.
    """
    ours = {name: str(text) for name, text in given.items() if not name.startswith("_")}
    for name, text in ours.items():
        if name not in names:
            raise BadArgumentError(name, text, _nearest(name, names))
        if not is_encodable(text):
            raise BadArgumentError(name, text, "it holds bytes that are not UTF-8")
    return {name: text for name, text in ours.items() if text}


def _nearest(name: str, names: Collection[str]) -> str:
    nearest = get_close_matches(name, names, n=1)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    return f"there is no such argument; {hint}The arguments are {', '.join(names)}"


def is_encodable(text: str) -> bool:
    """Return whether *text* can be written as UTF-8; it cannot if it came as other bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def default_source(url: str) -> str:
    """Return the name of the source at *url*: its host without ``www.``, and its folder."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return "/".join([host, *(part for part in parts.path.split("/") if part)])


def site_address(name: str, text: str) -> str:
    """Read the address of a site, https if it names no scheme. Raises `BadArgumentError`."""
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
    """Read names of hosts between commas. Raises `BadArgumentError`."""
    found = names(text.lower())
    for host in found:
        if not _HOST.fullmatch(host):
            raise BadArgumentError(name, host, "name hosts alone, e.g. api.example.org")
    return found


def allowed_hosts(name: str, text: str) -> tuple[tuple[str, ...], frozenset[int]]:
    """Read names of hosts between commas, and the ports behind some. Raises `BadArgumentError`."""
    found, ports = [], set()
    for given in names(text.lower()):
        host, _, port = given.rpartition(":")
        has_port = port.isdecimal() and (":" not in host or host.endswith("]"))
        ports |= {int(port)} if has_port else set()
        found.append(host if has_port else given)
    return hosts(name, ",".join(found)), frozenset(ports)


def languages(name: str, text: str) -> tuple[str, ...]:
    """Read primary language subtags (BCP 47). Raises `BadArgumentError`."""
    found = names(text.lower())
    for language in found:
        if not _LANGUAGE.fullmatch(language):
            raise BadArgumentError(name, language, f"use codes, e.g. {name}=en,de")
    return found


def language_tags(name: str, text: str) -> tuple[str, ...]:
    """Read codes as plugins write them: ``fr``, ``pt-br``. Raises `BadArgumentError`."""
    found = names(text.lower())
    for language in found:
        if not tag(language):
            raise BadArgumentError(name, language, f"use codes, e.g. {name}=en,pt-br")
    return found


def names(text: str) -> tuple[str, ...]:
    """Read what stands between commas."""
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def day_or_time(name: str, text: str) -> datetime | None:
    """Read a day, or a time without zone; None for empty text. Raises `BadArgumentError`."""
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


def period(after: str, before: str) -> tuple[datetime | None, datetime | None]:
    """Read the arguments ``after`` and ``before``. Raises `BadArgumentError`."""
    start, end = day_or_time("after", after), day_or_time("before", before)
    if start and end and start >= end:
        raise BadArgumentError("after", after, f"it must be earlier than before={before}")
    return start, end


def count(name: str, text: str) -> int | None:
    """Read a number above 0; None for empty text. Raises `BadArgumentError`."""
    if not text:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise BadArgumentError(name, text, "use a whole number above 0")
    return int(text)


def yes_or_no(name: str, text: str) -> bool:
    """Read ``yes`` or ``no``; empty text is no. Raises `BadArgumentError`."""
    if text.lower() not in ("", "yes", "no"):
        raise BadArgumentError(name, text, "use yes or no")
    return text.lower() == "yes"
