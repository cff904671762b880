"""Files that are written as a whole or not at all, and are known to be on the disk."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO

_LOCK = ".owner"
"""The file in a scratch folder on which its process has a lock; an archive has a `.lock`."""


@contextmanager
def replacement(
    path: Path, suffix: str, *, durable: bool = True, folder: Path | None = None
) -> Iterator[IO[bytes]]:
    """Yield a new file that replaces *path* when the block ends, and is on the disk then.

    Until then it is ``.NAME<suffix>`` beside *path*, or in *folder* of the same file system; a
    crash leaves the old file or the new one. If the block raises, *path* stays and the new file is
    removed. Without *durable*, the file may be
    lost in a power cut until `sync` has returned. Raises OSError.
    """
    temporary = (folder or path.parent) / f".{path.name}{suffix}"
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield an empty folder ``<prefix>…`` in *parent*, which is removed at the end.

    Those that a process left which was killed are removed before. Raises OSError.
    """
    remove_scratch(parent, prefix)
    folder, lock = _locked_folder(parent, prefix)
    try:
        yield folder
    finally:
        # An error that ends a command may have the folder removed that this one is in.
        with suppress(FileNotFoundError):
            _remove(folder)
        os.close(lock)


def remove_scratch(parent: Path, prefix: str) -> None:
    """Remove the scratch folders in *parent* whose processes are dead; what cannot be stays."""
    for folder in parent.glob(f"{glob.escape(prefix)}*"):
        with suppress(OSError):
            _remove_unowned(folder)


def _locked_folder(parent: Path, prefix: str) -> tuple[Path, int]:
    """Make a scratch folder and take its lock, which ends with the process."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        # Another process may take it for a dead one's before it has its lock.
        with suppress(FileNotFoundError, BlockingIOError):
            return folder, _lock(folder, os.O_CREAT)


def _remove_unowned(folder: Path) -> None:
    if folder.is_symlink():
        return
    try:
        lock = _lock(folder)
    except FileNotFoundError:
        folder.rmdir()  # its process had only made it, if it is one of ours at all
        return
    try:
        _remove(folder)
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    """Remove *folder*, its lock last: without that nobody would know that it is one of ours."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()
    (folder / _LOCK).unlink(missing_ok=True)
    with suppress(FileNotFoundError):  # another process may find it without a lock, and remove it
        folder.rmdir()


def _lock(folder: Path, flags: int = 0) -> int:
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / _LOCK).stat()  # who had the lock before may have removed the folder
    except OSError:
        os.close(lock)
        raise
    return lock


def sync(paths: Iterable[Path]) -> None:
    """Return once the files at *paths*, and their names, are on the disk.

    Files that were removed meanwhile are ignored. Raises OSError.
    """
    paths = list(paths)
    for path in paths:
        with suppress(FileNotFoundError), path.open("rb") as stream:
            os.fsync(stream.fileno())
    for folder in {path.parent for path in paths}:
        with suppress(FileNotFoundError):
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Return once the names in *folder* are on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_aside(path: Path, kind: str) -> Path:
    """Rename *path* to ``NAME.<kind>-N``, the first that is free, and return it. Raises OSError."""
    target = free_name(path, kind)
    path.rename(target)
    sync_folder(path.parent)
    return target


def free_name(path: Path, kind: str) -> Path:
    """Return ``NAME.<kind>-N`` beside *path*, with the first number that no file has."""
    names = (path.with_name(f"{path.name}.{kind}-{number}") for number in count())
    return next(name for name in names if not name.exists())
