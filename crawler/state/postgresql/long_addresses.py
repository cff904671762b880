"""Addresses that are too long for an index of PostgreSQL, which has room for 2,700 bytes.

They are held by their beginning and a digest. Who asks for one by its whole gets it back whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from crawler.items import RecordRef
from crawler.state.postgresql.refused_text import restored, storable
from crawler.state.sql.all_tables import Row, Table
from crawler.state.sql.captures import CaptureTables
from crawler.state.sql.fetches import FetchTables
from crawler.state.sql.outcomes import OutcomeTable
from crawler.state.store import Bookmark, Outcome, Visit

_MOST = 1200  # bytes: two may be in one index
_KEPT = 800
_COLUMNS = {"visit": {"url"}, "outcome": {"url"}, "page": {"uri"}, "bookmark": {"file", "asked"}}


def indexed(text: str) -> str:
    """Return *text*, or if it is long what stands for it."""
    written = text.encode(errors="surrogatepass")
    if len(written) <= _MOST:
        return text
    return f"{written[:_KEPT].decode(errors='ignore')}…{hashlib.sha256(written).hexdigest()}"


def _as_read(text: str) -> str:
    """Return *text* as it comes back: what looks like our own mark does not come back the same."""
    return restored(storable(indexed(text)))


class LongAddresses(CaptureTables, FetchTables, OutcomeTable):
    """Methods of a `crawler.state.store.Store` that find something by an address."""

    def as_held(self, table: Table, row: Row) -> Row:
        """Return the *row* of *table*, of whichever ledger, as this one holds it."""
        if (long := _COLUMNS.get(table.name)) is None:
            return row
        named = zip(table.columns, row, strict=True)
        return tuple(
            indexed(value) if column in long and isinstance(value, str) else value
            for column, value in named
        )

    def put_visits(self, visits: Iterable[Visit]) -> None:
        super().put_visits([replace(visit, url=indexed(visit.url)) for visit in visits])

    def visits(self, source: str, urls: Iterable[str]) -> dict[str, Visit]:
        asked = {_as_read(url): url for url in urls}
        found = super().visits(source, map(indexed, asked.values()))
        return {asked[url]: replace(visit, url=asked[url]) for url, visit in found.items()}

    def put_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        super().put_outcomes([replace(one, url=indexed(one.url)) for one in outcomes])

    def drop_outcomes(self, source: str, urls: Iterable[str]) -> None:
        super().drop_outcomes(source, map(indexed, urls))

    def outcomes(self, source: str, urls: Iterable[str]) -> dict[str, Outcome]:
        asked = {_as_read(url): url for url in urls}
        found = super().outcomes(source, map(indexed, asked.values()))
        return {asked[url]: replace(one, url=asked[url]) for url, one in found.items()}

    def put_pages(self, pages: Mapping[str, RecordRef]) -> None:
        super().put_pages({indexed(uri): ref for uri, ref in pages.items()})

    def latest(self, uri: str) -> RecordRef | None:
        return super().latest(indexed(uri))

    def put_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        super().put_bookmarks(
            [replace(one, file=indexed(one.file), query=indexed(one.query)) for one in bookmarks]
        )

    def bookmark(self, file: str, query: str) -> Bookmark | None:
        found = super().bookmark(indexed(file), indexed(query))
        return found and replace(found, file=file, query=query)
