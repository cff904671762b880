"""The state of processes, seen from outside."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Tell whether the process runs: not if it is a zombie, which its parent may leave for long."""
    with suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state != "Z"
    return False


def ends(pid: int, seconds: float) -> bool:
    """Wait until the process ends, or so many seconds; tell whether it has ended."""
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)
