"""Asks for some large bodies and keeps none: ``-a url=… -a count=…``."""

from __future__ import annotations

from collections.abc import AsyncIterator

import scrapy
from scrapy.http import Response


class LargeSpider(scrapy.Spider):
    """For measuring what an archive costs."""

    name = "large"

    def __init__(self, url: str, count: str) -> None:
        super().__init__()
        self._urls = [f"{url}/{number}" for number in range(int(count))]

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self._urls:
            yield scrapy.Request(url)

    def parse(self, response: Response) -> None:
        self.crawler.stats.inc_value("large/bytes", len(response.body))
