"""Bytes that are read at any offset: those of a file, one megabyte at a time."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeAlias

from crawler.storage.remote_file import LARGEST, SMALLEST, RemoteReader

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from typing import IO

Patterns = tuple["re.Pattern[bytes]", ...]
OpenFile: TypeAlias = "IO[bytes] | RemoteReader"

WINDOW = 1 << 20
"""Bytes of a file that are held in memory."""

_MAX_MATCH = 15


class ByteSource(ABC):
    """Content that is read at offsets counted from its first byte."""

    @abstractmethod
    def read(self, offset: int, most: int, least: int = 1) -> memoryview:
        """Return up to *most* bytes from *offset*, at least *least* unless the content ends."""

    @abstractmethod
    def find_end(self) -> int:
        """Return where the content ends; what has to be read for that is not kept."""

    def release(self, offset: int) -> None:  # noqa: B027  # a file keeps nothing
        """Allow the source to drop what it keeps of the bytes before *offset*."""

    def search(self, patterns: Patterns, offset: int) -> int | None:
        """Return where the first of *patterns* matches at or behind *offset*, which is over 0.

        A match has 15 bytes at most, and may depend on the byte before it. If it begins with a
        newline, the byte behind that is returned.
        """
        offset -= 1
        most = 1 << 12
        while piece := self.read(offset, most, least=_MAX_MATCH + 1):
            if places := [place for pattern in patterns for place in _matches(pattern, piece)]:
                return offset + min(places)
            if len(piece) <= _MAX_MATCH:
                return None
            offset += len(piece) - _MAX_MATCH
            self.release(offset)
            most = min(4 * most, WINDOW)
        return None


def _matches(pattern: re.Pattern[bytes], piece: memoryview) -> Iterator[int]:
    """Yield the first place behind the first byte of *piece* where *pattern* matches."""
    for match in pattern.finditer(piece):
        place = match.start() + match[0].startswith(b"\n")
        if place > 0:
            yield place
            return


class FileBytes(ByteSource):
    """The bytes of *file* up to byte *end*; the place of the first one is *first*."""

    def __init__(self, file: OpenFile, end: int | None = None, first: int = 0) -> None:
        size = first + size_of(file)
        self.end = size if end is None else min(end, size)
        self._ahead = SMALLEST if end is None else LARGEST
        self._file = file
        self._first = first
        self._start = 0
        self._window = memoryview(b"")

    def find_end(self) -> int:
        """Return where the content ends."""
        return self.end

    def begins_with(self, signature: bytes) -> bool:
        """Return whether the file begins with *signature*. Raises OSError."""
        return pread(self._file, len(signature), 0) == signature

    def read(self, offset: int, most: int, least: int = 1) -> memoryview:
        """Return bytes as `ByteSource.read` does. Raises OSError."""
        if offset < self._first:
            return memoryview(b"")
        window_end = self._start + len(self._window)
        if offset < self._start or (offset + least > window_end and window_end < self.end):
            wanted = max(0, min(self._most(offset, least), self.end - offset))
            self._window = memoryview(pread(self._file, wanted, offset - self._first))
            self._start = offset
        begin = offset - self._start
        return self._window[begin : begin + most]

    def _most(self, offset: int, least: int) -> int:
        """Return how many bytes are read at once; of a remote file more while reading goes on."""
        if not isinstance(self._file, RemoteReader):
            return WINDOW
        ahead = self._ahead
        self._ahead = min(4 * ahead, LARGEST)
        return max(ahead, least)


def size_of(file: OpenFile) -> int:
    """Return the size of an open *file* in bytes. Raises OSError."""
    return file.size if isinstance(file, RemoteReader) else os.fstat(file.fileno()).st_size


def pread(file: OpenFile, length: int, offset: int) -> bytes:
    """Return up to *length* bytes of *file* from *offset*, wherever it is read. Raises OSError."""
    if isinstance(file, RemoteReader):
        return file.pread(length, offset)
    return os.pread(file.fileno(), length, offset)
