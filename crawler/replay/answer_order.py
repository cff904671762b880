"""The order of replayed answers: that in which they came when they were archived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

_QUIET_ROUNDS = 40
"""Rounds of the event loop without a new request, after which none will come before an answer."""

AnswerPosition = tuple[int, int]
"""Where an answer stands in the order in which answers came: file and byte."""


class AnswerOrder:
    """Releases waiting answers one by one, always the one that came first.

    What a spider requests depends on which of two answers it gets first. So the next one is
    released only when no request has come for a while and nothing *is_held_up*: then the answer
    before has led to all requests that it leads to.
    """

    def __init__(self, is_held_up: Callable[[], bool]) -> None:
        self._is_held_up = is_held_up
        self._waiting: list[tuple[AnswerPosition, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._arrived = 0
        self._releasing: asyncio.Task[None] | None = None

    async def wait(self, position: AnswerPosition) -> None:
        """Return when the answer at *position* is the next one."""
        released = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (position, next(self._numbers), released))
        self._arrived += 1
        if self._releasing is None:
            self._releasing = asyncio.create_task(self._release_all())
        await released

    async def _release_all(self) -> None:
        while self._waiting:
            await self._until_quiet()
            released = heappop(self._waiting)[-1]
            if not released.done():
                released.set_result(None)
        self._releasing = None

    async def _until_quiet(self) -> None:
        seen, rounds = self._arrived, 0
        while rounds < _QUIET_ROUNDS:
            await asyncio.sleep(0)
            is_quiet = seen == self._arrived and not self._is_held_up()
            rounds = rounds + 1 if is_quiet else 0
            seen = self._arrived
