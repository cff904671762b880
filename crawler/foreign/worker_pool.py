"""Archives read by all cores at once, what they hold given in the order of the files.

Each file is cut into chunks, which worker processes read. Where a chunk's first record begins is
a guess, and a WARC that is stored inside a record can make it wrong: so each chunk counts only if
it begins where the one before ended, and is read again from there if not.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from crawler.foreign.worker import Ended, Page, Piece, Place, Task, Trouble, serve
from crawler.processes import TIME_IS_UP

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext
    from pathlib import Path

    from crawler.warc.container import Part

CHUNK = 4 << 20
"""Bytes of a chunk: some hundred pages, so that what is read ahead is little."""

_AHEAD = 2  # chunks for each worker that are under way, or read and not yet taken
_MOST_STILLBORN = 3
_PATIENCE = 1.0  # seconds
_LAST_MOMENTS = 5.0  # seconds from the end of a worker's pipe to its exit code


@dataclass(slots=True, eq=False)
class _Chunk:
    """A task in the line; ``reached`` is the end of what came of it so far."""

    task: Task
    pieces: deque[Piece] = field(default_factory=deque)
    reached: int | None = None
    is_given: bool = False
    ended: Ended | None = None


class _Worker:
    def __init__(self, context: ForkServerContext, page: Page, limit: float) -> None:
        self.connection, theirs = context.Pipe()
        self.current = context.RawArray("q", (-1, 0))
        self.chunk: _Chunk | None = None
        self._process = context.Process(
            target=serve, args=(theirs, page, self.current, limit), daemon=True
        )
        self._process.start()
        theirs.close()

    def kill(self) -> None:
        """Kill the worker if it is alive."""
        self._process.kill()

    def end(self) -> None:
        """Kill the worker and let it go."""
        self.kill()
        self._process.join()
        self.connection.close()

    def last_words(self) -> tuple[Place, int | None]:
        """Where a worker was that is about to be gone, and its exit code."""
        self._process.join(_LAST_MOMENTS)
        code = self._process.exitcode
        self.end()
        return (self.current[0], self.current[1]), code


class Bulk:
    """Reads archives with *page* in *workers* processes.

    A page that takes more than *limit* CPU seconds, or kills its worker twice, is given up.
    To be used by one thread at a time; any may call `close`.
    """

    def __init__(self, page: Page, *, workers: int, limit: float = 20.0, chunk: int = CHUNK):
        self._page = page
        self._limit = limit
        self._chunk = chunk
        self._most = max(1, workers)
        # A fork of this process would inherit its threads' locks, a new interpreter loads slowly.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([type(page).__module__])
        self._workers: list[_Worker] = []
        self._line: deque[_Chunk] = deque()
        self._position: int | None = None
        self._lost: Path | None = None
        self._suspects: set[tuple[Path, Place]] = set()
        self._stillborn = 0
        self._is_closed = False

    def read(self, parts: Iterable[Part]) -> Iterator[Piece]:
        """Everything in *parts*, in their order, piece by piece. A record begins at each start.

        Raises ChildProcessError if no worker can be started.
        """
        tasks = chain.from_iterable(map(self._cut, parts))
        try:
            while not self._is_closed and self._hand_out(tasks):
                if self._line:
                    yield from self._take(self._line[0])
                else:
                    self._listen()
        finally:
            self._end()

    def close(self) -> None:
        """End the workers, and so `read`, a moment later."""
        self._is_closed = True
        for worker in tuple(self._workers):
            worker.kill()

    def _cut(self, part: Part) -> Iterator[Task]:
        for start in range(part.start, part.end, self._chunk):
            if part.path == self._lost:
                return
            yield Task(
                path=part.path,
                start=start,
                stop=min(start + self._chunk, part.end),
                end=part.end,
                is_exact=start == part.start,
            )

    def _hand_out(self, tasks: Iterator[Task]) -> bool:
        """Give all workers something to do; False when everything was read and taken."""
        while self._has_hands:
            chunk = self._waiting(tasks)
            if chunk is None:
                return bool(self._line)
            self._give(self._idle() or self._hired(), chunk)
        return True

    @property
    def _has_hands(self) -> bool:
        return len(self._workers) < self._most or self._idle() is not None

    def _idle(self) -> _Worker | None:
        return next((worker for worker in self._workers if worker.chunk is None), None)

    def _hired(self) -> _Worker:
        self._workers.append(_Worker(self._context, self._page, self._limit))
        return self._workers[-1]

    def _waiting(self, tasks: Iterator[Task]) -> _Chunk | None:
        """The first chunk that nobody reads, if there is room for one more."""
        chunk = next((chunk for chunk in self._line if not chunk.is_given), None)
        if chunk is None and len(self._line) < _AHEAD * self._most and (task := next(tasks, None)):
            chunk = _Chunk(task)
            self._line.append(chunk)
        return chunk

    def _give(self, worker: _Worker, chunk: _Chunk) -> None:
        chunk.is_given, worker.chunk = True, chunk
        try:
            worker.connection.send(chunk.task)
        except OSError:
            self._bury(worker)

    def _take(self, chunk: _Chunk) -> Iterator[Piece]:
        """What came of the first chunk in the line, as far as it goes on where we are."""
        task = chunk.task
        if self._position is None:
            self._position = task.start
        while chunk.pieces:
            piece = chunk.pieces.popleft()
            if piece.start != self._position:
                self._read_again(task)
                return
            self._position = piece.end
            yield piece
        if chunk.ended is None:
            self._listen()
        elif self._position >= task.stop:
            self._leave(task)
        elif task.is_exact or chunk.ended.error:
            yield self._given_up(task, chunk.ended.error)
        else:
            self._read_again(task)

    def _read_again(self, task: Task) -> None:
        """Read the first chunk in the line from where the one before ended; its guess was wrong."""
        assert self._position is not None
        self._line[0] = _Chunk(replace(task, start=self._position, is_exact=True))

    def _leave(self, task: Task) -> None:
        self._line.popleft()
        if task.stop == task.end:
            self._position = None

    def _given_up(self, task: Task, error: str) -> Piece:
        """The rest of a file that cannot be read."""
        start, self._position = self._position or task.start, None
        self._lost = task.path
        self._line = deque(chunk for chunk in self._line if chunk.task.path != task.path)
        reason = error or "the file has become shorter"
        trouble = Trouble(kind="unreadable", offset=start, length=task.end - start, reason=reason)
        return Piece(path=task.path, start=start, end=start, troubles=[trouble])

    def _listen(self) -> None:
        heard = wait([worker.connection for worker in self._workers], _PATIENCE)
        for worker in [worker for worker in self._workers if worker.connection in heard]:
            self._hear(worker)

    def _hear(self, worker: _Worker) -> None:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        self._stillborn = 0
        chunk = worker.chunk
        assert chunk
        if isinstance(message, Ended):
            chunk.ended, worker.chunk = message, None
        else:
            chunk.pieces.append(message)
            chunk.reached = message.end

    def _bury(self, worker: _Worker) -> None:
        """Go on behind what a worker died of."""
        self._workers.remove(worker)
        where, code = worker.last_words()
        chunk = worker.chunk
        if chunk:
            chunk.is_given = False
        if chunk and where[0] >= 0:
            self._avoid(chunk, where, is_late=code == -TIME_IS_UP)
            return
        self._stillborn += not self._is_closed
        if self._stillborn > _MOST_STILLBORN:
            raise ChildProcessError(f"no worker can be started: exit code {code}")

    def _avoid(self, chunk: _Chunk, where: Place, *, is_late: bool) -> None:
        task = chunk.task
        if where in task.avoid:
            chunk.is_given, chunk.ended = True, Ended(f"byte {where[0]} kills who reads it")
            return
        avoid = dict(task.avoid)
        if is_late:
            avoid[where] = "page_timeout"
        elif (task.path, where) in self._suspects:
            avoid[where] = "page_crash"
        else:  # it may be somebody else's fault
            self._suspects.add((task.path, where))
        if chunk.reached is not None:
            task = replace(task, start=chunk.reached, is_exact=True)
        chunk.task = replace(task, avoid=avoid)

    def _end(self) -> None:
        self._is_closed = True
        while self._workers:
            self._workers.pop().end()
