"""What a worker process does: read a chunk of an archive, record by record."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.processes import cpu_limit
from crawler.reports.run import NoArticle
from crawler.warc.borrowed_dates import with_borrowed_dates
from crawler.warc.foreign import pair_with_requests
from crawler.warc.reader import Fault, Record, read_records

if TYPE_CHECKING:
    from ctypes import Array, c_longlong

    from crawler.items import Article

_FULL_RECORDS = 200
_FULL_ARTICLES = 50
_LONGEST_WAIT = 0.5  # seconds
_LONGEST_REASON = 1000
_MOST_NAMED = 10  # pages of a batch that are no articles
_NO_URI = "the response has no WARC-Target-URI: nobody knows which page it is"
_HEAD = 1 << 16  # bytes in which the head of a record is


@dataclass(slots=True)
class RecordContent:
    """The articles in a record, and the reason, a stats key, for each one that was skipped.

    ``no_articles`` are the pages that are none and of which there is evidence why.
    """

    articles: list[Article] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    no_articles: list[NoArticle] = field(default_factory=list)


ReadRecord = Callable[[Record, Path, Record | None], RecordContent]
"""Reads a record of the file at a path, given its request; pickled, and called in workers."""


RecordPosition = tuple[int, int]
"""The offset of a record, and its number among those of one gzip member, which share it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The records that begin in bytes [``start``, ``stop``) of a WARC that goes on to ``end``.

    That WARC begins at ``first``. ``is_exact``: a record begins at ``start``. ``skip`` has the
    records that are not to be read, and why: the kind of their `RecordProblem`.
    """

    path: Path
    start: int
    stop: int
    end: int
    is_exact: bool
    first: int = 0
    skip: Mapping[RecordPosition, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordProblem:
    """Bytes of a file that gave nothing; a report names the problem ``warc_`` and ``kind``."""

    kind: str
    offset: int
    length: int
    reason: str


@dataclass(slots=True, kw_only=True)
class Batch:
    """What was read from bytes [``start``, ``end``) of the file at ``path``.

    ``start`` is ``end`` if a gzip member of many records goes on in the next batch.
    """

    path: Path
    start: int
    end: int
    records: int = 0
    articles: list[Article] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    no_articles: list[NoArticle] = field(default_factory=list)
    problems: list[RecordProblem] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether it is to be sent to the pool, and a new one begun."""
        return self.records >= _FULL_RECORDS or len(self.articles) >= _FULL_ARTICLES


@dataclass(frozen=True, slots=True)
class ChunkEnd:
    """The end of a chunk: no more batches come of it. ``error`` says why it ended early."""

    error: str = ""


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """Reads chunks, in the worker.

    ``current`` is shared memory for the `RecordPosition` of the record that is being read, so that
    the pool knows what a worker died of; ``limit`` the CPU seconds that a record may take.
    """

    read: ReadRecord
    current: Array[c_longlong]
    limit: float

    def __call__(self, chunk: Chunk) -> Iterator[Batch | ChunkEnd]:
        """Yield everything in *chunk*, without a gap, then its end."""
        try:
            yield from _ChunkReader(self, chunk).batches()
        except OSError as error:
            yield ChunkEnd(str(error))
        else:
            yield ChunkEnd()


class _ChunkReader:
    def __init__(self, caller: ReadChunk, chunk: Chunk) -> None:
        self._caller = caller
        self._chunk = chunk

    def batches(self) -> Iterator[Batch]:
        """Yield everything in the chunk. Raises OSError."""
        self._caller.current[:] = [self._chunk.start, 0]
        batch, due, end = None, 0.0, 0
        for item, request in self._items():
            if batch and (batch.is_full or time.monotonic() > due):
                batch.end = item.offset
                yield batch
                batch = None
            if batch is None:
                batch = Batch(path=self._chunk.path, start=item.offset, end=item.offset)
                due = time.monotonic() + _LONGEST_WAIT
            self._add(item, request, batch)
            end = item.offset + item.length
            self._caller.current[:] = [end, 0]
        if batch:
            batch.end = end
            yield batch

    def _items(self) -> Iterator[tuple[Record | Fault, Record | None]]:
        last, number = -1, 0
        for item, request in pair_with_requests(self._from_first_record()):
            if item.offset >= self._chunk.stop:
                return
            last, number = item.offset, number + 1 if item.offset == last else 0
            self._caller.current[:] = [last, number]
            yield item, request

    def _from_first_record(self) -> Iterator[Record | Fault]:
        chunk = self._chunk
        start: int | None = chunk.start
        if not chunk.is_exact:
            # Search no further than the chunk: it may be in the middle of a large record.
            end = min(chunk.stop + _HEAD, chunk.end)
            found = read_records(chunk.path, start=chunk.start, end=end, strict=False, resync=True)
            start = next((item.offset for item in found), None)
        if start is not None:
            items = read_records(chunk.path, start=start, end=chunk.end, strict=False)
            yield from with_borrowed_dates(items, chunk.path, chunk.first)

    def _add(self, item: Record | Fault, request: Record | None, batch: Batch) -> None:
        if isinstance(item, Fault):
            batch.problems.append(_problem("damaged", item, item.reason))
            return
        batch.records += 1
        uri = item.header("WARC-Target-URI")
        if kind := self._chunk.skip.get((self._caller.current[0], self._caller.current[1])):
            batch.problems.append(_problem(kind, item, uri or ""))
            return
        try:
            with cpu_limit(self._caller.limit):
                content = self._caller.read(item, self._chunk.path, request)
        except Exception as error:  # noqa: BLE001 - whatever a record does, the others are read
            reason = f"{type(error).__name__}: {error} ({uri})"
            batch.problems.append(_problem("page_error", item, reason))
        else:
            if item.type == "response" and not item.target_uri:
                batch.problems.append(_problem("no_uri", item, _NO_URI))
            batch.articles += content.articles
            batch.skipped.update(content.skipped)
            batch.no_articles = (batch.no_articles + content.no_articles)[:_MOST_NAMED]


def _problem(kind: str, item: Record | Fault, reason: str) -> RecordProblem:
    return RecordProblem(
        kind=kind, offset=item.offset, length=item.length, reason=reason[:_LONGEST_REASON]
    )
