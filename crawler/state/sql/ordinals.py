"""The counter of ordinals, from which all writers take theirs."""

from __future__ import annotations

from crawler.state.sql.tables import Tables, atomic

_NEXT = """
SELECT max(known) FROM (
    SELECT coalesce((SELECT value FROM counter WHERE name = 'ordinal'), 0) AS known
    UNION ALL SELECT coalesce((SELECT max(ordinal) FROM article), -1) + 1
    UNION ALL SELECT coalesce((SELECT max(ordinal) FROM found_text), -1) + 1
) AS ordinals
"""
_LAST = """
SELECT max(known) FROM (
    SELECT coalesce((SELECT max(ordinal) FROM article), -1) AS known
    UNION ALL SELECT coalesce((SELECT max(ordinal) FROM found_text), -1)
) AS ordinals
"""
_PUT = """
INSERT INTO counter (name, value) VALUES ('ordinal', ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_GIVE_BACK = "UPDATE counter SET value = ? WHERE name = 'ordinal' AND value = ?"


class OrdinalCounter(Tables):
    """The methods of a `crawler.state.store.Store` that are about ordinals."""

    def last_ordinal(self) -> int:
        return self._number(_LAST)

    @atomic
    def take_ordinals(self, count: int) -> int:
        first = self._number(_NEXT)
        self._execute(_PUT, (first + count,))
        return first

    @atomic
    def give_back_ordinals(self, first: int, end: int) -> None:
        self._execute(_GIVE_BACK, (first, end))

    @atomic
    def claim_ordinal(self, wanted: int, count: int = 1) -> bool:
        is_free = wanted >= self._number(_NEXT)
        if is_free:
            self._execute(_PUT, (wanted + count,))
        return is_free

    @atomic
    def restart_ordinals(self) -> None:
        self._execute("DELETE FROM counter WHERE name = 'ordinal'")

    def _number(self, query: str) -> int:
        (found,) = next(self._rows(query))
        return int(str(found))
