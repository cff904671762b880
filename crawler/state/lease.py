"""A right that ends by itself when its holder was not heard of for a while."""

from __future__ import annotations

import time

# It goes on while the machine sleeps.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_SAFE = 0.9  # of its length: clocks of two machines do not run at quite the same rate


def lease_clock() -> float:
    """Return the seconds of the clock by which leases end."""
    return time.clock_gettime(_CLOCK)


class Lease:
    """A right that lasts *length* seconds from each heartbeat that was answered.

    Whoever sent it may be taken for dead when that is longer ago, and its right be given to others.
    Any thread may call.
    """

    def __init__(self, length: float) -> None:
        self._length = length * _SAFE
        self._until = 0.0
        self.is_lost = False

    def renew(self, asked: float) -> None:
        """Note that the heartbeat sent at *asked*, of `lease_clock`, was answered."""
        self._until = asked + self._length

    def lose(self) -> None:
        """Note that others have what it was for; it never comes back."""
        self.is_lost = True

    @property
    def is_valid(self) -> bool:
        """Whether nobody can have taken over."""
        return not self.is_lost and lease_clock() < self._until
