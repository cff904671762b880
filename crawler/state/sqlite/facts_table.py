"""The tables of facts, and of the texts that were in the corpus when it was walked."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.state.sqlite.database import Database
from crawler.state.store import WALK


class FactTables(Database):
    """The methods of a `crawler.state.store.Store` that spare a run its walks."""

    def fact(self, name: str) -> str | None:
        found = self._rows("SELECT value FROM fact WHERE name = ?", (name,))
        return next((str(value) for (value,) in found), None)

    def put_fact(self, name: str, value: str) -> None:
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    def drop_fact(self, name: str) -> None:
        with self.transaction():
            self._db.execute("DELETE FROM fact WHERE name = ?", (name,))

    def _forget_walks(self) -> None:
        self._db.execute("DELETE FROM fact WHERE substr(name, 1, ?) = ?", (len(WALK), WALK))

    def put_found_texts(self, texts: Mapping[str, tuple[str, int]]) -> None:
        rows = ((key, ordinal, file) for file, (key, ordinal) in texts.items())
        with self.transaction():
            if not self.node:
                self._db.execute("DELETE FROM found_text")
            self._db.executemany("INSERT OR REPLACE INTO found_text VALUES (?, ?, ?)", rows)

    def found_text(self, key: str) -> tuple[int, str] | None:
        found = self._rows("SELECT ordinal, file FROM found_text WHERE key = ?", (key,))
        return next(((int(str(ordinal)), str(file)) for ordinal, file in found), None)
