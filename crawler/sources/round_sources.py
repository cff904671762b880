"""The sources that rounds read: the entries of the user's sources file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from crawler.exceptions import BadArgumentError
from crawler.sources.arguments import allowed_hosts
from crawler.sources.known_services import service, services
from crawler.sources.services import Service
from crawler.sources.site import site_domain
from crawler.sources.sources_file import KnownServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source that rounds read.

    ``key`` is that of its entry, which the setting CREDENTIALS_OF names too. ``arguments`` are all
    those of its ``spider``, as ``-a`` would give them. ``every`` is None for the rhythm of the
    source itself. ``hosts`` are the registrable domains that its runs ask (hosts where they are
    addresses): no two runs may ask one of them at the same time.
    """

    key: str
    spider: str
    arguments: dict[str, str]
    source: str
    every: timedelta | None
    freshness: timedelta
    since: date | None
    license: str
    tags: tuple[str, ...]
    hosts: frozenset[str]
    has_credentials: bool


def round_sources(path: Path | None, keys: Sequence[str] = (), tag: str = "") -> list[Source]:
    """Return the sources of the enabled entries of the file *path*, which SOURCES_FILE is.

    With *keys* those are returned instead, services that Newsreel knows and disabled entries among
    them; with *tag* of either those that have it. Raises `BadArgumentError` for a key that is none,
    two entries whose articles would be held under one name, and one that needs permission.
    """
    known = services(path)
    chosen = {key: service("KEY", known, key) for key in keys} if keys else _enabled(known)
    found = [_source(it) for it in chosen.values() if not tag or tag in it.tags]
    _check_names(path, found)
    return found


def _enabled(known: KnownServices) -> dict[str, Service]:
    return {key: known[key] for key in known if key in known.own and known[key].enabled}


def _source(entry: Service) -> Source:
    if entry.forbidden and "permission" not in entry.arguments:
        fix = f"{entry.forbidden}. Write enabled = false into its entry, or, if you have permission"
        raise BadArgumentError(
            "SOURCES_FILE", f"[{entry.key}]", f'{fix}, whose: arguments = {{ permission = "…" }}'
        )
    is_wire = entry.spider == "wire"
    at = {"service": entry.key} if is_wire else {"site": entry.site}
    named = {"source": entry.source} if entry.source else {}
    return Source(
        key=entry.key,
        spider=entry.spider,
        arguments={**at, **named, **entry.arguments},
        source=entry.source_name,
        every=entry.every,
        freshness=entry.freshness,
        since=entry.since,
        license=entry.license,
        tags=entry.tags,
        hosts=frozenset(filter(None, map(site_domain, _asked(entry)))),
        has_credentials=entry.credentials is not None,
    )


def _asked(entry: Service) -> Iterator[str]:
    """Yield an address at each host that runs of *entry* ask."""
    yield entry.site
    yield from (page.url for page in (*entry.feeds, *entry.sitemaps, *entry.listings))
    more, _ = allowed_hosts("allow_hosts", entry.arguments.get("allow_hosts", ""))
    yield from (f"https://{host}/" for host in (*entry.domains, *more))


def _check_names(path: Path | None, sources: Iterable[Source]) -> None:
    keys: dict[str, str] = {}
    for it in sources:
        if (other := keys.setdefault(it.source, it.key)) != it.key:
            fix = f"[{other}] and [{it.key}] are both held as {it.source!r}: write another source"
            raise BadArgumentError("SOURCES_FILE", str(path), f"{fix} into one of them")
