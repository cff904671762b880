"""The counter of ordinals, from which all writers take theirs."""

from __future__ import annotations

from crawler.state.sqlite.database import Database

_NEXT = """
SELECT max(
    coalesce((SELECT value FROM counter WHERE name = 'ordinal'), 0),
    coalesce((SELECT max(ordinal) FROM article), -1) + 1,
    coalesce((SELECT max(ordinal) FROM found_text), -1) + 1
)
"""
_LAST = """
SELECT max(
    coalesce((SELECT max(ordinal) FROM article), -1),
    coalesce((SELECT max(ordinal) FROM found_text), -1)
)
"""
_PUT = "INSERT OR REPLACE INTO counter VALUES ('ordinal', ?)"
_GIVE_BACK = "UPDATE counter SET value = ? WHERE name = 'ordinal' AND value = ?"


class OrdinalCounter(Database):
    """The methods of a `crawler.state.store.Store` that are about ordinals."""

    def last_ordinal(self) -> int:
        return self._number(_LAST)

    def take_ordinals(self, count: int) -> int:
        with self.transaction():
            first = self._number(_NEXT)
            self._db.execute(_PUT, (first + count,))
        return first

    def give_back_ordinals(self, first: int, end: int) -> None:
        with self.transaction():
            self._db.execute(_GIVE_BACK, (first, end))

    def claim_ordinal(self, wanted: int, count: int = 1) -> bool:
        with self.transaction():
            is_free = wanted >= self._number(_NEXT)
            if is_free:
                self._db.execute(_PUT, (wanted + count,))
        return is_free

    def restart_ordinals(self) -> None:
        with self.transaction():
            self._db.execute("DELETE FROM counter WHERE name = 'ordinal'")

    def _number(self, query: str) -> int:
        (found,) = next(self._rows(query))
        return int(str(found))
