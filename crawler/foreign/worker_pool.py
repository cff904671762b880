"""Archives read by all cores at once; what is in them comes in the order of the files.

Each file is cut into chunks, which worker processes read. Where a chunk's first record begins is
a guess, and a WARC that is stored inside a record can make it wrong: so each chunk counts only if
it begins where the one before ended, and is read again from there if not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing.connection import wait
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.foreign.archive_worker import (
    Batch,
    Chunk,
    ChunkEnd,
    ReadChunk,
    ReadRecord,
    RecordPosition,
    RecordProblem,
)
from crawler.processes import ChildProcess, hit_cpu_limit

if TYPE_CHECKING:
    from crawler.warc.container import Part

CHUNK_SIZE = 4 << 20
"""Bytes of a chunk: some hundred pages, so that what is read ahead is little."""

_AHEAD = 2  # chunks for each worker that are being read, or read and not yet taken
_MOST_FAILED_STARTS = 3
_LONGEST_WAIT = 1.0  # seconds


@dataclass(slots=True, eq=False)
class _QueuedChunk:
    """A chunk and what came of it; ``reached`` is the end of its last batch so far."""

    chunk: Chunk
    batches: deque[Batch] = field(default_factory=deque)
    reached: int | None = None
    is_assigned: bool = False
    ended: ChunkEnd | None = None


class _Worker:
    def __init__(self, read: ReadRecord, limit: float) -> None:
        self._current = RawArray("q", (-1, 0))
        self.queued: _QueuedChunk | None = None
        self.process: ChildProcess[Chunk, Batch | ChunkEnd] = ChildProcess(
            ReadChunk(read, self._current, limit), preload=(type(read).__module__,)
        )

    @property
    def position(self) -> RecordPosition:
        """Where the record is that the worker reads; negative before the first."""
        return self._current[0], self._current[1]


class WorkerPool:
    """Reads the records of archives with *read* in *workers* processes.

    A record that takes more than *limit* CPU seconds, or kills its worker twice, is given up.
    To be used by one thread at a time; any may call `close`.
    """

    def __init__(
        self,
        read: ReadRecord,
        *,
        workers: int,
        limit: float = 20.0,
        chunk_size: int = CHUNK_SIZE,
    ) -> None:
        self._read = read
        self._limit = limit
        self._chunk_size = chunk_size
        self._most = max(1, workers)
        self._workers: list[_Worker] = []
        self._queue: deque[_QueuedChunk] = deque()
        self._position: int | None = None
        self._unreadable: Path | None = None
        self._suspects: set[tuple[Path, RecordPosition]] = set()
        self._failed_starts = 0
        self._is_closed = False

    @property
    def pids(self) -> list[int | None]:
        """The numbers of the processes that run."""
        return [worker.process.pid for worker in self._workers]

    def read(self, parts: Iterable[Part]) -> Iterator[Batch]:
        """Yield everything in *parts*, in their order. A record begins at the start of each.

        Raises ChildProcessError if no worker can be started.
        """
        chunks = chain.from_iterable(map(self._cut, parts))
        try:
            while not self._is_closed and self._assign(chunks):
                if self._queue:
                    yield from self._take(self._queue[0])
                else:
                    self._receive()
        finally:
            self._end_workers()

    def close(self) -> None:
        """End the workers, and so `read`, a moment later."""
        self._is_closed = True
        for worker in tuple(self._workers):
            worker.process.kill()

    def _cut(self, part: Part) -> Iterator[Chunk]:
        assert isinstance(part.path, Path)  # what lies elsewhere is not crawled
        for start in range(part.start, part.end, self._chunk_size):
            if part.path == self._unreadable:
                return
            yield Chunk(
                path=part.path,
                start=start,
                stop=min(start + self._chunk_size, part.end),
                end=part.end,
                first=part.start,
                is_exact=start == part.start,
            )

    def _assign(self, chunks: Iterator[Chunk]) -> bool:
        """Give all workers something to do; return False when everything was read and taken."""
        while len(self._workers) < self._most or self._idle_worker():
            queued = self._next_unassigned(chunks)
            if queued is None:
                return bool(self._queue)
            self._send(self._idle_worker() or self._start_worker(), queued)
        return True

    def _idle_worker(self) -> _Worker | None:
        return next((worker for worker in self._workers if worker.queued is None), None)

    def _start_worker(self) -> _Worker:
        self._workers.append(_Worker(self._read, self._limit))
        return self._workers[-1]

    def _next_unassigned(self, chunks: Iterator[Chunk]) -> _QueuedChunk | None:
        """Return the first chunk that nobody reads; queue one more if there is room."""
        queued = next((queued for queued in self._queue if not queued.is_assigned), None)
        has_room = len(self._queue) < _AHEAD * self._most
        if queued is None and has_room and (chunk := next(chunks, None)):
            queued = _QueuedChunk(chunk)
            self._queue.append(queued)
        return queued

    def _send(self, worker: _Worker, queued: _QueuedChunk) -> None:
        queued.is_assigned, worker.queued = True, queued
        try:
            worker.process.send(queued.chunk)
        except OSError:
            self._replace(worker)

    def _take(self, first: _QueuedChunk) -> Iterator[Batch]:
        """Yield what came of the queue's first chunk, as far as it continues what was taken."""
        chunk = first.chunk
        if self._position is None:
            self._position = chunk.start
        while first.batches:
            batch = first.batches.popleft()
            if batch.start != self._position:
                self._read_again(chunk)
                return
            self._position = batch.end
            yield batch
        if first.ended is None:
            self._receive()
        elif self._position >= chunk.stop:
            self._finish(chunk)
        elif chunk.is_exact or first.ended.error:
            yield self._give_up_file(chunk, first.ended.error)
        else:
            self._read_again(chunk)

    def _read_again(self, chunk: Chunk) -> None:
        """Read the first chunk again from where the one before ended: its guess was wrong."""
        assert self._position is not None
        self._queue[0] = _QueuedChunk(replace(chunk, start=self._position, is_exact=True))

    def _finish(self, chunk: Chunk) -> None:
        self._queue.popleft()
        if chunk.stop == chunk.end:
            self._position = None

    def _give_up_file(self, chunk: Chunk, error: str) -> Batch:
        """Drop the rest of a file that cannot be read; return a batch that says so."""
        start, self._position = self._position or chunk.start, None
        self._unreadable = chunk.path
        self._queue = deque(queued for queued in self._queue if queued.chunk.path != chunk.path)
        problem = RecordProblem(
            kind="unreadable",
            offset=start,
            length=chunk.end - start,
            reason=error or "the file has become shorter",
        )
        return Batch(path=chunk.path, start=start, end=start, problems=[problem])

    def _receive(self) -> None:
        """Wait a while for the workers, and take a message from each that has one."""
        ready = wait([worker.process.connection for worker in self._workers], _LONGEST_WAIT)
        for worker in [one for one in self._workers if one.process.connection in ready]:
            self._receive_from(worker)

    def _receive_from(self, worker: _Worker) -> None:
        try:
            message = worker.process.receive()
        except (EOFError, OSError):
            self._replace(worker)
            return
        self._failed_starts = 0
        queued = worker.queued
        assert queued
        if isinstance(message, ChunkEnd):
            queued.ended, worker.queued = message, None
        else:
            queued.batches.append(message)
            queued.reached = message.end

    def _replace(self, worker: _Worker) -> None:
        """Remove a worker that died, and have its chunk read by another one."""
        self._workers.remove(worker)
        code = worker.process.end()
        position, queued = worker.position, worker.queued
        if queued:
            queued.is_assigned = False
        if queued and position[0] >= 0:
            self._skip_deadly(queued, position, is_late=hit_cpu_limit(code))
            return
        self._failed_starts += not self._is_closed
        if self._failed_starts > _MOST_FAILED_STARTS:
            raise ChildProcessError(f"no worker can be started: exit code {code}")

    def _skip_deadly(
        self, queued: _QueuedChunk, position: RecordPosition, *, is_late: bool
    ) -> None:
        """Skip the record that a worker died of: after one death if it was too slow, else two."""
        chunk = queued.chunk
        if position in chunk.skip:
            queued.is_assigned = True
            queued.ended = ChunkEnd(f"byte {position[0]} kills who reads it")
            return
        skip = dict(chunk.skip)
        if is_late:
            skip[position] = "page_timeout"
        elif (chunk.path, position) in self._suspects:
            skip[position] = "page_crash"
        else:  # something else may have killed the worker
            self._suspects.add((chunk.path, position))
        if queued.reached is not None:
            chunk = replace(chunk, start=queued.reached, is_exact=True)
        queued.chunk = replace(chunk, skip=skip)

    def _end_workers(self) -> None:
        self.close()
        while self._workers:
            self._workers.pop().process.end()
