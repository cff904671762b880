"""The tables of facts, and of the texts that were in the corpus when it was walked."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.state.sql.tables import Tables, atomic
from crawler.state.store import WALK

_PUT = """
INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
PUT_FOUND = """
INSERT INTO found_text (key, ordinal, file) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET ordinal = excluded.ordinal, file = excluded.file
"""


class FactTables(Tables):
    """The methods of a `crawler.state.store.Store` that spare a run its walks."""

    def fact(self, name: str) -> str | None:
        found = self._rows("SELECT value FROM fact WHERE name = ?", (name,))
        return next((str(value) for (value,) in found), None)

    @atomic
    def put_fact(self, name: str, value: str) -> None:
        self._execute(_PUT, (name, value))

    @atomic
    def drop_fact(self, name: str) -> None:
        self._execute("DELETE FROM fact WHERE name = ?", (name,))

    def _forget_walks(self) -> None:
        self._execute(
            "DELETE FROM fact WHERE substr(name, 1, CAST(? AS INTEGER)) = ?", (len(WALK), WALK)
        )

    @atomic
    def put_found_texts(self, texts: Mapping[str, tuple[str, int]]) -> None:
        rows = ((key, ordinal, file) for file, (key, ordinal) in texts.items())
        if not self.node:
            self._execute("DELETE FROM found_text")
        self._execute_many(PUT_FOUND, rows)

    def found_text(self, key: str) -> tuple[int, str] | None:
        found = self._rows("SELECT ordinal, file FROM found_text WHERE key = ?", (key,))
        return next(((int(str(ordinal)), str(file)) for ordinal, file in found), None)
