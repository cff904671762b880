"""The pace at which each host is asked, in the slots of Scrapy's downloader (2.19)."""

from __future__ import annotations

from time import monotonic
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import call_later

from crawler.extensions.signals import out_of_time


class HostDelays:
    """Slows hosts down, and lets them rest; at the signal `out_of_time` every rest ends."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rests: dict[str, float] = {}
        crawler.signals.connect(self.end_rests, out_of_time)

    @property
    def _downloader(self) -> Any:
        assert self._crawler.engine is not None
        return self._crawler.engine.downloader

    def key(self, request: Request) -> str:
        """Return the name of the slot that *request* waits in: its host."""
        return str(self._downloader.get_slot_key(request))

    def slow_down(self, key: str, delay: float) -> None:
        """Leave at least *delay* seconds between two requests to the host of *key*."""
        settings: dict[str, Any] = self._downloader.per_slot_settings.setdefault(key, {})
        slot = self._downloader.slots.get(key)
        usual = slot.delay if slot else settings.get("delay", self._downloader._delay)
        if delay <= usual:
            return
        # For the slot that is made anew when the host was not asked for a minute.
        settings |= {"delay": delay, "jitter": 0.0}
        if slot:
            slot.delay, slot.jitter = delay, 0.0

    def rest(self, key: str, seconds: float) -> None:
        """Send no request to the host of *key* for *seconds*."""
        slot, until = self._downloader.slots.get(key), monotonic() + seconds
        if slot is None or until <= self._rests.get(key, 0.0):
            return
        self._rests[key] = until
        slot.close()
        slot.latercall = call_later(seconds, self._downloader._latercall, slot)

    def end_rests(self) -> None:
        """Let the requests that wait go on, to be refused by the handler."""
        for key in self._rests:
            if (slot := self._downloader.slots.get(key)) and slot.latercall:
                slot.close()
                self._downloader._process_queue(slot)
        self._rests.clear()
