"""The hosts that a single crawl asks: it begins when no other run is asking them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.exceptions import printable
from crawler.extensions import required
from crawler.extensions.archive_lock import ArchiveLockExtension
from crawler.settings_reader import SettingsReader
from crawler.sources.site import site_domain

logger = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds


class AskedHostsMiddleware:
    """The spider middleware that has the first request wait for the hosts of ``allowed_domains``.

    A host is asked by one run of an archive at a time, whatever the sources are called: two would
    each keep the delay that the site is to have, and send twice as much. The wait has no limit: the
    other run ends some time, or its process dies and its locks with it. Rounds do without this:
    they read another source meanwhile.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        if not settings.ASKED_HOSTS_WAIT or settings.ARCHIVE_MODE != "record":
            raise NotConfigured
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Yield what *start* does, once the hosts are free."""
        spider = self._crawler.spider
        await self._take(_groups(getattr(spider, "allowed_domains", None) or ()))
        async for output in start:
            yield output

    async def _take(self, hosts: frozenset[str]) -> None:
        lock = required(self._crawler, ArchiveLockExtension)
        began, message = time.monotonic(), ""
        while by := await asyncio.to_thread(lock.take_hosts, hosts):
            if by != message:
                logger.warning("The crawl waits, since %s", printable(by))
            message = by
            await asyncio.sleep(_LOOK_EVERY)
        if message:
            self._crawler.stats.set_value("hosts/wait_seconds", time.monotonic() - began)


def _groups(domains: Iterable[str]) -> frozenset[str]:
    """Return the registrable domains of *domains*, hosts where there are none, as rounds do."""
    urls = (f"https://[{it}]/" if ":" in it else f"https://{it}/" for it in domains)
    return frozenset(filter(None, map(site_domain, urls)))
