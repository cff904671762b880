"""A spider that requests the URLs in ``-a urls=URL,URL…`` and has no errback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import scrapy
from scrapy.http import Response


class AskingSpider(scrapy.Spider):
    """Takes answers of every status."""

    name = "asking"
    source = "asking"
    handle_httpstatus_list = (404, 500)

    def __init__(self, urls: str) -> None:
        super().__init__()
        self._urls = urls.split(",")

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self._urls:
            yield scrapy.Request(url)

    def parse(self, response: Response) -> None:
        self.crawler.stats.inc_value(f"asking/{response.status}")
