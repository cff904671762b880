"""Items that a spider yields without requests, on their way through the pipelines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.exceptions import UnstoredArticle

_SOON = 0.1  # seconds
_AT_ONCE = 100


class ItemFlow:
    """Counts the items that are neither stored nor dropped yet, and lets no more than *most* in.

    Scrapy takes items from ``start()`` as fast as they come, however many wait for the disk.
    ``has_lost`` means that an item failed or could not be stored, ``is_blocked`` that nothing can
    be stored any more.
    """

    def __init__(self, crawler: Crawler, most: int) -> None:
        self._crawler = crawler
        self._most = most
        self._under_way = 0
        self._changed = asyncio.Event()
        self._close_timer: asyncio.TimerHandle | None = None
        self.has_lost = False
        self.is_blocked = False
        crawler.signals.connect(self._done, signals.item_scraped)
        crawler.signals.connect(self._dropped, signals.item_dropped)
        crawler.signals.connect(self._failed, signals.item_error)

    async def enter(self) -> None:
        """Return when there is room for one more item, and count it."""
        await self._wait_until(self._most - 1)
        self._under_way += 1

    async def end(self) -> None:
        """Return when no item is on its way any more."""
        await self._wait_until(0)

    async def _wait_until(self, number: int) -> None:
        while self._under_way > number:
            self._changed.clear()
            await self._changed.wait()

    def _done(self) -> None:
        self._under_way -= 1
        self._changed.set()
        if self._close_timer is None:
            self._close_timer = asyncio.get_running_loop().call_later(_SOON, self._close_if_idle)

    def _dropped(self, exception: Exception) -> None:
        if isinstance(exception, UnstoredArticle):
            self.has_lost = self.is_blocked = True
        self._done()

    def _failed(self) -> None:
        self.has_lost = True
        self._done()

    def _close_if_idle(self) -> None:
        """End a run that is closing and has no item left.

        Scrapy (2.19) checks that only after the items of a response.
        """
        self._close_timer = None
        if not end_if_idle(self._crawler):
            self._close_timer = asyncio.get_running_loop().call_later(_SOON, self._close_if_idle)


def end_if_idle(crawler: Crawler) -> bool:
    """End a run that is closing; return False if it has items left."""
    slot = crawler.engine.scraper.slot if crawler.engine else None
    spider = crawler.spider
    if slot is None or slot.closing is None or slot.closing.called or spider is None:
        return True
    if slot.is_idle():
        slot.closing.callback(spider)
    return bool(slot.closing.called)


async def scrape(crawler: Crawler, items: Sequence[Any]) -> None:
    """Send *items* through the pipelines, when no response is there that they could come of."""
    engine = crawler.engine
    assert engine is not None
    for start in range(0, len(items), _AT_ONCE):
        some = items[start : start + _AT_ONCE]
        await asyncio.gather(
            *(engine.scraper.start_itemproc_async(item, response=None) for item in some)
        )
    end_if_idle(crawler)
    if engine._slot:  # else Scrapy would look only after five seconds whether the run is at its end
        engine._slot.nextcall.schedule()
