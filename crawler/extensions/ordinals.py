"""Ordinals for new text files, which no other one has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.state.store import Store


class Ordinals:
    """Gives out ordinals in turn, behind the highest that *store* has."""

    def __init__(self, store: Store) -> None:
        self._last = store.last_ordinal()

    async def take(self) -> int:
        """Return the next ordinal."""
        self._last += 1
        return self._last

    async def claim(self, wanted: int) -> bool:
        """Take *wanted*, if it is higher than all that were taken."""
        if wanted <= self._last:
            return False
        self._last = wanted
        return True

    def start_behind(self, ordinal: int) -> None:
        """Give out no *ordinal* that is not higher than this one."""
        self._last = max(self._last, ordinal)
