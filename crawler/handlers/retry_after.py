"""Hosts that ask us to come back later (RFC 9110, 10.2.3)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urldefrag

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from crawler.exceptions import HostBusyError
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.asked_waits import BUSY, asked_wait
from crawler.handlers.host_delays import HostDelays
from crawler.settings_reader import SettingsReader
from crawler.warc.exchange import Exchange

MOST_RESTS = 5
"""Answers in a row that ask us to wait, behind which the host is left in peace."""


class RetryAfterMiddleware:
    """Lets a host rest for as long as its ``Retry-After`` says, up to RETRY_AFTER_MAX seconds.

    What cannot be read is passed over. A host that asks for nothing but rests is asked no more in
    this run; that is archived as a failure, so that a replay, which does not wait, fails in the
    same way.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._longest = SettingsReader(crawler.settings).RETRY_AFTER_MAX
        self._delays = HostDelays(crawler)
        self._rests: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        if settings.ARCHIVE_MODE == "replay" or not settings.RETRY_AFTER_MAX:
            raise NotConfigured
        middleware = cls(crawler)
        crawler.signals.connect(middleware.note_answer, signals.response_downloaded)
        return middleware

    async def process_request(self, request: Request) -> None:
        key = self._delays.key(request)
        if self._rests[key] >= MOST_RESTS:
            self._stats.inc_value("retry_after/refused")
            error = HostBusyError(
                f"{key} asked {MOST_RESTS} times in a row to be left in peace (Retry-After): "
                "run the crawl again later, and more slowly (DOWNLOAD_DELAY)"
            )
            await self._record(request, error)
            raise error

    async def _record(self, request: Request, error: HostBusyError) -> None:
        if archive := self._crawler.get_extension(ArchiveExtension):
            refused = Exchange(
                uri=urldefrag(request.url)[0],
                method=request.method,
                started=datetime.now(UTC),
                request=b"",
                response=b"",
                failure=f"{type(error).__name__}: {error}",
            )
            await archive.record(refused)

    def note_answer(self, response: Response, request: Request) -> None:
        """Have the host rest if its *response* asks for that.

        As a middleware of answers it would come too late: the next request goes out before.
        """
        key = self._delays.key(request)
        seconds = asked_wait(response, datetime.now(UTC)) if response.status in BUSY else None
        if seconds is None:
            if response.status < 400:
                del self._rests[key]
            return
        self._rests[key] += 1
        seconds = min(seconds, self._longest)
        self._stats.inc_value("retry_after/count")
        self._stats.inc_value("retry_after/seconds", round(seconds))
        self._delays.rest(key, seconds)
