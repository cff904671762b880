"""Searching a sorted CDXJ file by halves, in a memory map: no line is read that is not looked at.

Source: https://specs.webrecorder.net/cdxj/0.1.0/ (lines are sorted by their bytes)
"""

from __future__ import annotations

import json
import mmap
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType


_FENCE = 1 << 14  # bytes between two fences, if there are not too many
_MOST_FENCES = 1 << 13
_FENCE_WIDTH = 64


class BadLineError(ValueError):
    """A line of an index that is none; names the line."""


@dataclass(slots=True, frozen=True)
class Line:
    """A line of an index: its key, its timestamp (14 digits or more) and what it says.

    ``position`` is the byte of the file that it starts at.
    """

    key: str
    timestamp: str
    fields: dict[str, str]
    position: int = 0


class Lookup:
    """The lines of the sorted CDXJ file at *path*. Raises OSError."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            is_empty = not file.seek(0, 2)
            self._map = None if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._data: mmap.mmap | bytes = self._map or b""
        self._size = len(self._data)
        self._fences = self._fenced()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        if self._map:
            self._map.close()

    def of(self, key: str, since: str = "") -> Iterator[Line]:
        """The lines of *key* in their order, from the timestamp *since* on."""
        prefix = f"{key} ".encode()
        position = self._first(prefix + since.encode())
        while position < self._size and self._data[position : position + len(prefix)] == prefix:
            line, position = self._line(position)
            yield line

    def at(self, position: int) -> Line:
        """The line that starts at byte *position*."""
        return self._line(position)[0]

    def around(self, key: str, most: int) -> list[Line]:
        """Up to *most* lines before and as many from where *key* stands or would stand."""
        position = self._first(key.encode())
        before: list[Line] = []
        start = position
        while start and len(before) < most:
            start = self._data.rfind(b"\n", 0, start - 1) + 1
            before.insert(0, self.at(start))
        behind: list[Line] = []
        while position < self._size and len(behind) < most:
            line, position = self._line(position)
            behind.append(line)
        return before + behind

    def _fenced(self) -> list[tuple[bytes, int]]:
        """The beginnings of some lines, in their order, and where they start: half of a search."""
        step = max(_FENCE, self._size // _MOST_FENCES)
        fences = []
        start = self._data.find(b"\n", step) + 1
        while 0 < start < self._size:
            fences.append((self._data[start : start + _FENCE_WIDTH], start))
            start = self._data.find(b"\n", start + step) + 1
        return fences

    def _first(self, target: bytes) -> int:
        """Where the first line starts that is not before *target*."""
        begin = target[:_FENCE_WIDTH]
        before = bisect_left(self._fences, (begin, 0))
        behind = bisect_right(self._fences, (begin, self._size))
        low = self._fences[before - 1][1] if before else 0
        high = self._fences[behind][1] if behind < len(self._fences) else self._size
        while low < high:
            start = self._data.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self._data.find(b"\n", start) + 1 or self._size
            if self._data[start : min(end, start + len(target))] < target:
                low = end
            else:
                high = start
        return low

    def _line(self, start: int) -> tuple[Line, int]:
        """The line that starts at *start*, and where the next one does."""
        end = self._data.find(b"\n", start)
        end = self._size if end < 0 else end
        return parsed(self._data[start:end], start), end + 1


def parsed(line: bytes, position: int = 0) -> Line:
    """The parts of *line*, numbers as text. Raises BadLineError."""
    try:
        key, timestamp, rest = line.decode().split(" ", 2)
        fields = json.loads(rest)
        return Line(key, timestamp, {name: str(value) for name, value in fields.items()}, position)
    except (ValueError, AttributeError, RecursionError):
        raise BadLineError(f"{line[:100]!r} is no CDXJ line: key, timestamp, object") from None
