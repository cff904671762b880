"""Files that are on the disk for sure, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacement(path: Path, suffix: str) -> Iterator[IO[bytes]]:
    """A file that takes the place of *path* once the block ends, and is on the disk then.

    Until then it is ``.NAME<suffix>`` beside it; a crash leaves the old file or the new. If the
    block raises, *path* stays as it was and nothing else is left. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}{suffix}")
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Return once the names in *folder* are on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
