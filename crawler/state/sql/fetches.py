"""The tables of what was fetched or read: visits of addresses, bookmarks of foreign archives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields

from crawler.state.sql.columns import PAGE
from crawler.state.sql.tables import Tables, atomic
from crawler.state.store import Bookmark, Visit

_VISIT_COLUMNS = [field.name for field in fields(Visit)]
_SELECT = f"SELECT {', '.join(_VISIT_COLUMNS)} FROM visit"  # noqa: S608 - our own constants
INDEXED_KINDS = ("door", "listing", "pages", "tracking")
"""Outcomes of few visits, which are looked for without an address."""
_IS_INDEXED = "outcome IN ('door', 'listing', 'pages', 'tracking')"  # word for word the index's
_PUT_BOOKMARK = """
INSERT INTO bookmark (file, asked, state, "offset") VALUES (?, ?, ?, ?)
ON CONFLICT (file, asked) DO UPDATE SET state = excluded.state, "offset" = excluded."offset"
"""
_PUT_VISIT = """
INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, url) DO UPDATE
SET at = excluded.at, outcome = excluded.outcome, guid = excluded.guid, date = excluded.date,
    noted = excluded.noted WHERE excluded.noted >= visit.noted
"""


class FetchTables(Tables):
    """The methods of a `crawler.state.store.Store` that are about bookmarks and visits."""

    @atomic
    def put_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        self._execute_many(_PUT_BOOKMARK, map(astuple, bookmarks))

    def bookmark(self, file: str, query: str) -> Bookmark | None:
        found = self._rows(
            'SELECT state, "offset" FROM bookmark WHERE file = ? AND asked = ?', (file, query)
        )
        for state, offset in found:
            return Bookmark(file=file, query=query, state=str(state), offset=int(str(offset)))
        return None

    @atomic
    def put_visits(self, visits: Iterable[Visit]) -> None:
        self._execute_many(_PUT_VISIT, map(astuple, visits))

    def visits(self, source: str, urls: Iterable[str]) -> dict[str, Visit]:
        found: dict[str, Visit] = {}
        for batch, among in self._batches(urls):
            where = f"source = ? AND url {among}"
            for row in self._rows(f"{_SELECT} WHERE {where}", (source, *batch)):
                visit = _visit(row)
                found[visit.url] = visit
        return found

    def visits_with(self, outcome: str, source: str = "") -> Iterator[Visit]:
        of_source = "source = ? AND url > ?" if source else "(source, url) > (?, ?)"
        kind = f"outcome = ? AND {_IS_INDEXED}" if outcome in INDEXED_KINDS else "outcome = ?"
        query = f"{_SELECT} WHERE {kind} AND {of_source} ORDER BY source, url LIMIT {PAGE}"
        after = (source, "")
        while page := [_visit(row) for row in self._rows(query, (outcome, *after))]:
            yield from page
            after = (page[-1].source, page[-1].url)

    def _forget_bookmarks(self) -> None:
        self._execute("DELETE FROM bookmark")

    def _forget_visits(self) -> None:
        self._execute("DELETE FROM visit")


def _visit(row: tuple[object, ...]) -> Visit:
    return Visit(**dict(zip(_VISIT_COLUMNS, map(str, row), strict=True)))
