"""Rows on their way out, in a temporary database: they leave it in order, with their copy groups.

Memory does not grow with their number. Nobody needs the database after a crash: it has no journal
and is never synced.
"""

from __future__ import annotations

import pickle
import sqlite3
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from crawler.export.copy_groups import CopyGroups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.export.article_row import ArticleRow
    from crawler.state.store import Holding

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -16384;
CREATE TABLE row (
    number INTEGER PRIMARY KEY, source TEXT, date TEXT, key TEXT, published TEXT, year TEXT,
    is_earlier INTEGER, revision INTEGER, data BLOB
);
"""
_ORDERS = {
    "source": "source, date, key, revision",
    "year": "year, source, date, key, revision",
}
_ROWS = """
SELECT data, name, coalesce(is_copy, 0) FROM row LEFT JOIN copy USING (source, key)
WHERE is_earlier = ? ORDER BY {}
"""
_LATER_COPIES = """
DELETE FROM row WHERE number IN (
    SELECT number FROM (
        SELECT number, is_earlier, dense_rank() OVER (
            PARTITION BY name ORDER BY published, source, key
        ) AS place FROM row JOIN copy USING (source, key)
    ) WHERE place > 1
)
"""


class SpooledRow(NamedTuple):
    """A row as the spool keeps it, and by what it is sorted."""

    source: str
    date: str
    key: str
    published: str
    year: str
    is_earlier: int
    revision: int
    data: bytes


def spooled(row: ArticleRow, held: Holding, *, is_earlier: bool = False) -> SpooledRow:
    """Return the *row* of an article that is *held*; *is_earlier*: of a text that it had."""
    data = zlib.compress(pickle.dumps(row, pickle.HIGHEST_PROTOCOL), 1)
    sort = (held.source, held.date, held.key, held.published, f"{row.day.year:04}")
    return SpooledRow(*sort, int(is_earlier), row.revisions, data)


class RowSpool:
    """Takes rows in any order. ``copies`` gets what is held, also what is not asked for."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self.copies = CopyGroups(self._db)
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def add(self, row: SpooledRow) -> None:
        """Add a row."""
        self._db.execute("INSERT INTO row VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def finish(self, *, one_of_copies: bool = False) -> None:
        """Find the copy groups when all is added; *one_of_copies* keeps the earliest of each."""
        self.copies.find()
        if one_of_copies:
            self._db.execute(_LATER_COPIES)
        for name, order in _ORDERS.items():
            self._db.execute(f"CREATE INDEX row_by_{name} ON row (is_earlier, {order})")

    def rows(self, order: str = "source", *, earlier: bool = False) -> Iterator[ArticleRow]:
        """Yield the rows by *order*, ``source`` or ``year``, and then by date and key."""
        for data, name, is_copy in self._db.execute(_ROWS.format(_ORDERS[order]), (int(earlier),)):
            row: ArticleRow = pickle.loads(zlib.decompress(data))  # noqa: S301 - our own file
            yield replace(row, copy_group=name, is_copy=bool(is_copy)) if name else row

    def sources(self) -> list[str]:
        """Return the sources of the rows, sorted."""
        return [
            source for (source,) in self._db.execute("SELECT DISTINCT source FROM row ORDER BY 1")
        ]

    def count(self, *, earlier: bool = False) -> int:
        """Return how many rows there are."""
        query = "SELECT count(*) FROM row WHERE is_earlier = ?"
        return int(self._db.execute(query, (int(earlier),)).fetchone()[0])
