"""How far a run is, on the terminal: one bar where the total is known."""

from __future__ import annotations

import sys
import time
from typing import Self

from rich.console import RenderableType
from rich.text import Text
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from twisted.internet.task import LoopingCall

from crawler.exceptions import printable
from crawler.extensions.report import ReportExtension
from crawler.extensions.terminal_display import Share, ShareBar, TerminalDisplay, clock
from crawler.settings_reader import SettingsReader

TOTAL = "progress/total"
"""The stats key of how many stories, posts or documents a run is to settle, where it knows."""
_OUTCOMES = ("new", "revised", "earlier", "duplicate", "collision")
_OFTEN = 1.0  # seconds between two drawings on a terminal


class ProgressExtension:
    """Writes the progress to stderr: in place on a terminal, else a new line each time."""

    def __init__(self, crawler: Crawler, name: str, interval: float) -> None:
        self._crawler = crawler
        self._name = printable(name)
        self._interval = interval
        self._started = time.monotonic()
        self._display: TerminalDisplay | None = None
        self._loop: AsyncioLoopingCall | LoopingCall | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        interval = SettingsReader(crawler.settings).PROGRESS_INTERVAL
        if not interval:
            raise NotConfigured  # as asked: nothing to warn of
        name = getattr(crawler.spider, "source", None) or crawler.spidercls.name
        extension = cls(crawler, name, interval)
        crawler.signals.connect(extension.start, signals.spider_opened)
        crawler.signals.connect(extension.stop, signals.spider_closed)
        return extension

    def start(self) -> None:
        """Show the display, or write the first line after one interval."""
        interval = self._interval
        self._display = TerminalDisplay.on(sys.stderr, self._render)
        if self._display:
            self._display.start()
            interval = min(interval, _OFTEN)
        self._loop = create_looping_call(self._display.refresh if self._display else self._write)
        self._loop.start(interval, now=False)

    def stop(self) -> None:
        """Write the last line."""
        if self._loop and self._loop.running:
            self._loop.stop()
        if self._display:
            self._display.stop()
        self._write()

    def line(self) -> str:
        """Return the progress as a line, without its end."""
        share = self._share()
        if share is None:
            return f"{self._label()}, {self._size()}, {clock(self._seconds)}"
        return f"{self._label()}, {share.words}"

    def _render(self) -> RenderableType:
        if share := self._share():
            return ShareBar(self._label(), share)
        return Text(self.line(), no_wrap=True, overflow="ellipsis")

    def _write(self) -> None:
        sys.stderr.write(f"{self.line()}\n")
        sys.stderr.flush()

    def _label(self) -> str:
        """Return whose run it is, and what it got."""
        value = self._crawler.stats.get_value
        pages = value("downloader/response_count", 0)
        counts = [
            *([f"{pages:,} pages"] if pages else []),
            *(f"{n:,} {name}" for name in _OUTCOMES if (n := value(f"article/{name}", 0))),
        ]
        return f"{self._name}: {', '.join(counts) or 'no article yet'}"

    def _size(self) -> str:
        size = self._crawler.stats.get_value("downloader/response_bytes", 0)
        return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} KB"

    def _share(self) -> Share | None:
        """Return how much of the run is done, None if nobody knows."""
        value = self._crawler.stats.get_value
        if total := value("warc/bytes_total", 0):
            return Share(value("warc/bytes", 0), total, self._seconds, is_bytes=True)
        report = self._crawler.get_extension(ReportExtension)
        total = value(TOTAL, 0)
        if not (total and report):
            return None
        lost = sum(loss.count for loss in report.report.lost.values())
        return Share(min(report.report.kept + lost, total), total, self._seconds)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started
