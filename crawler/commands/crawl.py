"""``scrapy crawl``, with an exit code that says how it went."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import Any

from scrapy import signals
from scrapy.commands.crawl import Command as ScrapyCommand
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.exceptions import NewsreelError
from crawler.extensions.report import ReportExtension
from crawler.reports.run import summary

logger = logging.getLogger(__name__)


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
    """Notes which signal ends the run, before Scrapy's own handler ends it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._handlers: dict[int, Any] = {}

    def watch(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.getsignal(number)
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        report = self._crawler.get_extension(ReportExtension)
        if report:
            report.interrupted(number)
        if callable(handler := self._handlers[number]):
            handler(number, frame)


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
