"""Scrapy's downloader (2.19), which keeps to CONCURRENT_REQUESTS_PER_DOMAIN."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.http import Response
from twisted.internet.defer import Deferred


class StrictDownloader(Downloader):
    """Counts a request as sent when it leaves the queue of its host.

    Scrapy's counts it in the task that sends it, which begins later: what waits in the queue by
    then goes out at once, three requests to a host where one is allowed (with no DOWNLOAD_DELAY).
    """

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)
