"""The one thread that writes the archive, and the queue before it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread

from crawler.archive.recorder import Recorder
from crawler.exceptions import StorageError

Job = Callable[[Recorder], None]
_Queued = tuple[Job, int, asyncio.Future[None] | None]

# The thread and the event loop have one interpreter: for each job that wakes the thread, the loop
# loses it at its next system call, which takes as long as the job itself.
_TURN = 0.1
"""Seconds for which jobs that nobody waits for gather before the thread gets them."""
_MOST_GATHERED = 1 << 20
"""Bytes that gather at most."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When the archive is committed, and how much may wait to be written.

    A commit comes after ``group`` writes or ``interval`` seconds, whichever is first. While more
    than ``queued`` bytes wait for the thread, `WriterThread.queue` waits too.
    """

    group: int = 500
    interval: float = 1.0
    queued: int = 2 * 1024 * 1024


class WriterThread:
    """A thread that runs jobs on a `Recorder`, in the order in which they come.

    After a failure nothing more is written, and every call raises `StorageError`; *on_failure*
    is called once, on the loop. Use it from one event loop.
    """

    def __init__(
        self, recorder: Recorder, limits: Limits, on_failure: Callable[[StorageError], None]
    ) -> None:
        self._recorder = recorder
        self._limits = limits
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Sequence[_Queued] | None] = SimpleQueue()
        self._gathered: list[_Queued] = []
        self._size_gathered = 0
        self._has_turn = False
        self._waiting: list[asyncio.Future[None]] = []
        self._due = 0.0
        self._failure: StorageError | None = None
        self._size_queued = 0
        self._size_done = 0  # written by the thread alone, as the one above by the loop
        self._room = asyncio.Event()
        self._room.set()
        self._closing = False
        self._ended = Event()
        self._thread = Thread(target=self._work, name="archive", daemon=True)
        self._thread.start()

    def put(self, job: Job, size: int = 0) -> None:
        """Leave *job*, which holds *size* bytes, to the thread."""
        self._raise_if_ended()
        self._gather(job, size)

    def _gather(self, job: Job, size: int, committed: asyncio.Future[None] | None = None) -> None:
        self._gathered.append((job, size, committed))
        self._size_queued += size
        self._size_gathered += size
        if self._size_gathered >= _MOST_GATHERED:
            self._hand_over()
        elif committed:
            self._loop.call_soon(self._hand_over)
        elif not self._has_turn:
            self._has_turn = True
            self._loop.call_later(_TURN, self._end_turn)

    def _end_turn(self) -> None:
        self._has_turn = False
        self._hand_over()

    def _hand_over(self) -> None:
        """Give what has gathered to the thread."""
        gathered, self._gathered, self._size_gathered = self._gathered, [], 0
        if gathered:
            self._jobs.put(gathered)

    async def queue(self, job: Job, size: int) -> None:
        """Leave *job*, which holds *size* bytes, to the thread. Wait while the queue is full."""
        self.put(job, size)
        if self._backlog > self._limits.queued:
            await self._wait_for_room()

    async def _wait_for_room(self) -> None:
        self._hand_over()
        self._room.clear()
        # The thread may have made room before it could see that this coroutine waits.
        if self._backlog <= self._limits.queued // 2:
            self._room.set()
        await self._room.wait()
        self._raise_failure()

    async def commit(self, job: Job) -> None:
        """Return once *job* is done and committed."""
        self._raise_if_ended()
        committed: asyncio.Future[None] = self._loop.create_future()
        self._gather(job, 0, committed)
        await committed
        self._raise_failure()

    def close(self, timeout: float | None = None) -> bool:
        """Do what is queued, commit and seal. Return whether that ended within *timeout* seconds.

        After a failure, seal what was committed before it.
        """
        if not self._closing:
            self._closing = True
            self._hand_over()
            self._jobs.put(None)
        return self._ended.wait(timeout)

    @property
    def _backlog(self) -> int:
        return self._size_queued - self._size_done

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure

    def _raise_if_ended(self) -> None:
        self._raise_failure()
        if self._closing:
            raise StorageError("the archive is sealed: nothing more can be written")

    def _work(self) -> None:
        try:
            while self._step():
                pass
        finally:
            self._ended.set()

    def _step(self) -> bool:
        """Do the next jobs, or commit when it is time. Return False at the end."""
        try:
            jobs = self._jobs.get(timeout=self._seconds_to_wait())
        except Empty:
            self._commit()
            return True
        if jobs is None:
            self._commit()
            self._guarded(self._recorder.finish)
            return False
        for job in jobs:
            self._do(*job)
        return True

    def _seconds_to_wait(self) -> float | None:
        if self._waiting and self._jobs.empty():
            return 0.0
        if self._recorder.uncommitted:
            return max(0.0, self._due - time.monotonic())
        return None

    def _do(self, job: Job, size: int, committed: asyncio.Future[None] | None) -> None:
        if not self._recorder.uncommitted:
            self._due = time.monotonic() + self._limits.interval
        if not self._failure:
            self._guarded(partial(job, self._recorder))
        self._size_done += size
        if not self._room.is_set() and self._backlog <= self._limits.queued // 2:
            self._loop.call_soon_threadsafe(self._room.set)
        if committed:
            self._waiting.append(committed)
        if self._recorder.uncommitted >= self._limits.group or time.monotonic() >= self._due:
            self._commit()

    def _commit(self) -> None:
        if not self._failure:
            self._guarded(self._recorder.commit)
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._loop.call_soon_threadsafe(_resolve, waiting)

    def _guarded(self, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - whatever it is, the archive cannot go on
            if self._failure is None:
                self._failure = StorageError(f"the archive cannot be written: {error}")
                self._failure.__cause__ = error
                self._loop.call_soon_threadsafe(self._on_failure, self._failure)


def _resolve(waiting: list[asyncio.Future[None]]) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(None)
