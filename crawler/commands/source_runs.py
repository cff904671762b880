"""Runs that read one source each, many at once in one process and into one archive."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import SETTINGS_PRIORITIES, Settings

from crawler.archive.repair import Repair
from crawler.archive.run_end_records import ended_run
from crawler.commands.round_results import BUSY, DEFECT, STORAGE, RunResult, failed, result_of
from crawler.commands.run_ending import abandon, end_slice, stop
from crawler.commands.shutdown_signals import ShutdownSignals
from crawler.exceptions import (
    ArchiveLockedError,
    BadArgumentError,
    NewsreelError,
    StorageError,
    printable,
)
from crawler.extensions import required
from crawler.extensions.process_archive import ProcessArchive
from crawler.extensions.report import ReportExtension
from crawler.reports.run import RunReport
from crawler.rounds.schedule import Schedule
from crawler.settings_reader import SettingsReader
from crawler.shared_processes import shared_processes_held
from crawler.sources.round_sources import Source, round_sources
from crawler.warc.runs import without_secrets
from crawler.warc.warc_dates import warc_date

logger = logging.getLogger(__name__)

# What each of many runs in one process would pay for: statistics of a single crawl, a log of it, a
# search for generators that return a value.
_FOR_MANY_RUNS = {
    "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
    "REPORT_IDLE_RUNS": False,
    # A name that hangs keeps its thread for a minute.
    "REACTOR_THREADPOOL_MAXSIZE": 64,
    "LOG_LEVEL": "WARNING",
}

# Scrapy sets what the command line says once more when a run begins.
_ABOVE_ALL = 1 + max(SETTINGS_PRIORITIES.values())
_WALK_EVERY = 24 * 3600.0
_PROGRESS = "crawler.extensions.progress.ProgressExtension"  # rounds have their own display


def set_for_many_runs(settings: Settings) -> None:
    """Change *settings* for a process that reads many sources; the command line has its way."""
    for name, value in _FOR_MANY_RUNS.items():
        if (settings.getpriority(name) or 0) < SETTINGS_PRIORITIES["cmdline"]:
            settings.set(name, value, priority="cmdline")
    settings["EXTENSIONS"].set(_PROGRESS, None, priority="cmdline")


def sources_to_read(reader: SettingsReader, keys: Sequence[str], tag: str) -> list[Source]:
    """Return the sources of SOURCES_FILE, or those with *keys*, and *tag*.

    Raises `BadArgumentError` if there is none.
    """
    found = round_sources(reader.SOURCES_FILE, keys, tag)
    if not found:
        raise BadArgumentError(
            "SOURCES_FILE",
            str(reader.SOURCES_FILE or ""),
            "it has no enabled source to read: scrapy sources add URL makes one",
        )
    return found


class SourceRuns:
    """Reads sources with the settings of *process*, as long as `opened` lasts.

    *on_start* hears of each run that begins; *signals* end those under way. A run that takes longer
    than ROUND_SLICE is ended in order and goes on in the next round. ``repairs`` are what was put
    in order when the archive was opened.
    """

    archive: ProcessArchive
    schedule: Schedule

    def __init__(
        self,
        process: AsyncCrawlerProcess,
        signals: ShutdownSignals,
        on_start: Callable[[Source, Crawler], object] = lambda source, crawler: None,
    ) -> None:
        self._process = process
        self._settings = SettingsReader(process.settings)
        self._signals = signals
        self._on_start = on_start
        self._runs: dict[Crawler, asyncio.Task[None]] = {}
        self._sources: dict[Crawler, Source] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: list[asyncio.Task[None]] = []
        self.repairs: list[Repair] = []
        self._not_uploaded: list[str] = []

    @contextmanager
    def opened(self, name: str) -> Iterator[None]:
        """Have the archive open in the block; its WARC files are called after *name*.

        Raise `ArchiveLockedError` or `StorageError` if it cannot be opened.
        """
        self._loop = asyncio.get_running_loop()
        self.archive = ProcessArchive.of(self._settings, name)
        self.archive.join(self)
        try:
            self.archive.writer_fields = {}
            for repair in self.archive.open():
                logger.warning("%s", printable(repair.message))
                self.repairs.append(repair)
            self.schedule = Schedule(self.archive.store)
            with shared_processes_held():
                yield
        finally:
            self.archive.leave(self)
            self._not_uploaded = self.take_not_uploaded()

    def take_not_uploaded(self) -> list[str]:
        """Return a line for each file that could not be uploaded so far; none once more."""
        uploads = self.archive.uploads
        found, self._not_uploaded = self._not_uploaded, []
        return [*found, *(uploads.take_problems() if uploads else [])]

    async def read(self, source: Source) -> RunResult:
        """Read *source* in a run, and return what came of it."""
        started, clock = datetime.now(UTC), time.monotonic()
        crawler = self._crawler(source)
        try:
            await self._crawl(crawler, source)
        except NewsreelError as error:
            if error.exit_code != BUSY:
                logger.error("%s: %s", source.key, printable(str(error)))
            return await self._failed(source, started, error, error.exit_code)
        except Exception as error:  # a defect in one source's run must not end the others
            logger.critical("%s: a defect of ours ended the run", source.key, exc_info=True)
            return await self._failed(source, started, error, DEFECT)
        finally:
            self._runs.pop(crawler, None)
            self._sources.pop(crawler, None)
            self.archive.leave(crawler)
        report = required(crawler, ReportExtension).report
        result = result_of(source.key, source.source, report, time.monotonic() - clock)
        if result.is_whole:
            self.schedule.note_complete(source)
        return result

    async def _failed(
        self, source: Source, started: datetime, error: Exception, code: int
    ) -> RunResult:
        """Return the result of a run that could not begin, and have the ledger tell of it."""
        message = str(error) if isinstance(error, NewsreelError) else repr(error)
        if code not in (BUSY, STORAGE):
            report = RunReport(
                spider=source.spider,
                source=source.source,
                started=started.isoformat(timespec="microseconds"),
                arguments=without_secrets(source.arguments),
                reason=type(error).__name__,
                exit_code=code,
            )
            run = ended_run(report, uuid.uuid4().urn, warc_date(datetime.now(UTC)))
            with suppress(StorageError):  # the next run says so
                await self.archive.commit(lambda store: store.put_run(run))
        return failed(source.key, source.source, code, started.isoformat(), message)

    def keep_plans(self) -> None:
        """Have the ledger keep what the schedule found out. Raises `StorageError`."""
        self.archive.note(self.schedule.take_fresh())

    def stop(self) -> None:
        """End the runs under way, as a signal does."""
        if self.archive.uploads:
            self.archive.uploads.hurry(self._settings.SHUTDOWN_GRACE)
        self._stopping += [asyncio.ensure_future(stop(*run)) for run in self._runs.items()]

    async def abandon(self, error: NewsreelError) -> None:
        """End the runs under way for *error*; when this returns they send nothing more."""
        await asyncio.gather(*(abandon(*run, error) for run in self._runs.items()))

    def lose(self, source: Source, message: str) -> None:
        """End the run of *source*: another one has what it needs. Any thread may call."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._lose, source, ArchiveLockedError(message))

    def _lose(self, source: Source, error: ArchiveLockedError) -> None:
        found = [crawler for crawler, read in self._sources.items() if read == source]
        self._stopping += [
            asyncio.ensure_future(abandon(crawler, self._runs[crawler], error)) for crawler in found
        ]

    def _crawler(self, source: Source) -> Crawler:
        crawler = self._process.create_crawler(source.spider)
        for name, value in _run_settings(source, self._settings).items():
            crawler.settings.set(name, value, _ABOVE_ALL)
        self._signals.follow(crawler)
        return crawler

    async def _crawl(self, crawler: Crawler, source: Source) -> None:
        """Run *crawler* to its end, or for its share of time. Raise what it raises."""
        arguments = source.arguments | self._period(source)
        run = self._process.crawl(crawler, **arguments)
        self._runs[crawler], self._sources[crawler] = run, source
        self._on_start(source, crawler)
        done, _ = await asyncio.wait({run}, timeout=self._settings.ROUND_SLICE or None)
        if not done:
            logger.warning("%s: its time is over, it goes on in the next round", source.key)
            await end_slice(crawler, run, self._settings.SHUTDOWN_GRACE)
        await run

    def _period(self, source: Source) -> dict[str, str]:
        """Return from when on the first rounds of *source* look for stories."""
        if source.since is None or "after" in source.arguments:
            return {}
        goes_back = self.schedule.goes_back(source)
        return {"after": source.since.isoformat()} if goes_back else {}


def _run_settings(source: Source, settings: SettingsReader) -> dict[str, Any]:
    return {
        # One site's password must not be sent to every other: the environment is the process's.
        "CREDENTIALS_OF": source.key,
        "ASKED_HOSTS_WAIT": False,  # whoever runs this has them
        "WORDPRESS_WALK_EVERY": settings.WORDPRESS_WALK_EVERY or _WALK_EVERY,
    }
