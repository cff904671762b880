"""Bytes that come piece by piece: few in memory, many in an unnamed file."""

from __future__ import annotations

import mmap
import tempfile
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

Buffer = bytes | mmap.mmap
"""What `Spool.view` returns: `re`, `hashlib` and `memoryview` take either."""

MEMORY_LIMIT = 1 << 20
WINDOW = 16 << 20


class Spool:
    """Holds at most `MEMORY_LIMIT` bytes in memory, the rest in an unnamed file in *folder*.

    Without a folder the file is where temporary files go, which may be memory again. ``size``
    counts the bytes. The file is gone with the last reference to the spool and its views.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._pieces: list[bytes | memoryview] = []
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Add *data*. Raises OSError when the disk does not take it."""
        self.size += len(data)
        if self._file is not None:
            self._file.write(data)
            return
        self._pieces.append(data)
        if self.size > MEMORY_LIMIT:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            weakref.finalize(self, self._file.close)
            self._file.writelines(self._pieces)
            self._pieces.clear()

    def cut(self, surplus: int) -> None:
        """Remove the last *surplus* bytes."""
        self.size -= surplus
        if self._file is not None:
            self._file.truncate(self.size)
            self._file.seek(self.size)
        else:
            self._pieces = [b"".join(self._pieces)[: self.size]]

    def view(self) -> Buffer:
        """Return all bytes, as a read-only map if they are in a file. Raises OSError."""
        if self._file is None:
            return b"".join(self._pieces)
        self._file.flush()
        if not self.size:
            return b""
        return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)


def windows(pieces: Iterable[Buffer | memoryview]) -> Iterator[memoryview]:
    """Yield *pieces* in order, once, with little more than `WINDOW` bytes of a map in memory."""
    seen = 0
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), WINDOW):
            window = view[start : start + WINDOW]
            yield window
            seen += len(window)
            if seen >= WINDOW and isinstance(view.obj, mmap.mmap):
                free_memory(view.obj)
                seen = 0


def free_memory(view: Buffer) -> None:
    """Take a map out of memory; reading brings it back from its file."""
    if isinstance(view, mmap.mmap):
        view.madvise(mmap.MADV_DONTNEED)
