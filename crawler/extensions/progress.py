"""The progress line on the terminal."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.statscollectors import StatsCollector
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from twisted.internet.task import LoopingCall

from crawler.extensions.terminal_line import TerminalLine
from crawler.settings_reader import SettingsReader

_OUTCOMES = ("new", "revised", "earlier", "duplicate", "collision")


class ProgressExtension:
    """Writes the progress line to stderr: in place on a terminal, else a new line each time."""

    def __init__(self, stats: StatsCollector, name: str, interval: float) -> None:
        self._stats = stats
        self._name = name
        self._interval = interval
        self._started = time.monotonic()
        self._terminal = TerminalLine(sys.stderr) if sys.stderr.isatty() else None
        self._loop: AsyncioLoopingCall | LoopingCall | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        interval = SettingsReader(crawler.settings).PROGRESS_INTERVAL
        if not interval:
            raise NotConfigured  # as asked: nothing to warn of
        name = getattr(crawler.spider, "source", None) or crawler.spidercls.name
        extension = cls(crawler.stats, name, interval)
        crawler.signals.connect(extension.start, signals.spider_opened)
        crawler.signals.connect(extension.stop, signals.spider_closed)
        return extension

    def start(self) -> None:
        """Write the first line after one interval."""
        if self._terminal:
            self._terminal.share()
        self._loop = create_looping_call(self._write)
        self._loop.start(self._interval, now=False)

    def stop(self) -> None:
        """Write the last line."""
        if self._loop and self._loop.running:
            self._loop.stop()
        self._write()
        if self._terminal:
            self._terminal.end()

    def line(self) -> str:
        """Return the line, without its end."""
        value = self._stats.get_value
        seconds = time.monotonic() - self._started
        counts = [
            f"{value(f'article/{o}', 0):,} {o}" for o in _OUTCOMES if value(f"article/{o}", 0)
        ]
        articles = ", ".join(counts) or "no article yet"
        if total := value("warc/bytes_total", 0):
            return f"{self._name}: {articles}, {_share(value('warc/bytes', 0), total, seconds)}"
        return (
            f"{self._name}: {value('downloader/response_count', 0):,} pages, "
            f"{value('wordpress/listed', 0):,} listed, {articles}, "
            f"{value('downloader/response_bytes', 0) / 1e6:.1f} MB, {seconds:.0f} s"
        )

    def _write(self) -> None:
        if self._terminal:
            self._terminal.show(self.line())
        else:
            sys.stderr.write(f"{self.line()}\n")
            sys.stderr.flush()


def _share(done: int, total: int, seconds: float) -> str:
    """Return how much of *total* bytes was read in *seconds*, and how long the rest takes."""
    share = f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB ({100 * done // total}%)"
    if not done:
        return f"{share}, {_clock(seconds)}"
    left = _clock(seconds * (total - done) / done)
    return f"{share}, {done / 1e6 / max(seconds, 0.1):,.1f} MB/s, {_clock(seconds)}, {left} left"


def _clock(seconds: float) -> str:
    """Return *seconds* as ``h:mm:ss``."""
    return str(timedelta(seconds=round(seconds)))
