"""What the user asks of a WordPress site, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from w3lib.url import safe_url_string

from crawler.exceptions import BadArgumentError

_SECOND = timedelta(seconds=1)
_HOST = re.compile(r"[a-z0-9.-]+|\[?[0-9a-f:.]+\]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of the ``wordpress`` spider.

    ``after`` and ``before`` are the exclusive bounds that WordPress takes, in the site's time:
    ``after=2024-01-15`` means from that day on, ``before=2024-01-15`` until the day before.
    """

    site: str
    source: str
    post_types: tuple[str, ...]
    search: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    after: datetime | None
    before: datetime | None
    max_articles: int | None
    allow_hosts: tuple[str, ...]


def arguments(  # noqa: PLR0913 - one keyword an argument of the spider
    *,
    site: str = "",
    source: str = "",
    post_types: str = "posts",
    search: str = "",
    categories: str = "",
    tags: str = "",
    after: str = "",
    before: str = "",
    max_articles: str = "",
    allow_hosts: str = "",
) -> Arguments:
    """Read the arguments as ``-a`` gives them. Raises `BadArgumentError`."""
    url = _site(site)
    start = _moment("after", after)
    if "pages" in _list(post_types) and (categories or tags):
        raise BadArgumentError("post_types", post_types, "pages have no categories and tags")
    return Arguments(
        site=url,
        source=source or default_source(url),
        post_types=_list(post_types) or ("posts",),
        search=search,
        categories=_list(categories),
        tags=_list(tags),
        after=start - _SECOND if start else None,
        before=_moment("before", before),
        max_articles=_count(max_articles),
        allow_hosts=_hosts(allow_hosts),
    )


def default_source(url: str) -> str:
    """Return the name of the source at *url*: its host without ``www.``, and its folder."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return "/".join([host, *(part for part in parts.path.split("/") if part)])


def _site(site: str) -> str:
    url = site.strip()
    if url and "://" not in url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadArgumentError("site", site, "give the address, e.g. -a site=https://example.org/")
    if parts.username is not None:
        raise BadArgumentError(
            "site",
            f"{parts.scheme}://…@{parts.hostname}",
            "put credentials into WORDPRESS_USER and WORDPRESS_APP_PASSWORD, not into the address",
        )
    return urlsplit(safe_url_string(url))._replace(path=parts.path or "/", fragment="").geturl()


def _hosts(text: str) -> tuple[str, ...]:
    hosts = _list(text.lower())
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise BadArgumentError("allow_hosts", host, "name hosts alone, e.g. api.example.org")
    return hosts


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadArgumentError(name, text, "use 2024-01-15 or 2024-01-15T07:00:00") from None
    if moment.year < 2:
        raise BadArgumentError(name, text, "WordPress knows no such year")
    if moment.tzinfo:
        raise BadArgumentError(name, text, "leave the zone out: times are the site's own")
    return moment


def _count(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise BadArgumentError("max_articles", text, "use a whole number above 0")
    return int(text)
