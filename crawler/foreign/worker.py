"""Reading a piece of an archive in a process of its own, record by record."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from crawler.processes import settle, within
from crawler.warc.foreign import with_requests
from crawler.warc.reader import Fault, Record, walk

if TYPE_CHECKING:
    from ctypes import Array, c_longlong
    from multiprocessing.connection import Connection
    from pathlib import Path

    from crawler.items import Article

_MANY_RECORDS = 200
_MANY_ARTICLES = 50
_LONG = 0.5  # seconds
_HEAD = 1 << 16  # bytes in which the head of a record is


class Found(Protocol):
    """What a record holds: articles, and a stats key for each thing that was left out."""

    articles: list[Article]
    skipped: list[str]


Page = Callable[[Record, "Path", Record | None], Found]
"""Reads a record of the file at a path, and its request; to be pickled, and called in workers."""


Place = tuple[int, int]
"""Where a record begins, and its number among those that begin there: of one gzip member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The records that begin in bytes [``start``, ``stop``) of a WARC that goes on to ``end``.

    ``is_exact``: one begins at ``start``. ``avoid`` tells by the `Place` of a record why it is not
    to be looked into.
    """

    path: Path
    start: int
    stop: int
    end: int
    is_exact: bool
    avoid: Mapping[Place, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Bytes of a file that gave nothing; ``kind`` is a stats key."""

    kind: str
    offset: int
    length: int
    reason: str


@dataclass(slots=True, kw_only=True)
class Piece:
    """All that bytes [``start``, ``end``) of the file at ``path`` gave.

    They are none where a gzip member goes on that holds more records.
    """

    path: Path
    start: int
    end: int
    records: int = 0
    articles: list[Article] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    troubles: list[Trouble] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more comes of a task; ``error`` says why it ended before its end."""

    error: str = ""


def serve(connection: Connection, page: Page, current: Array[c_longlong], limit: float) -> None:
    """Do the tasks that come through *connection* until it is closed.

    *current* is the `Place` of the record under way; *limit* the CPU seconds of its page.
    """
    settle()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the run is over
        while True:
            task = connection.recv()
            for message in _messages(_Reading(task, page, current, limit)):
                connection.send(message)


def _messages(reading: _Reading) -> Iterator[Piece | Ended]:
    try:
        yield from reading.pieces()
    except OSError as error:
        yield Ended(str(error))
    else:
        yield Ended()


class _Reading:
    def __init__(self, task: Task, page: Page, current: Array[c_longlong], limit: float) -> None:
        self._task = task
        self._page = page
        self._current = current
        self._limit = limit

    def pieces(self) -> Iterator[Piece]:
        """Everything in the bytes of the task, without a gap. Raises OSError."""
        self._current[:] = [self._task.start, 0]
        piece, due, end = None, 0.0, 0
        for item, request in self._items():
            if piece and (_is_full(piece) or time.monotonic() > due):
                piece.end = item.offset
                yield piece
                piece = None
            if piece is None:
                piece = Piece(path=self._task.path, start=item.offset, end=item.offset)
                due = time.monotonic() + _LONG
            self._add(item, request, piece)
            end = item.offset + item.length
            self._current[:] = [end, 0]
        if piece:
            piece.end = end
            yield piece

    def _items(self) -> Iterator[tuple[Record | Fault, Record | None]]:
        last, number = -1, 0
        for item, request in with_requests(self._from_the_first()):
            if item.offset >= self._task.stop:
                return
            last, number = item.offset, number + 1 if item.offset == last else 0
            self._current[:] = [last, number]
            yield item, request

    def _from_the_first(self) -> Iterator[Record | Fault]:
        task = self._task
        start: int | None = task.start
        if not task.is_exact:
            # In the middle of a large record there is nothing to be found, however far it goes.
            end = min(task.stop + _HEAD, task.end)
            found = walk(task.path, start=task.start, end=end, strict=False, resync=True)
            start = next((item.offset for item in found), None)
        if start is not None:
            yield from walk(task.path, start=start, end=task.end, strict=False)

    def _add(self, item: Record | Fault, request: Record | None, piece: Piece) -> None:
        if isinstance(item, Fault):
            piece.troubles.append(_trouble("damaged", item, item.reason))
            return
        piece.records += 1
        if why := self._task.avoid.get((self._current[0], self._current[1])):
            piece.troubles.append(_trouble(why, item, item.header("WARC-Target-URI") or ""))
            return
        try:
            with within(self._limit):
                found = self._page(item, self._task.path, request)
        except Exception as error:  # noqa: BLE001 - whatever a page does, the others are read
            reason = f"{type(error).__name__}: {error} ({item.header('WARC-Target-URI')})"
            piece.troubles.append(_trouble("page_error", item, reason))
        else:
            piece.articles += found.articles
            piece.skipped.update(found.skipped)


def _trouble(kind: str, item: Record | Fault, reason: str) -> Trouble:
    return Trouble(kind=kind, offset=item.offset, length=item.length, reason=reason[:1000])


def _is_full(piece: Piece) -> bool:
    return piece.records >= _MANY_RECORDS or len(piece.articles) >= _MANY_ARTICLES
