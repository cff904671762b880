"""The counts of articles by day and kind, kept in step with the articles."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

_KIND = ("language", "agency", "licence", "is_copy")
_COUNT = """
INSERT INTO day_kind (day, kind, source, is_copy, n) VALUES (?, ?, ?, ?, 1)
ON CONFLICT DO UPDATE SET n = n + 1
"""
_ALL = """
INSERT INTO source (name) SELECT DISTINCT source FROM article ORDER BY source;
INSERT INTO kind (source, language, agency, licence, is_copy)
    SELECT DISTINCT source.id, coalesce(language, ''), coalesce(agency, ''),
        coalesce(licence, ''), is_copy
    FROM article JOIN source ON source.name = article.source;
INSERT INTO counted (id, day, kind)
    SELECT article.id, CAST(replace(day, '-', '') AS INTEGER), kind.id
    FROM article JOIN source ON source.name = article.source JOIN kind
        ON (kind.source, kind.language, kind.agency, kind.licence, kind.is_copy) =
        (source.id, coalesce(article.language, ''), coalesce(article.agency, ''),
        coalesce(article.licence, ''), article.is_copy);
INSERT INTO day_kind (day, kind, source, is_copy, n)
    SELECT day, kind, kind.source, is_copy, count(*)
    FROM counted JOIN kind ON kind.id = kind GROUP BY day, kind
"""


def insert(db: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> int:
    """Insert a row with these *columns* into *table*; return its id."""
    marks = ", ".join("?" * len(columns))
    done = db.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - ours
        tuple(columns.values()),
    )
    assert done.lastrowid is not None
    return done.lastrowid


class ArticleCounts:
    """Counts the articles of *db*, which are known by their ids."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._numbers: dict[tuple[Any, ...], int] = {}

    def put(self, place: int) -> None:
        """Count the article at *place* by the day and kind that it has now."""
        names = ", ".join(f"coalesce({name}, '')" for name in _KIND)
        query = f"SELECT replace(day, '-', ''), source, {names} FROM article WHERE id = ?"  # noqa: S608
        day, source, *values = self._db.execute(query, (place,)).fetchone()
        outlet = self._number("source", {"name": source})
        kind = self._number("kind", {"source": outlet, **dict(zip(_KIND, values, strict=True))})
        counted = int(day), kind
        if self._counted(place) == counted:
            return
        self.leave(place)
        self._db.execute("INSERT INTO counted VALUES (?, ?, ?)", (place, *counted))
        self._db.execute(_COUNT, (*counted, outlet, values[-1]))

    def leave(self, place: int) -> None:
        """Count the article at *place* no more."""
        if (counted := self._counted(place)) is None:
            return
        self._db.execute("DELETE FROM counted WHERE id = ?", (place,))
        self._db.execute("UPDATE day_kind SET n = n - 1 WHERE (day, kind) = (?, ?)", counted)
        self._db.execute("DELETE FROM day_kind WHERE (day, kind) = (?, ?) AND n = 0", counted)

    def put_all(self) -> None:
        """Count all articles, of which none was counted."""
        for statement in _ALL.split(";"):
            self._db.execute(statement)

    def end(self) -> None:
        """Forget what a transaction knows, which may be rolled back."""
        self._numbers.clear()

    def _counted(self, place: int) -> tuple[int, int] | None:
        query = "SELECT day, kind FROM counted WHERE id = ?"
        found: tuple[int, int] | None = self._db.execute(query, (place,)).fetchone()
        return found

    def _number(self, table: str, columns: Mapping[str, Any]) -> int:
        """Return the id of the row of *table* with these *columns*, which is made if need be."""
        name = (table, *columns.values())
        if name not in self._numbers:
            marks = " AND ".join(f"{column} = ?" for column in columns)
            query = f"SELECT id FROM {table} WHERE {marks}"  # noqa: S608 - ours
            row = self._db.execute(query, tuple(columns.values())).fetchone()
            self._numbers[name] = row[0] if row else insert(self._db, table, columns)
        return self._numbers[name]
