"""Items that a spider brings without requests, on their way through the pipelines."""

from __future__ import annotations

import asyncio

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.exceptions import UnstoredArticle


class Flow:
    """Counts the items under way, and has new ones wait while there are *most*.

    Scrapy takes items from ``start()`` as fast as they come, however many wait for the disk.
    ``has_lost`` tells whether one was neither held nor refused.
    """

    def __init__(self, crawler: Crawler, most: int) -> None:
        self._most = most
        self._under_way = 0
        self._changed = asyncio.Event()
        self.has_lost = False
        crawler.signals.connect(self._done, signals.item_scraped)
        crawler.signals.connect(self._dropped, signals.item_dropped)
        crawler.signals.connect(self._failed, signals.item_error)

    async def enter(self) -> None:
        """Return when there is room for one more item, which is under way from then on."""
        await self._until(self._most - 1)
        self._under_way += 1

    async def end(self) -> None:
        """Return when nothing is under way."""
        await self._until(0)

    async def _until(self, number: int) -> None:
        while self._under_way > number:
            self._changed.clear()
            await self._changed.wait()

    def _done(self) -> None:
        self._under_way -= 1
        self._changed.set()

    def _dropped(self, exception: Exception) -> None:
        self.has_lost |= isinstance(exception, UnstoredArticle)
        self._done()

    def _failed(self) -> None:
        self.has_lost = True
        self._done()
