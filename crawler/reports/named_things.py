"""A list of any length that a report names one by one, of which little is in memory.

A run of a million stories names a million text files; the first thousand are kept, the rest is in
a temporary file until the report is written.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from itertools import chain, islice
from typing import IO, Any, Generic, TypeVar, overload

T = TypeVar("T")

MOST_IN_MEMORY = 1_000


class NamedThings(Sequence[T], Generic[T]):
    """A list that grows at its end; *read* makes a thing of its JSON.

    Where no temporary file can be written, all stays in memory.
    """

    def __init__(self, things: Iterable[T] = (), read: Callable[[Any], T] | None = None) -> None:
        self.read = read or (lambda value: value)
        self._first: list[T] = []
        self._file: IO[str] | None = None
        self._rest: list[T] = []
        self._count = 0
        for thing in things:
            self.append(thing)

    def append(self, thing: T) -> None:
        """Add *thing*."""
        self._count += 1
        if len(self._first) < MOST_IN_MEMORY and self._count <= MOST_IN_MEMORY:
            self._first.append(thing)
        elif self._rest or not self._spill(thing):
            self._rest.append(thing)

    def put_first(self, thing: T) -> None:
        """Add *thing* before all others."""
        self._first.insert(0, thing)
        self._count += 1

    def _spill(self, thing: T) -> bool:
        """Tell whether *thing* was written to the file."""
        content = asdict(thing) if is_dataclass(thing) else thing  # type: ignore[arg-type]
        line = json.dumps(content)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile("w+", encoding="ascii")  # noqa: SIM115
            self._file.write(f"{line}\n")
        except OSError:
            return False
        return True

    def _spilled(self) -> Iterator[T]:
        if self._file is None:
            return
        self._file.seek(0)
        try:
            for line in self._file:
                yield self.read(json.loads(line))
        finally:
            self._file.seek(0, 2)

    def __del__(self) -> None:
        if self._file:
            self._file.close()

    def __iter__(self) -> Iterator[T]:
        return chain(self._first, self._spilled(), self._rest)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return list(islice(self, *place.indices(self._count)))
        at = range(self._count)[place]
        return next(islice(self, at, None))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != self._count:
            return False
        return all(mine == its for mine, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"NamedThings({self[:10]!r}, …)" if self._count > 10 else f"NamedThings({[*self]})"
