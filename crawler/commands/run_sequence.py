"""Runs of spiders, one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings, Settings

from crawler.commands.shutdown_signals import ShutdownSignals
from crawler.exceptions import NewsreelError
from crawler.extensions.report import ReportExtension
from crawler.warc.runs import without_secrets

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=Spider)

PlannedRun = tuple[Crawler, dict[str, Any]]
"""A crawler, and the arguments of its spider."""

TO_ITS_END = frozenset({0, 3, 4, 6})
"""Exit codes of a run that went on to its end: the next one of a replay may begin."""


def run_alone(
    settings: BaseSettings,
    spider: type[S],
    arguments: Mapping[str, Any],
    refuse: Callable[[NewsreelError], int],
) -> S | int:
    """Run *spider* in this process and return it, or the exit code of a run that was ended.

    *settings* are those of the process, which has no other run. Only errors are logged, unless the
    command line says something else.
    """
    assert isinstance(settings, Settings)
    if (settings.getpriority("LOG_LEVEL") or 0) < SETTINGS_PRIORITIES["cmdline"]:
        settings.set("LOG_LEVEL", "ERROR", "project")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(spider)

    def next_run(before: Crawler | None) -> PlannedRun | None:
        return None if before else (crawler, dict(arguments))

    runs = RunSequence(process, next_run, refuse=refuse)
    runs.begin()
    process.start()
    if runs.exit_code:
        return runs.exit_code
    assert isinstance(crawler.spider, spider)
    return crawler.spider


class RunSequence:
    """Runs that follow each other: *next_run* gets the one before, and plans the next.

    *refuse* names an error that ended a run and returns its exit code; *on_end* gets the crawler
    of each run that came to an end of its own.
    """

    def __init__(
        self,
        process: Any,
        next_run: Callable[[Crawler | None], PlannedRun | None],
        *,
        refuse: Callable[[NewsreelError], int],
        on_end: Callable[[Crawler], None] = lambda crawler: None,
    ) -> None:
        self._process = process
        self._next_run = next_run
        self._refuse = refuse
        self._on_end = on_end
        self._signals = ShutdownSignals()
        self._exit_code = 0
        self._arguments: dict[str, str] = {}

    @property
    def exit_code(self) -> int:
        """That of the run that ended the sequence, else the highest."""
        signum = self._signals.received
        return 128 + signum if signum and self._exit_code in TO_ITS_END else self._exit_code

    def begin(self, before: Crawler | None = None) -> None:
        """Start the next run, if there is one; it begins when the reactor runs."""
        planned = self._next_run(before)
        if planned is None:
            return
        crawler, arguments = planned
        self._signals.follow(crawler)
        self._arguments = arguments
        # No closure over the crawler: the dispatcher would keep both for ever.
        crawler.signals.connect(self._note_arguments, signals.engine_started)
        # Before the run's first step, which may take long: a replay indexes its archive there.
        asyncio.get_event_loop().call_soon(self._signals.watch)
        task = self._process.crawl(crawler, **arguments)
        task.add_done_callback(lambda task: self._ended(crawler, task.exception()))

    def _ended(self, crawler: Crawler, error: BaseException | None) -> None:
        exit_code = self._outcome(crawler, error)
        goes_on = exit_code in TO_ITS_END and not self._signals.received
        self._exit_code = max(self._exit_code, exit_code) if goes_on else exit_code
        if goes_on and error is None:
            self.begin(crawler)

    def _outcome(self, crawler: Crawler, error: BaseException | None) -> int:
        """Say how the run went, and return its exit code."""
        if isinstance(error, NewsreelError):
            return self._refuse(error)
        if error is not None:
            logger.critical("A defect of ours ended the run: please report it", exc_info=error)
            return 1
        extension = crawler.get_extension(ReportExtension)
        if extension is None:
            return 0
        self._on_end(crawler)
        return extension.exit_code

    def _note_arguments(self, sender: Crawler) -> None:
        """Put the arguments of a run into its report, those of somebody's own spider too."""
        if extension := sender.get_extension(ReportExtension):
            extension.report.arguments = without_secrets(self._arguments)
