"""Bytes read at any place: a file's, by the megabyte."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from typing import BinaryIO

Patterns = tuple["re.Pattern[bytes]", ...]

WINDOW = 1 << 20

_LONGEST_FOUND = 15


class Source(ABC):
    """Content that is read at places counted from its first byte."""

    @abstractmethod
    def piece(self, offset: int, most: int, least: int = 1) -> memoryview:
        """Up to *most* bytes from *offset*, and *least* unless the end comes before."""

    @abstractmethod
    def ending(self) -> int:
        """Where the content ends; it may have to be read for that, and then is forgotten."""

    def forget(self, offset: int) -> None:  # noqa: B027  # a file has nothing to forget
        """What lies before *offset* need not be kept at hand."""

    def pieces(self, offset: int, end: int) -> Iterator[bytes]:
        """The bytes from *offset* to *end*, or as many as there are."""
        while offset < end and (piece := self.piece(offset, end - offset)):
            yield bytes(piece)
            offset += len(piece)

    def find(self, patterns: Patterns, offset: int) -> int | None:
        """Where the first of *patterns* matches at or behind *offset*, which is over 0.

        They match 15 bytes at most, and may look at the byte before *offset*; a newline that one
        begins with is no part of what is found.
        """
        offset -= 1
        most = 1 << 12
        while piece := self.piece(offset, most, least=_LONGEST_FOUND + 1):
            if places := [place for pattern in patterns for place in _found(pattern, piece)]:
                return offset + min(places)
            if len(piece) <= _LONGEST_FOUND:
                return None
            offset += len(piece) - _LONGEST_FOUND
            self.forget(offset)
            most = min(4 * most, WINDOW)
        return None


def _found(pattern: re.Pattern[bytes], piece: memoryview) -> Iterator[int]:
    """Where *pattern* first matches in *piece* behind its first byte."""
    for match in pattern.finditer(piece):
        place = match.start() + match[0].startswith(b"\n")
        if place > 0:
            yield place
            return


class File(Source):
    """The bytes of *file* up to byte *end*."""

    def __init__(self, file: BinaryIO, end: int | None = None) -> None:
        size = os.fstat(file.fileno()).st_size
        self.end = size if end is None else min(end, size)
        self._file = file
        self._start = 0
        self._window = memoryview(b"")

    def ending(self) -> int:
        """See `Source.ending`."""
        return self.end

    def piece(self, offset: int, most: int, least: int = 1) -> memoryview:
        """See `Source.piece`. Raises OSError."""
        window_end = self._start + len(self._window)
        if offset < self._start or (offset + least > window_end and window_end < self.end):
            wanted = max(0, min(WINDOW, self.end - offset))
            self._window = memoryview(os.pread(self._file.fileno(), wanted, offset))
            self._start = offset
        begin = offset - self._start
        return self._window[begin : begin + most]
