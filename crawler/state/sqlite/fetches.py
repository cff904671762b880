"""The tables of what was fetched or read: visits of addresses, bookmarks of foreign archives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields

from crawler.state.sqlite.columns import batches
from crawler.state.sqlite.database import Database
from crawler.state.store import Bookmark, Visit

_VISIT_COLUMNS = [field.name for field in fields(Visit)]
_PUT_VISIT = """
INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
SET at = excluded.at, outcome = excluded.outcome, guid = excluded.guid, date = excluded.date,
    noted = excluded.noted WHERE excluded.noted >= visit.noted
"""


class FetchTables(Database):
    """The methods of a `crawler.state.store.Store` that are about bookmarks and visits."""

    def put_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        with self.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO bookmark VALUES (?, ?, ?, ?)", map(astuple, bookmarks)
            )

    def bookmark(self, file: str, query: str) -> Bookmark | None:
        found = self._rows(
            "SELECT state, offset FROM bookmark WHERE file = ? AND asked = ?", (file, query)
        )
        for state, offset in found:
            return Bookmark(file=file, query=query, state=str(state), offset=int(str(offset)))
        return None

    def put_visits(self, visits: Iterable[Visit]) -> None:
        with self.transaction():
            self._db.executemany(_PUT_VISIT, map(astuple, visits))

    def visits(self, source: str, urls: Iterable[str]) -> dict[str, Visit]:
        found: dict[str, Visit] = {}
        for batch, marks in batches(urls):
            where = f"source = ? AND url IN ({marks})"
            for row in self._rows(f"SELECT * FROM visit WHERE {where}", (source, *batch)):  # noqa: S608
                visit = _visit(row)
                found[visit.url] = visit
        return found

    def visits_with(self, outcome: str, source: str = "") -> Iterator[Visit]:
        query = (
            "SELECT * FROM visit WHERE outcome = ?1 AND (source = ?2 OR ?2 = '') "
            "ORDER BY source, url"
        )
        return map(_visit, self._rows(query, (outcome, source)))

    def _forget_bookmarks(self) -> None:
        self._db.execute("DELETE FROM bookmark")

    def _forget_visits(self) -> None:
        self._db.execute("DELETE FROM visit")


def _visit(row: tuple[object, ...]) -> Visit:
    return Visit(**dict(zip(_VISIT_COLUMNS, map(str, row), strict=True)))
