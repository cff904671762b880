"""The queue of those who are about to write to a ledger.

SQLite lets one write at a time, but leaves it to luck who is the next: three writers waited up to
half a second for each other. At a lock file they wait for 30 ms at most, and no transaction finds
the ledger busy.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = "-queue"

_thread = threading.local()


@contextmanager
def turn(ledger: Path) -> Iterator[None]:
    """Wait for the turn to write to *ledger*, and have it in the block. Raises OSError.

    A thread that has it already, in another store of the same ledger, does not wait for itself:
    SQLite then says what is wrong.
    """
    having: set[Path] = _thread.__dict__.setdefault("having", set())
    if ledger in having:
        yield
        return
    path = ledger.with_name(ledger.name + SUFFIX)
    queue = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(queue, fcntl.LOCK_EX)
        having.add(ledger)
        yield
    finally:
        having.discard(ledger)
        os.close(queue)
