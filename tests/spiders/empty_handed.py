"""Somebody's own spider that brings nothing home."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import DropItem
from scrapy.http import Response

from crawler.items import Article


class EmptyHandedSpider(Spider):
    """Requests ``urls`` (with commas) and yields an item of each that is as ``fault`` says."""

    name = "empty_handed"
    urls = ""
    fault = ""

    async def start(self) -> AsyncIterator[Any]:
        for url in self.urls.split(","):
            yield Request(url)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        fields: dict[str, Any] = {
            "source": "own",
            "guid": response.url,
            "date": "2024-05-06",
            "url": response.url,
            "title_html": "Ferry",
            "content_html": "<p>The ferry was seen again.</p>",
        }
        match self.fault:
            case "no url":
                yield {**fields, "url": None}
            case "no date":
                yield Article(**{**fields, "date": "yesterday"})
            case "no text":
                yield {**fields, "content_html": "<script>1</script>"}
            case "off site":
                yield Request("https://elsewhere.example/")
            case "raises":
                raise ValueError("this page is odd")
            case "":
                yield fields


class HomelySpider(EmptyHandedSpider):
    """One that stays on its site."""

    name = "homely"
    allowed_domains = ["127.0.0.1"]  # noqa: RUF012 - Scrapy's own form


class DroppingPipeline:
    """A pipeline of one's own that drops everything."""

    def process_item(self, item: Any) -> Any:
        raise DropItem("not about ferries")
