"""Ordinals for new text files, which no other one gets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.archive.recorder import Change
    from crawler.state.store import Store

_AT_ONCE = 16


class Ordinals:
    """Gives out ordinals in turn, from the counter of *store* that all writers share.

    They are taken in small blocks, by *do*, which has the writer's thread do something with the
    ledger and waits for it. What is left of a block is given back at the end.
    """

    def __init__(self, store: Store, do: Callable[[Change], Awaitable[None]]) -> None:
        self._store = store
        self._do = do
        self._block = range(0)
        self._asking = asyncio.Lock()

    async def take(self) -> int:
        """Return the next ordinal. Raises `StorageError`."""
        async with self._asking:
            if not self._block:
                await self._do(self._take_block)
            first, self._block = self._block[0], self._block[1:]
            return first

    async def claim(self, wanted: int) -> bool:
        """Take *wanted*, if it is higher than all that were taken. Raises `StorageError`."""
        async with self._asking:
            if wanted not in self._block:
                await self._do(lambda store: self._claim_block(store, wanted))
            if wanted not in self._block:
                return False
            self._block = range(wanted + 1, self._block.stop)
            return True

    def start_behind(self, ordinal: int) -> None:
        """Give out no ordinal that is not higher than this one."""
        self._store.claim_ordinal(ordinal)

    def give_back(self) -> None:
        """Give back those that were not used. Raises ``OSError``."""
        if self._block:
            self._store.give_back_ordinals(self._block.start, self._block.stop)
        self._block = range(0)

    def _take_block(self, store: Store) -> None:
        first = store.take_ordinals(_AT_ONCE)
        self._block = range(first, first + _AT_ONCE)

    def _claim_block(self, store: Store, wanted: int) -> None:
        if store.claim_ordinal(wanted, _AT_ONCE):
            self._block = range(wanted, wanted + _AT_ONCE)
