"""Ordinals from a sequence: who takes some waits for nobody's transaction."""

from __future__ import annotations

from crawler.state.postgresql.postgresql_database import Database

_LAST = """
SELECT greatest(
    (SELECT coalesce(max(ordinal), -1) FROM article),
    (SELECT coalesce(max(ordinal), -1) FROM found_text)
)
"""


class OrdinalSequence(Database):
    """The methods of a `crawler.state.store.Store` that are about ordinals."""

    def last_ordinal(self) -> int:
        return int(str(self._value(_LAST)))

    def take_ordinals(self, count: int) -> int:
        return int(str(self._value("SELECT take_ordinals(?, ?)", (self._ordinals, count))))

    def give_back_ordinals(self, first: int, end: int) -> None:
        self._value("SELECT give_back_ordinals(?, ?, ?)", (self._ordinals, first, end))

    def claim_ordinal(self, wanted: int, count: int = 1) -> bool:
        found = self._value("SELECT claim_ordinals(?, ?, ?)", (self._ordinals, wanted, count))
        return bool(found)

    def restart_ordinals(self) -> None:
        self._value("SELECT setval('next_ordinal', 0)")

    @property
    def _ordinals(self) -> int:
        return self.server.lock_number("ordinals")
