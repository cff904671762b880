"""Binary search in a sorted CDXJ file, in a memory map: only the lines that are needed are read.

Source: https://specs.webrecorder.net/cdxj/0.1.0/ (lines are sorted by their bytes)
"""

from __future__ import annotations

import json
import mmap
import os
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType


_SAMPLE_STEP = 1 << 14  # bytes between two samples, if there are not too many
_MAX_SAMPLES = 1 << 13
_SAMPLE_WIDTH = 64
_MOST_SAMPLED = 4

_Samples = list[tuple[bytes, int]]
_known_samples: dict[tuple[int, ...], _Samples] = {}
"""The samples of files that were opened of late: each run of a long replay opens its index anew."""


class BadLineError(ValueError):
    """Bytes of an index that are no index line; the message quotes them."""


@dataclass(slots=True, frozen=True)
class IndexLine:
    """A line of an index: its key, its timestamp (14 digits or more) and its fields.

    ``position`` is the byte of the file that it starts at.
    """

    key: str
    timestamp: str
    fields: dict[str, str]
    position: int = 0


class IndexLookup:
    """The lines of the sorted CDXJ file at *path*. Raises OSError."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            is_empty = not stat.st_size
            self._map = None if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._data: mmap.mmap | bytes = self._map or b""
        self._size = len(self._data)
        written = stat.st_mtime_ns, stat.st_ctime_ns
        self._samples = self._sampled((stat.st_dev, stat.st_ino, *written, self._size))

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
        """Close the map of the file."""
        if self._map:
            self._map.close()

    def lines(self, key: str, since: str = "") -> Iterator[IndexLine]:
        """Yield the lines of *key* in their order, from the timestamp *since* on."""
        prefix = f"{key} ".encode()
        position = self._first(prefix + since.encode())
        while position < self._size and self._data[position : position + len(prefix)] == prefix:
            line, position = self._line(position)
            yield line

    def lines_before(self, key: str, until: str) -> Iterator[IndexLine]:
        """Yield the lines of *key* before the timestamp *until*, the last one first."""
        prefix = f"{key} ".encode()
        position = self._first(prefix + until.encode())
        while position:
            position = self._data.rfind(b"\n", 0, position - 1) + 1
            if self._data[position : position + len(prefix)] != prefix:
                return
            yield self.line_at(position)

    def lines_below(self, prefix: str) -> Iterator[IndexLine]:
        """Yield the lines whose keys begin with *prefix*, in their order."""
        begin = prefix.encode()
        position = self._first(begin)
        while position < self._size and self._data[position : position + len(begin)] == begin:
            line, position = self._line(position)
            yield line

    def line_at(self, position: int) -> IndexLine:
        """Return the line that starts at byte *position*."""
        return self._line(position)[0]

    def lines_around(self, key: str, most: int) -> list[IndexLine]:
        """Return up to *most* lines before the place of *key* in the order, and as many from it."""
        position = self._first(key.encode())
        before: list[IndexLine] = []
        start = position
        while start and len(before) < most:
            start = self._data.rfind(b"\n", 0, start - 1) + 1
            before.insert(0, self.line_at(start))
        behind: list[IndexLine] = []
        while position < self._size and len(behind) < most:
            line, position = self._line(position)
            behind.append(line)
        return before + behind

    def _sampled(self, file: tuple[int, ...]) -> _Samples:
        """Return the samples of *file*, which is another one when it was written anew."""
        known = _known_samples.pop(file, None)
        _known_samples[file] = samples = self._take_samples() if known is None else known
        while len(_known_samples) > _MOST_SAMPLED:
            del _known_samples[next(iter(_known_samples))]
        return samples

    def _take_samples(self) -> _Samples:
        """Return the beginnings of some lines, in order, and where they start.

        They do half of a search without touching the file.
        """
        step = max(_SAMPLE_STEP, self._size // _MAX_SAMPLES)
        samples = []
        start = self._data.find(b"\n", step) + 1
        while 0 < start < self._size:
            samples.append((self._data[start : start + _SAMPLE_WIDTH], start))
            start = self._data.find(b"\n", start + step) + 1
        return samples

    def _first(self, target: bytes) -> int:
        """Return where the first line starts that is not before *target*."""
        begin = target[:_SAMPLE_WIDTH]
        before = bisect_left(self._samples, (begin, 0))
        behind = bisect_right(self._samples, (begin, self._size))
        low = self._samples[before - 1][1] if before else 0
        high = self._samples[behind][1] if behind < len(self._samples) else self._size
        while low < high:
            start = self._data.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self._data.find(b"\n", start) + 1 or self._size
            if self._data[start : min(end, start + len(target))] < target:
                low = end
            else:
                high = start
        return low

    def _line(self, start: int) -> tuple[IndexLine, int]:
        """Return the line that starts at *start*, and where the next one does."""
        end = self._data.find(b"\n", start)
        end = self._size if end < 0 else end
        return parse_line(self._data[start:end], start), end + 1


def parse_line(line: bytes, position: int = 0) -> IndexLine:
    """Return the parts of *line*, numbers as text. Raises BadLineError."""
    try:
        key, timestamp, rest = line.decode().split(" ", 2)
        fields = {name: str(value) for name, value in json.loads(rest).items()}
        return IndexLine(key, timestamp, fields, position)
    except (ValueError, AttributeError, RecursionError):
        raise BadLineError(f"{line[:100]!r} is no CDXJ line: key, timestamp, object") from None
