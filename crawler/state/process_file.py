"""A file by which a process of an archives folder is told from one that died."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_NAME = "run-locks-"
_UNBORN = ".unborn-"  # not as those of writers, which are taken away where an archive is opened


class ProcessFile:
    """The file *name* in the folder of locks of *folder*, held by ``flock``. Raises OSError.

    Those of dead processes are removed.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = _path(folder, name)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for other in self._path.parent.glob(f"{_NAME}*"):
            is_alive(folder, other.name.removeprefix(_NAME))
        unborn = self._path.with_name(_UNBORN + self._path.name)
        self._lock = os.open(unborn, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            unborn.rename(self._path)  # so that it is never there without its lock
        except BaseException:
            os.close(self._lock)
            raise

    def release(self) -> None:
        """Take the file away."""
        self._path.unlink(missing_ok=True)
        os.close(self._lock)


def is_alive(folder: Path, name: str) -> bool:
    """Return whether the process that has the file *name* lives; else remove that."""
    return is_held(_path(folder, name))


def is_held(path: Path) -> bool:
    """Return whether a living process has the file at *path*; else remove that. Raises OSError."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _path(folder: Path, name: str) -> Path:
    return folder / ".locks" / (_NAME + name)
