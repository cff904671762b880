"""Scrapy's downloader (2.19), which keeps to CONCURRENT_REQUESTS_PER_DOMAIN."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.http import Response
from twisted.internet.defer import Deferred

from crawler.handlers.address_guard import asking_run
from crawler.jobs.lease import Lease


class StrictDownloader(Downloader):
    """Counts a request as sent when it leaves the queue of its host.

    Scrapy's counts it in the task that sends it, which begins later: what waits in the queue by
    then goes out at once, three requests to a host where one is allowed (with no DOWNLOAD_DELAY).

    What a download looks up is known to be its run's. A worker's run sends nothing while others may
    take the worker for dead.
    """

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)

    async def _download(self, slot: Slot, request: Request) -> Response:
        if lease := Lease.of(self.crawler):
            await lease.wait()
        token = asking_run.set(self.crawler)
        try:
            return await super()._download(slot, request)
        finally:
            asking_run.reset(token)
