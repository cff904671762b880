"""A worker: it takes jobs out of the queue, each of which reads one source."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy.crawler import AsyncCrawlerProcess, Crawler

from crawler.archive.nodes import begin_node
from crawler.commands.round_hosts import RoundHosts
from crawler.commands.round_notices import RoundNotices
from crawler.commands.round_results import BUSY, DEFECT, STORAGE, RunResult, failed
from crawler.commands.shutdown_signals import ShutdownSignals
from crawler.commands.source_runs import SourceRuns
from crawler.commands.told_results import result_as_json
from crawler.commands.worker_sources import Chosen, WorkerSources
from crawler.exceptions import (
    ArchiveLockedError,
    BadArgumentError,
    NewsreelError,
    StorageError,
)
from crawler.jobs.job_words import (
    PLAN,
    READ,
    READ_NOW,
    URGENT,
    GivenBackError,
    QueueError,
)
from crawler.jobs.planner import Planner
from crawler.settings_reader import SettingsReader
from crawler.sources.round_sources import Source

if TYPE_CHECKING:
    from procrastinate.job_context import JobContext
    from procrastinate.jobs import Job

    from crawler.jobs.source_queue import SourceQueue

logger = logging.getLogger(__name__)

_BEATS = 6  # in the time after which a worker is taken for dead
_AGAIN = 2.0  # seconds
_PLAN_EVERY = 15
_HELD_UP = 10.0
_BUSY_WAIT = 60.0
_CLOSING = 10.0  # seconds for the queue to answer when the worker ends


class WorkerRunner:
    """Reads what the queue of the ledger has for it, up to ROUND_CONCURRENCY sources at once.

    It goes on until a signal comes, or storage fails. *on_start* and *on_end* hear of the runs.
    """

    def __init__(
        self,
        process: AsyncCrawlerProcess,
        chosen: Chosen,
        notices: RoundNotices,
        *,
        on_start: Callable[[Source, Crawler], object],
        on_end: Callable[[RunResult], object],
    ) -> None:
        self._settings = SettingsReader(process.settings)
        self._chosen = chosen
        self._sources = WorkerSources(self._settings, chosen, self._take_from)
        self._notices = notices
        self._on_start = on_start
        self._on_end = on_end
        self._has_stopped = False
        self._opened: SourceQueue | None = None
        self._ending = asyncio.Event()
        self.failure: NewsreelError | None = None
        self.signals = ShutdownSignals(self._stop)
        self._runs = SourceRuns(process, self.signals, self._started)
        self.repairs = self._runs.repairs

    async def run(self) -> None:
        """Work. Raise `ArchiveLockedError` or `StorageError` if nothing can begin."""
        from crawler.jobs.source_queue import SourceQueue  # noqa: PLC0415 - an extra

        self.signals.watch()
        with self._runs.opened("worker"):
            archive, timeout = self._runs.archive, self._settings.WORKER_TIMEOUT
            store = archive.store
            node = begin_node(archive.folder, archive.uri)
            self._opened = SourceQueue(archive.uri, timeout, node, endless=True)
            async with self._queue.opened():
                self._hosts = RoundHosts(archive.run_locks, self._runs.lose)
                self._planner = Planner(store)
                self._name_tasks()
                try:
                    await self._work()
                finally:
                    await self._notices.finish(store, is_stopped=True)
        self._tell_uploads()
        if self.failure:
            raise self.failure

    def _tell_uploads(self) -> None:
        for line in self._runs.take_not_uploaded():
            logger.warning("%s", line)

    @property
    def _queue(self) -> SourceQueue:
        assert self._opened
        return self._opened

    def _take_from(self, queues: list[str] | None) -> None:
        if self._opened:
            self._opened.take_from(queues)

    def _name_tasks(self) -> None:
        self._queue.name_task(READ, self._read)
        self._queue.name_task(READ_NOW, self._read_now)
        self._queue.name_task(PLAN, self._plan)
        self._queue.plan_each(_PLAN_EVERY, self._chosen.keys, self._chosen.tag)

    async def _work(self) -> None:
        beating = asyncio.create_task(self._beat())
        try:
            while not self._has_stopped:
                try:
                    await self._queue.work(self._sources.queues, self._settings.ROUND_CONCURRENCY)
                except QueueError as error:
                    if not self._has_stopped:
                        logger.warning("The queue failed, the worker begins anew: %s", error)
                        await asyncio.sleep(_AGAIN)
        finally:
            self._ending.set()  # psycopg may swallow a cancellation
            await beating

    # Being alive

    async def _beat(self) -> None:
        while not await self._ends_within(self._settings.WORKER_TIMEOUT / _BEATS):
            try:
                told = await self._queue.beat()
            except QueueError as error:
                logger.warning("The queue failed: %s", error)
                continue
            if told is None:
                await self._lose()
            for line in told or ():
                logger.warning("%s", line)

    async def _ends_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)
        return self._ending.is_set()

    async def _lose(self) -> None:
        """End the runs under way: other workers have their sources by now."""
        jobs = self._queue.jobs
        if jobs.lease.is_lost:
            return
        logger.warning("This worker was not heard of in time: other workers have its sources")
        jobs.lease.lose()
        message = f"the queue heard nothing of this worker for {jobs.timeout:g} s"
        self._queue.stop()
        error = ArchiveLockedError(f"{message}, another one reads the source")
        await self._runs.abandon(error)

    def _started(self, source: Source, crawler: Crawler) -> None:
        lease = self._queue.jobs.lease
        self._runs.archive.send_under(crawler, lambda: lease.is_valid)
        self._runs.archive.send_under(crawler, lambda: self._hosts.is_sure(source))
        if by := self._hosts.lost_to(source):
            self._runs.lose(source, by)
        self._on_start(source, crawler)

    def _stop(self) -> None:
        """Take no job any more, and end the runs under way."""
        if not self._has_stopped:
            self._has_stopped = True
            if self._opened:
                grace = self._settings.SHUTDOWN_GRACE + _CLOSING
                self._opened.connector.gives_up = time.monotonic() + grace
                self._opened.stop()
            self._runs.stop()

    # Jobs

    async def _read(self, context: JobContext, key: str) -> None:
        """Read the source with *key*, if it is still due."""
        await self._do(context.job, key, is_asked=context.job.priority >= URGENT)

    async def _read_now(self, context: JobContext, key: str) -> None:
        """Read the source with *key*, due or not."""
        await self._do(context.job, key, is_asked=True)

    async def _do(self, job: Job, key: str, *, is_asked: bool) -> None:
        source = self._sources.by_key.get(key)
        if source is None:
            self._sources.leave(key)
        if source is None or self._has_stopped or self._queue.jobs.lease.is_lost:
            raise GivenBackError
        try:
            result = await self._read_if_due(source, is_asked=is_asked)
        except OSError as error:
            logger.error("%s: %s", key, error)
            raise GivenBackError(after=_HELD_UP) from error
        except GivenBackError:
            raise
        except Exception as error:  # the queue would forget it, and the next plan put it in again
            logger.critical("%s: a defect of ours ended its job", key, exc_info=True)
            now = datetime.now(UTC).isoformat()
            result = failed(key, source.source, DEFECT, now, repr(error))
        if result:
            await self._conclude(job, source, result)

    async def _read_if_due(self, source: Source, *, is_asked: bool) -> RunResult | None:
        if not await asyncio.to_thread(self._hosts.take, source):
            raise GivenBackError(after=_HELD_UP)
        try:
            now = datetime.now(UTC)
            if not is_asked and self._runs.schedule.next_read(source, now).at > now:
                return None  # it was read meanwhile
            return await self._runs.read(source)
        finally:
            await asyncio.to_thread(self._hosts.give_back, source)

    async def _conclude(self, job: Job, source: Source, result: RunResult) -> None:
        self._on_end(result)
        self._tell_uploads()
        if result.exit_code == STORAGE:
            message = "; ".join(problem.message for problem in result.problems[:1])
            self.failure = StorageError(message or f"{source.key}: storage failed")
            self._stop()
        if result.exit_code == BUSY and not self._queue.jobs.lease.is_lost:
            raise GivenBackError(after=_BUSY_WAIT)
        if self._has_stopped and not result.is_whole:
            raise GivenBackError(priority=URGENT)
        if not result.is_idle:
            self._notices.look_at(source)
        self._runs.keep_plans()
        await self._queue.jobs.note_result(
            job, source.key, result.exit_code, result_as_json(result)
        )

    def _can_write(self) -> bool:
        """Note what was planned, and return whether that can be; a worker that cannot ends.

        Where no run is under way, nothing else would tell.
        """
        try:
            self._runs.archive.note(self._planner.schedule.take_fresh())
        except StorageError as error:
            self.failure = error
            self._stop()
        return self.failure is None

    async def _plan(
        self, context: JobContext, timestamp: int, keys: Sequence[str], tag: str
    ) -> None:
        """Put in what is due of the sources with *keys* and *tag*: one worker at a time does."""
        try:
            sources = self._sources.of(Chosen(keys, tag))
        except BadArgumentError as error:
            logger.error("What is due is not planned: %s", error)
            return
        waiting = await self._queue.jobs.waiting_keys()
        now = datetime.now(UTC)
        due = await asyncio.to_thread(lambda: list(self._planner.due(sources, now, waiting)))
        if not self._can_write():
            return
        groups = self._sources.groups
        for source, minutes in due:
            await self._queue.put(source, groups, minutes)
        for key in await self._queue.jobs.forget_old(self._sources.all_keys):
            logger.warning("%s: no worker knows such a source, its job is deleted", key)
        self._notices.tell_if_due(self._runs.archive.store)
