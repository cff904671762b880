"""Files that are written as a whole or not at all, and are known to be on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO


@contextmanager
def replacement(path: Path, suffix: str, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Yield a new file that replaces *path* when the block ends, and is on the disk then.

    Until then it is ``.NAME<suffix>`` beside *path*; a crash leaves the old file or the new one. If
    the block raises, *path* stays and the new file is removed. Without *durable*, the file may be
    lost in a power cut until `sync` has returned. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}{suffix}")
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
