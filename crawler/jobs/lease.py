"""The right of a worker to read sources, which ends when it was not heard of for a while."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar
from weakref import WeakKeyDictionary

# It goes on while the machine sleeps.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_SAFE = 0.9  # of its length: clocks of two machines do not run at quite the same rate


def lease_clock() -> float:
    """Return the seconds of the clock by which leases end."""
    return time.clock_gettime(_CLOCK)


class Lease:
    """The right to send requests, for *length* seconds from each heartbeat that was answered.

    A worker whose heartbeats are older than that may be taken for dead, and another one read its
    sources: so it sends nothing until a heartbeat is answered again, or until it hears that it has
    lost them. Runs are given theirs by `hold`.
    """

    _held: ClassVar[WeakKeyDictionary[object, Lease]] = WeakKeyDictionary()

    def __init__(self, length: float) -> None:
        self._length = length * _SAFE
        self._until = 0.0
        self._changed = asyncio.Event()
        self._is_over = False
        self.is_lost = False

    @classmethod
    def of(cls, run: object) -> Lease | None:
        """Return the lease of *run*, which is known by its crawler; None where it needs none."""
        return cls._held.get(run)

    def hold(self, run: object) -> None:
        """Have *run* send its requests under this lease."""
        self._held[run] = self

    def renew(self, asked: float) -> None:
        """Note that the heartbeat sent at *asked*, of `lease_clock`, was answered."""
        self._until = asked + self._length
        self._changed.set()

    def lose(self) -> None:
        """Note that the sources are another worker's by now; `wait` waits until `end`."""
        self.is_lost = True

    def end(self) -> None:
        """Note that all runs under the lost lease are told to send nothing more."""
        self._is_over = True
        self._changed.set()

    @property
    def is_valid(self) -> bool:
        """Whether nobody can have taken the sources over."""
        return not self.is_lost and lease_clock() < self._until

    async def wait(self) -> None:
        """Return when the lease is valid, or when the runs under a lost one are ended."""
        while not (self.is_valid or self._is_over):
            self._changed.clear()
            await self._changed.wait()
