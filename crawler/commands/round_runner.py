"""Runs of many sources in one process, into one archive, as many at once as are asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scrapy.crawler import AsyncCrawlerProcess, Crawler

from crawler.commands.base import storage_errors
from crawler.commands.round_hosts import RoundHosts
from crawler.commands.round_notices import RoundNotices
from crawler.commands.round_results import BUSY, STORAGE, RunResult, failed
from crawler.commands.shutdown_signals import ShutdownSignals
from crawler.commands.source_runs import SourceRuns
from crawler.commands.wall_clock import WallClock
from crawler.commands.watched_sources import WatchedSources
from crawler.exceptions import StorageError
from crawler.rounds.schedule import NextRead
from crawler.rounds.source_reads import SLICE
from crawler.rounds.waiting_rule import SHORTEST_WAIT
from crawler.settings_reader import SettingsReader
from crawler.sources.round_sources import Source

if TYPE_CHECKING:
    from crawler.state.store import Store

logger = logging.getLogger(__name__)

_BUSY_WAIT = timedelta(minutes=10)
_HELD_UP = 1.0  # seconds: who has a host tells nobody that it is free
_LONGEST_SLEEP = 60.0  # seconds: the clock may be set, or the machine asleep
_LOOK_EVERY = 5.0  # seconds: a watch looks whether the sources file has changed


@dataclass(slots=True)
class _Waiting:
    """A source that waits for its read; ``next`` says since when, or until when.

    ``last`` is the id of its last run when that was found out. ``was_held_up``: another process's
    round was asking its host.
    """

    source: Source
    next: NextRead
    last: str = ""
    was_held_up: bool = False


class RoundRunner:
    """Reads *sources* when they are due, up to ROUND_CONCURRENCY at once; one host once at a time.

    With *watched* it reads those until a signal comes; else each source that is due now (with
    *all_now*: each) is read once. *on_start* and *on_end* hear of the runs, *on_wait* of the next
    read, and of how many sources, when no run is under way. ``repairs`` are what was put in order
    when the archive was opened.
    """

    def __init__(
        self,
        process: AsyncCrawlerProcess,
        sources: Iterable[Source],
        notices: RoundNotices,
        *,
        watched: WatchedSources | None = None,
        all_now: bool = False,
        on_start: Callable[[Source, Crawler], object] = lambda source, crawler: None,
        on_end: Callable[[RunResult], object] = lambda result: None,
        on_wait: Callable[[datetime, int], object] = lambda next_read, sources: None,
    ) -> None:
        self._settings = SettingsReader(process.settings)
        self._sources = list(sources)
        self._notices = notices
        self._watched = watched
        self._all_now = all_now
        self._on_start = on_start
        self._on_end = on_end
        self._on_wait = on_wait
        self._waits_until: datetime | None = None
        self._clock = WallClock()
        self._running: dict[asyncio.Task[None], Source] = {}
        self._waiting: list[_Waiting] = []
        self._woken = asyncio.Event()
        self._has_stopped = False
        self.signals = ShutdownSignals(self._stop)
        self._runs = SourceRuns(process, self.signals, self._started)
        self.repairs = self._runs.repairs
        self._failure: StorageError | None = None
        self.has_failed = False
        self.planned = 0
        """How many sources are to be read, once that is known."""

    def take_not_uploaded(self) -> list[str]:
        """Return a line for each WARC file that could not be uploaded; none once more."""
        return self._runs.take_not_uploaded()

    async def run(self) -> None:
        """Read the sources. Raise `ArchiveLockedError` or `StorageError` if it cannot go on."""
        self.signals.watch()
        with self._runs.opened("round"):
            with storage_errors():
                self._hosts = RoundHosts(self._runs.archive.run_locks, self._runs.lose)
                self._plan_all()
            try:
                await self._loop()
            finally:
                is_stopped = self.signals.received is not None
                await self._notices.finish(self._store, is_stopped=is_stopped)
        if self._failure:
            raise self._failure

    @property
    def _store(self) -> Store:
        return self._runs.archive.store

    def _plan_all(self) -> None:
        now = datetime.now(UTC)
        for source in self._sources:
            if self._all_now:
                waiting = _Waiting(source, NextRead(now, "asked for"))
            else:
                waiting = self._planned(source, now)
            if self._watched or waiting.next.at <= now:
                self._waiting.append(waiting)
        self._waiting.sort(key=lambda waiting: waiting.next.at)
        if not self._watched:  # which has no end
            self.planned = len(self._waiting)
        self._runs.keep_plans()

    def _planned(self, source: Source, now: datetime) -> _Waiting:
        last = self._last_of(source)
        return _Waiting(source, self._runs.schedule.next_read(source, now), last)

    def _last_of(self, source: Source) -> str:
        """Return the id of the last run of *source*, whoever made it; empty if there is none."""
        last = self._store.last_run(source.source)
        return last.id if last else ""

    def _take_changes(self) -> None:
        """Have those wait that the sources file has now, if it has changed, or the clock was set.

        What was planned by a clock that was ahead may be years from now.
        """
        if self._watched and self._clock.was_set_back():
            logger.warning("The clock was set back: when sources are read is worked out anew")
            self._waiting.clear()
        elif not (self._watched and self._watched.have_changed()):
            return
        by_key, now = self._watched.by_key, datetime.now(UTC)
        self._sources = list(by_key.values())
        self._notices.watch(self._sources)
        kept = [w for w in self._waiting if by_key.get(w.source.key) == w.source]
        known = {w.source.key for w in kept} | {it.key for it in self._running.values()}
        new = (source for source in self._sources if source.key not in known)
        self._waiting = [*kept, *(self._planned(source, now) for source in new)]
        self._waiting.sort(key=lambda waiting: waiting.next.at)

    async def _loop(self) -> None:
        while self._goes_on:
            self._woken.clear()
            try:
                with storage_errors():
                    self._take_changes()
                    self._start_due()
            except StorageError as error:
                self._fail(error)
            self._tell_wait()
            if self._running or self._goes_on:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._seconds_to_next())
            self._notices.tell_if_due(self._store)
        await asyncio.gather(*self._running, return_exceptions=True)

    @property
    def _goes_on(self) -> bool:
        if self._has_stopped:
            return bool(self._running)
        return bool(self._running or self._waiting)

    def _start_due(self) -> None:
        """Start runs while there is room; a source whose host is being asked keeps its turn."""
        now, most = datetime.now(UTC), self._settings.ROUND_CONCURRENCY
        busy = set(self._hosts.asked)
        for waiting in list(self._waiting):
            is_full = len(self._running) >= most
            if self._has_stopped or is_full or waiting.next.at > now:
                return
            if busy.isdisjoint(waiting.source.hosts) and self._may_ask(waiting, now):
                self._waiting.remove(waiting)
                self._start(waiting.source)
            busy |= waiting.source.hosts

    def _may_ask(self, waiting: _Waiting, now: datetime) -> bool:
        """Take the hosts of a source, if no other process's round is asking them."""
        source = waiting.source
        if not self._hosts.take(source):
            waiting.was_held_up = True
            if by := self._hosts.run_elsewhere(source):
                self._waiting.remove(waiting)
                result = failed(source.key, source.source, BUSY, now.isoformat(), by)
                self._conclude(source, result)
            return False
        last = waiting.last if self._all_now else self._last_of(source)
        if last != waiting.last or (waiting.was_held_up and not self._all_now):
            waiting.next, waiting.last = self._runs.schedule.next_read(source, now), last
            if waiting.next.at > now:
                self._hosts.give_back(source)
                waiting.was_held_up = False
                if not self._watched:
                    self._waiting.remove(waiting)
                self._waiting.sort(key=lambda waiting: waiting.next.at)
                return False
        return True

    def _tell_wait(self) -> None:
        """Tell until when nothing is under way, once."""
        until = self._waiting[0].next.at if self._waiting and not self._running else None
        if until and until != self._waits_until and not self._has_stopped:
            self._on_wait(until, len(self._sources))
        self._waits_until = until

    def _seconds_to_next(self) -> float:
        now = datetime.now(UTC)
        ahead = [w.next.at - now for w in self._waiting if w.next.at > now]
        soonest = min(ahead, default=timedelta(seconds=_LONGEST_SLEEP))
        longest = _LOOK_EVERY if self._watched else _LONGEST_SLEEP
        if any(w.was_held_up for w in self._waiting):
            longest = _HELD_UP
        return min(soonest.total_seconds(), longest)

    def _started(self, source: Source, crawler: Crawler) -> None:
        self._runs.archive.send_under(crawler, lambda: self._hosts.is_sure(source))
        if by := self._hosts.lost_to(source):
            self._runs.lose(source, by)
        self._on_start(source, crawler)

    def _start(self, source: Source) -> None:
        task = asyncio.get_running_loop().create_task(self._read(source))
        self._running[task] = source
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._hosts.give_back(self._running.pop(task))
        self._woken.set()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StorageError):
            self._fail(error)
        elif error:
            logger.critical("A defect of ours in the round: please report it", exc_info=error)
            self.has_failed = True
            self._stop()

    async def _read(self, source: Source) -> None:
        if not self._has_stopped:
            result = await self._runs.read(source)
            with storage_errors():
                self._conclude(source, result)

    def _fail(self, error: StorageError) -> None:
        """End the round, since the ledger or a lock cannot be read or written."""
        self._failure = self._failure or error
        self._stop()

    def _conclude(self, source: Source, result: RunResult) -> None:
        if result.exit_code == STORAGE:
            self._stop()
        if not result.is_idle:
            self._notices.look_at(source)
        self._on_end(result)
        if self._watched and not self._has_stopped:
            self._wait_again(source, result)
        if result.exit_code != STORAGE:
            self._runs.keep_plans()

    def _wait_again(self, source: Source, result: RunResult) -> None:
        assert self._watched
        if (found := self._watched.by_key.get(source.key)) is None:  # taken out meanwhile
            return
        now = datetime.now(UTC)
        waiting = self._planned(found, now)
        if result.exit_code == BUSY:
            waiting.next = NextRead(now + _BUSY_WAIT, "tried again")
        elif found == source and waiting.next.at <= now and result.reason != SLICE:
            # No site is asked without a pause, whatever the ledger has of its runs.
            wait = min(found.every or SHORTEST_WAIT, SHORTEST_WAIT)
            waiting.next = NextRead(now + wait, "just read")
        if waiting.next.is_of_silence:
            self._notices.look_at(found)
        self._waiting.append(waiting)
        self._waiting.sort(key=lambda waiting: waiting.next.at)

    def _stop(self) -> None:
        """Begin no run any more, and end those under way."""
        if not self._has_stopped:
            self._has_stopped = True
            self._runs.stop()
        self._woken.set()
