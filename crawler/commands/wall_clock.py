"""The clock on the wall, which may be set while a process runs for months."""

from __future__ import annotations

import time

_SLACK = 60.0  # seconds: clocks are adjusted by little all the time


class WallClock:
    """Tells when the clock is set back. That it goes ahead, as after a sleep, needs no notice."""

    def __init__(self) -> None:
        self._offset = _offset()

    def was_set_back(self) -> bool:
        """Return whether it was, by more than a minute, since the last call."""
        before, self._offset = self._offset, _offset()
        return before - self._offset > _SLACK


def _offset() -> float:
    return time.time() - time.monotonic()
