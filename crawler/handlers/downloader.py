"""Scrapy's downloader (2.19), which keeps to CONCURRENT_REQUESTS_PER_DOMAIN."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.internet.defer import Deferred

from crawler.extensions.signals import out_of_time
from crawler.handlers.address_guard import asking_run
from crawler.handlers.sending import LOOK_EVERY
from crawler.jobs.rights import may_send


class StrictDownloader(Downloader):
    """Counts a request as sent when it leaves the queue of its host.

    Scrapy's counts it in the task that sends it, which begins later: what waits in the queue by
    then goes out at once, three requests to a host where one is allowed (with no DOWNLOAD_DELAY).

    What a download looks up is known to be its run's. Where many machines have one ledger, a run
    sends nothing while another one may have its source.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._is_out_of_time = False
        crawler.signals.connect(self._end, out_of_time)

    def _end(self) -> None:
        """Let go of what waits: the handler refuses it now."""
        self._is_out_of_time = True

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)

    async def _download(self, slot: Slot, request: Request) -> Response:
        while not (self._is_out_of_time or may_send(self.crawler)):  # noqa: ASYNC110 - no event
            await asyncio.sleep(LOOK_EVERY)
        token = asking_run.set(self.crawler)
        try:
            return await super()._download(slot, request)
        finally:
            asking_run.reset(token)
