"""A round that workers read: what is due is put into their queue, and waited for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.folder import Archive
from crawler.commands.base import write_stderr
from crawler.commands.round_results import RunResult
from crawler.commands.shutdown_signals import ShutdownSignals
from crawler.commands.told_results import read_result
from crawler.exceptions import ArchiveLockedError, StorageError
from crawler.jobs.host_groups import HostGroups
from crawler.jobs.job_words import ASKED, QueueError
from crawler.rounds.schedule import Schedule
from crawler.settings_reader import SettingsReader
from crawler.sources.round_sources import Source, round_sources

if TYPE_CHECKING:
    from crawler.jobs.source_queue import SourceQueue

_LOOK_EVERY = 0.5  # seconds
_CLOSING = 10.0
_FIX = "start one: scrapy worker (docs/scale.md); or read them here: scrapy round --here"


class QueuedRound:
    """Puts those of *sources* that are due (with *all_now*: each) into the queue of *archive*.

    *on_end* hears what came of them, whichever worker reads them; what waits or is read already is
    not put in twice. A signal ends the waiting, and no run.
    """

    def __init__(
        self,
        settings: SettingsReader,
        archive: Archive,
        sources: Sequence[Source],
        *,
        all_now: bool,
        on_end: Callable[[RunResult], object],
    ) -> None:
        self._settings = settings
        self._archive = archive
        self._sources = sources
        self._all_now = all_now
        self._on_end = on_end
        self._ending = asyncio.Event()
        self._opened: SourceQueue | None = None
        self._last_alive = time.monotonic()
        self._is_told = False
        self.signals = ShutdownSignals(self._stop)
        self.planned = 0
        """How many sources are waited for, once that is known."""

    async def run(self) -> None:
        """Put them in, and wait. Raise `StorageError`, or `ArchiveLockedError` without workers."""
        from crawler.jobs.source_queue import SourceQueue  # noqa: PLC0415 - an extra

        self.signals.watch()
        queue = SourceQueue(self._archive.ledger_uri, self._settings.WORKER_TIMEOUT)
        self._opened = queue
        async with queue.opened():
            try:
                await self._wait(queue, await self._put_in(queue))
            except QueueError as error:
                raise StorageError(f"the queue fails: {error}") from error

    async def _put_in(self, queue: SourceQueue) -> dict[int, str]:
        """Put in what is due, and return the jobs to wait for, with the keys of their sources."""
        due = await asyncio.to_thread(self._due)
        groups = HostGroups([*round_sources(self._settings.SOURCES_FILE), *self._sources])
        there = await queue.jobs_of([source.key for source in due])
        found = {job: key for key, job in there.items()}
        for source in due:
            if source.key not in there:
                job = await queue.put(source, groups, ASKED, now=self._all_now)
                found |= {job: source.key} if job else await self._again(queue, source)
        self.planned = len(found)
        return found

    async def _again(self, queue: SourceQueue, source: Source) -> dict[int, str]:
        """Return the job of *source* that another put in meanwhile."""
        return {job: key for key, job in (await queue.jobs_of([source.key])).items()}

    def _due(self) -> list[Source]:
        try:
            store = None if self._all_now else self._archive.open_store()
            if store is None:
                return list(self._sources)
            try:
                schedule, now = Schedule(store), datetime.now(UTC)
                return [it for it in self._sources if schedule.next_read(it, now).at <= now]
            finally:
                store.close()
        except OSError as error:
            raise StorageError(str(error)) from error

    async def _wait(self, queue: SourceQueue, jobs: dict[int, str]) -> None:
        left = dict(jobs)
        while left and not self._ending.is_set():
            there = await queue.left_of(list(left))
            gone = left.keys() - there
            results = await queue.results_of(sorted(gone))
            for job in sorted(gone):
                del left[job]
                if job in results:
                    self._on_end(_told(results[job]))
            if left:
                await self._check_workers(queue, len(left))
                await self._pause()

    async def _check_workers(self, queue: SourceQueue, waiting: int) -> None:
        """Say that no worker is alive; raise `ArchiveLockedError` if that stays so."""
        now = time.monotonic()
        if await queue.count_workers():
            self._last_alive = now
            return
        message = f"no worker is alive, {waiting:,} sources wait in the queue"
        if now - self._last_alive > self._settings.WORKER_TIMEOUT:
            raise ArchiveLockedError(f"{message}: {_FIX}")
        if not self._is_told:
            self._is_told = True
            write_stderr(f"{message}; {_FIX}")

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), _LOOK_EVERY)
        except TimeoutError:
            return

    def _stop(self) -> None:
        """Wait no longer; workers read on."""
        self._ending.set()
        if self._opened:
            self._opened.connector.gives_up = time.monotonic() + _CLOSING


def _told(content: Mapping[str, object]) -> RunResult:
    """Return the result that a worker told; its report may lie on another node."""
    result = read_result(dict(content))
    return result if Path(result.report).exists() else replace(result, report="")
