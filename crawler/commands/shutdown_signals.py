"""SIGINT, SIGTERM and SIGHUP, which end runs in time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.report import ReportExtension
from crawler.extensions.signals import archive_closing, out_of_time
from crawler.settings_reader import SettingsReader

_LAST_SECONDS = 3.0  # for sealing when a second signal comes


class ShutdownSignals:
    """SIGINT, SIGTERM, SIGHUP: they end the runs under way in time, with a sealed archive.

    The first signal leaves them SHUTDOWN_GRACE seconds to finish what is under way, then that is
    cut off. The second ends the process at once, whatever hangs. Scrapy's own handlers stop the
    runs, or *stop* does, which is called on the loop.
    """

    def __init__(self, stop: Callable[[], object] | None = None) -> None:
        self._stop = stop
        self._running: list[Crawler] = []
        self._handlers: dict[int, Any] = {}
        self.received: int | None = None

    def follow(self, crawler: Crawler) -> None:
        """End the run of *crawler* too, from its start to its end."""
        crawler.signals.connect(self._run_started, signals.engine_started)
        crawler.signals.connect(self._run_ended, signals.engine_stopped)

    def _run_started(self, sender: Crawler) -> None:
        self._running.append(sender)

    def _run_ended(self, sender: Crawler) -> None:
        if sender in self._running:
            self._running.remove(sender)

    def watch(self) -> None:
        """Take the place of the handlers that there are."""
        if self._handlers:
            return
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before = signal.getsignal(number)
            if number == signal.SIGHUP and before != signal.SIG_DFL:
                continue  # nohup: the terminal may go
            self._handlers[number] = before
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        is_second, self.received = self.received is not None, number
        for crawler in self._running:
            if report := crawler.get_extension(ReportExtension):
                report.interrupted(number)
        if is_second:
            self._end_now(number)
        self._loop.call_soon_threadsafe(self._limit_time)
        if self._stop:
            self._loop.call_soon_threadsafe(self._stop)
        elif callable(handler := self._handlers[number] or self._handlers[signal.SIGTERM]):
            handler(number, frame)
        for ours in self._handlers:
            signal.signal(ours, self._on_signal)  # Scrapy has put its own in place

    def _limit_time(self) -> None:
        for crawler in self._running:
            grace = SettingsReader(crawler.settings).SHUTDOWN_GRACE
            self._loop.call_later(grace, crawler.signals.send_catch_log, out_of_time)

    def _end_now(self, number: int) -> NoReturn:
        """Seal the archive, write the reports, and end the process."""
        for crawler in self._running:
            if report := crawler.get_extension(ReportExtension):
                report.spider_closed("killed")
            crawler.signals.send_catch_log(archive_closing)
        for crawler in self._running:
            if archive := crawler.get_extension(ArchiveExtension):
                archive.seal(_LAST_SECONDS)
        for crawler in self._running:
            if report := crawler.get_extension(ReportExtension):
                report.finish()
        with suppress(OSError):  # its terminal may be gone
            sys.stdout.flush()
        os._exit(128 + number)
