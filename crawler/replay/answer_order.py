"""Whose turn it is: replayed answers come in the order in which they once came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

_QUIET = 40
"""Rounds of the event loop without a new request, after which none will come before an answer."""

Place = tuple[int, int]


class Turns:
    """Lets those who wait go one by one, always the one that was first.

    What a spider asks depends on which of two answers it gets first. The next one goes only when
    nobody has come to wait for a while, and nothing *is_held_up*: then the one before has led to
    all that it leads to.
    """

    def __init__(self, is_held_up: Callable[[], bool]) -> None:
        self._is_held_up = is_held_up
        self._waiting: list[tuple[Place, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._arrived = 0
        self._ushering: asyncio.Task[None] | None = None

    async def wait(self, place: Place) -> None:
        """Return when it is the turn of *place*."""
        turn = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (place, next(self._numbers), turn))
        self._arrived += 1
        if self._ushering is None:
            self._ushering = asyncio.create_task(self._usher())
        await turn

    async def _usher(self) -> None:
        while self._waiting:
            await self._quiet()
            turn = heappop(self._waiting)[-1]
            if not turn.done():
                turn.set_result(None)
        self._ushering = None

    async def _quiet(self) -> None:
        seen, rounds = self._arrived, 0
        while rounds < _QUIET:
            await asyncio.sleep(0)
            is_quiet = seen == self._arrived and not self._is_held_up()
            rounds = rounds + 1 if is_quiet else 0
            seen = self._arrived
