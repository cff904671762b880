"""One run at a time in an archive."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class RunLock:
    """An exclusive lock on *folder*, held until `release` or the end of the process.

    Raises ``BlockingIOError`` naming the holder if another process has it.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / ".lock"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 64).decode("ascii", "replace").strip()
            os.close(self._file)
            raise BlockingIOError(f"{path} is held by process {holder or 'unknown'}") from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Release the lock: the next run may begin."""
        os.close(self._file)
