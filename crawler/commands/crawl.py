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
TO_ITS_END = frozenset({0, 3, 4, 6})
"""Exit codes of a run that went on to its end: the next one of a replay may begin."""


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
    """Runs of spiders, one after the other: *next_run* gives each, and gets the one before."""

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
        self._exit_code = 0

    @property
    def exit_code(self) -> int:
        """That of the run that ended them, else the highest."""
        signum = self._signals.received
        return 128 + signum if signum and self._exit_code in TO_ITS_END else self._exit_code

    def begin(self, before: Crawler | None = None) -> None:
        """Start the next run, if there is one; it begins when the reactor runs."""
        step = self._next_run(before)
        if step is None:
            return
        crawler, arguments = step
        crawler.signals.connect(self._signals.started, signals.engine_started)
        # In front of the run's own first step, which may take long: it indexes what is replayed.
        asyncio.get_event_loop().call_soon(self._signals.watch)
        task = self._process.crawl(crawler, **arguments)
        task.add_done_callback(lambda task: self._ended(crawler, task.exception()))

    def _ended(self, crawler: Crawler, error: BaseException | None) -> None:
        exit_code = _outcome(crawler, error, self._tell)
        goes_on = exit_code in TO_ITS_END and not self._signals.received
        self._exit_code = max(self._exit_code, exit_code) if goes_on else exit_code
        if goes_on and error is None:
            self.begin(crawler)


class _Signals:
    """Sees to it that a run which is told to end ends in time, with a sealed archive.

    The first signal leaves the run SHUTDOWN_GRACE seconds to finish what is under way, then that
    is cut off. The second ends the process at once, whatever hangs.
    """

    def __init__(self) -> None:
        self._crawler: Crawler | None = None
        self.received: int | None = None
        self._handlers: dict[int, Any] = {}

    def started(self, sender: Crawler) -> None:
        """From now on there is something to report and to seal: that of *sender*."""
        self._crawler = sender

    def watch(self) -> None:
        """Take over from Scrapy's own handlers, which are called all the same."""
        if self._handlers:
            return
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.getsignal(number)
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        is_second, self.received = self.received is not None, number
        if self._crawler and (report := self._crawler.get_extension(ReportExtension)):
            report.interrupted(number)
        if is_second:
            self._end_now(number)
        self._loop.call_soon_threadsafe(self._limit)
        if callable(handler := self._handlers[number]):
            handler(number, frame)
        for ours in self._handlers:
            signal.signal(ours, self._note)  # Scrapy has put its own in place

    def _limit(self) -> None:
        if self._crawler:
            grace = self._crawler.settings.getfloat("SHUTDOWN_GRACE")
            self._loop.call_later(grace, self._crawler.signals.send_catch_log, out_of_time)

    def _end_now(self, number: int) -> NoReturn:
        """Seal the archive, write the report, and leave."""
        if self._crawler and (archive := self._crawler.get_extension(ArchiveExtension)):
            archive.seal(_LAST_SECONDS)
        if self._crawler and (report := self._crawler.get_extension(ReportExtension)):
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
