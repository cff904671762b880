"""``scrapy crawl``, with an exit code that says how it went."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from types import FrameType
from typing import Any, NoReturn

from scrapy import signals
from scrapy.commands.crawl import Command as ScrapyCommand
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.exceptions import NewsreelError
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.report import ReportExtension
from crawler.extensions.signals import out_of_time
from crawler.reports.run import summary

logger = logging.getLogger(__name__)

Step = tuple[Crawler, dict[str, str]]
"""A run: a crawler, and the arguments of its spider."""

_LAST_SECONDS = 3.0
_MAY_GO_ON = frozenset({0, 3, 4, 6})
"""Exit codes of a run behind which the next one of a replay begins."""


class Command(ScrapyCommand):
    """Scrapy's command; the run's outcome becomes the exit code (docs/exit-codes.md).

    A replay is as many runs as the archive holds of the spider and its source, in their order.
    """

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one spider")
        self.crawl(args[0], opts.spargs)

    def crawl(self, spider: str, arguments: dict[str, str]) -> None:
        """Run *spider* to its end and set ``exitcode``."""
        assert self.crawler_process is not None

        def next_run(before: Crawler | None) -> Step | None:
            replay = before.get_extension(ReplayExtension) if before else None
            if before and not (replay and replay.next_run):
                return None
            crawler = self._create_crawler(spider)
            if replay:
                crawler.settings.set("REPLAY_RUN", replay.next_run, priority="cmdline")
            return crawler, arguments

        runs = Runs(self.crawler_process, next_run, tell)
        try:
            runs.begin()
        except KeyError:
            raise UsageError(f"there is no spider {spider!r}: see scrapy list") from None
        try:
            self.crawler_process.start()
        except NewsreelError as error:
            sys.stderr.write(f"scrapy crawl: {error}\n")
            self.exitcode = error.exit_code
        else:
            self.exitcode = runs.exit_code


class Runs:
    """Runs of spiders, one after the other: *next_run* gives each, and gets the one before.

    ``exit_code`` is that of the run that ended them, else the highest.
    """

    def __init__(
        self,
        process: Any,
        next_run: Callable[[Crawler | None], Step | None],
        tell: Callable[[Crawler], None],
    ) -> None:
        self._process = process
        self._next_run = next_run
        self._tell = tell
        self._signals = _Signals()
        self.exit_code = 0

    def begin(self, before: Crawler | None = None) -> None:
        """Start the next run, if there is one; it begins when the reactor runs."""
        step = self._next_run(before)
        if step is None:
            return
        crawler, arguments = step
        self._signals.crawler = crawler
        crawler.signals.connect(self._signals.watch, signals.engine_started)
        task = self._process.crawl(crawler, **arguments)
        task.add_done_callback(lambda task: self._ended(crawler, task.exception()))

    def _ended(self, crawler: Crawler, error: BaseException | None) -> None:
        exit_code = _outcome(crawler, error, self._tell)
        goes_on = exit_code in _MAY_GO_ON and not self._signals.received
        self.exit_code = max(self.exit_code, exit_code) if goes_on else exit_code
        if goes_on and error is None:
            self.begin(crawler)


class _Signals:
    """Sees to it that a run which is told to end ends in time, with a sealed archive.

    The first signal leaves the run SHUTDOWN_GRACE seconds to finish what is under way, then that
    is cut off. The second ends the process at once, whatever hangs.
    """

    def __init__(self) -> None:
        self.crawler: Crawler
        self.received = 0
        self._handlers: dict[int, Any] = {}

    def watch(self) -> None:
        if self._handlers:
            return
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.getsignal(number)
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received += 1
        report = self.crawler.get_extension(ReportExtension)
        if report:
            report.interrupted(number)
        if self.received > 1:
            self._end_now(report, number)
        self._loop.call_soon_threadsafe(self._limit)
        if callable(handler := self._handlers[number]):
            handler(number, frame)
        for ours in self._handlers:
            signal.signal(ours, self._note)  # Scrapy has put its own in place

    def _limit(self) -> None:
        grace = self.crawler.settings.getfloat("SHUTDOWN_GRACE")
        self._loop.call_later(grace, self.crawler.signals.send_catch_log, out_of_time)

    def _end_now(self, report: ReportExtension | None, number: int) -> NoReturn:
        """Seal the archive, write the report, and leave."""
        if archive := self.crawler.get_extension(ArchiveExtension):
            archive.seal(_LAST_SECONDS)
        if report:
            report.spider_closed("killed")
            report.finish()
        sys.stdout.flush()
        os._exit(128 + number)


def _outcome(crawler: Crawler, error: BaseException | None, tell: Callable[[Crawler], None]) -> int:
    """Say how the run went, and return its exit code."""
    if isinstance(error, NewsreelError):
        sys.stderr.write(f"scrapy crawl: {error}\n")
        return error.exit_code
    if error is not None:
        logger.critical("A defect of ours ended the run: please report it", exc_info=error)
        return 1
    extension = crawler.get_extension(ReportExtension)
    if extension is None:
        return 0
    tell(crawler)
    return extension.exit_code


def tell(crawler: Crawler) -> None:
    """Write the summary of the run to the terminal."""
    report = required(crawler, ReportExtension).report
    to_stdout = not any(str(uri).startswith("stdout:") for uri in crawler.settings["FEEDS"])
    stream = sys.stdout if to_stdout else sys.stderr
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # a terminal that knows no Unicode
    stream.write(summary(report))
