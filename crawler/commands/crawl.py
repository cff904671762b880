"""``scrapy crawl``, with an exit code that says how it went."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import Any, NoReturn

from scrapy import signals
from scrapy.commands.crawl import Command as ScrapyCommand
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.exceptions import NewsreelError
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.report import ReportExtension
from crawler.extensions.signals import out_of_time
from crawler.reports.run import summary

logger = logging.getLogger(__name__)

_LAST_SECONDS = 3.0


class Command(ScrapyCommand):
    """Scrapy's command; the run's outcome becomes the exit code (docs/exit-codes.md)."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one spider")
        self.crawl(args[0], opts.spargs)

    def crawl(self, spider: str, arguments: dict[str, str]) -> None:
        """Run *spider* to its end and set ``exitcode``."""
        assert self.crawler_process is not None
        try:
            crawler = self._create_crawler(spider)
        except KeyError:
            raise UsageError(f"there is no spider {spider!r}: see scrapy list") from None
        crawler.signals.connect(_Signals(crawler).watch, signals.engine_started, weak=False)
        task: Any = self.crawler_process.crawl(crawler, **arguments)
        try:
            self.crawler_process.start()
        except NewsreelError as error:
            self.exitcode = _outcome(crawler, error)
        else:
            self.exitcode = _outcome(crawler, task.exception())


class _Signals:
    """Sees to it that a run which is told to end ends in time, with a sealed archive.

    The first signal leaves the run SHUTDOWN_GRACE seconds to finish what is under way, then that
    is cut off. The second ends the process at once, whatever hangs.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._handlers: dict[int, Any] = {}
        self._received = 0

    def watch(self) -> None:
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.getsignal(number)
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._received += 1
        report = self._crawler.get_extension(ReportExtension)
        if report:
            report.interrupted(number)
        if self._received > 1:
            self._end_now(report, number)
        self._loop.call_soon_threadsafe(self._limit)
        if callable(handler := self._handlers[number]):
            handler(number, frame)
        for ours in self._handlers:
            signal.signal(ours, self._note)  # Scrapy has put its own in place

    def _limit(self) -> None:
        grace = self._crawler.settings.getfloat("SHUTDOWN_GRACE")
        self._loop.call_later(grace, self._crawler.signals.send_catch_log, out_of_time)

    def _end_now(self, report: ReportExtension | None, number: int) -> NoReturn:
        """Seal the archive, write the report, and leave."""
        if archive := self._crawler.get_extension(ArchiveExtension):
            archive.seal(_LAST_SECONDS)
        if report:
            report.spider_closed("killed")
            report.finish()
        sys.stdout.flush()
        os._exit(128 + number)


def _outcome(crawler: Crawler, error: BaseException | None) -> int:
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
    to_stdout = not any(str(uri).startswith("stdout:") for uri in crawler.settings["FEEDS"])
    stream = sys.stdout if to_stdout else sys.stderr
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # a terminal that knows no Unicode
    stream.write(summary(extension.report))
    return extension.exit_code
