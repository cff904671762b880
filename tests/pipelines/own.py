"""Somebody's own spider, with items of every kind that itemadapter knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import attrs
from itemadapter import ItemAdapter
from scrapy import Field, Item, Request, Spider
from scrapy.http import Response

from crawler.items import Article


@attrs.define
class AttrsArticle:
    source: str
    guid: str
    date: str
    url: str
    title_html: str = ""
    content_html: str = ""
    title: str | None = None
    text: str | None = None
    dateline: str | None = None
    syndicated_from: str | None = None
    agency: str | None = None
    copy_of: str | None = None
    text_incomplete: str | None = None
    flags: list[str] | None = None
    ordinal: int | None = None
    key: str | None = None
    file: str | None = None
    record: object = None


class ScrapyArticle(Item):
    source = guid = date = url = title_html = content_html = Field()
    title = text = dateline = syndicated_from = agency = copy_of = text_incomplete = Field()
    flags = ordinal = key = file = record = Field()


@dataclass
class NarrowArticle:
    """An article without the fields that the pipelines fill in."""

    source: str
    guid: str
    date: str
    url: str


class ShoutingPipeline:
    """Changes the text after it was judged."""

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        adapter["text"] = adapter["text"].upper()
        return item


class OwnSpider(Spider):
    name = "own"
    page = ""

    async def start(self) -> AsyncIterator[Any]:
        yield Request(self.page)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        for kind in (dict, AttrsArticle, ScrapyArticle, Article):
            yield kind(**self.fields(kind.__name__, response.url))
        yield {**self.fields("no date", response.url), "date": "yesterday"}
        yield {**self.fields("no guid", response.url), "guid": ""}
        yield {**self.fields("no text", response.url), "content_html": "<script>1</script>"}
        teaser = "<p>The text.</p><p>Subscribe to continue reading.</p>"
        for kind in (dict, AttrsArticle, ScrapyArticle, Article):
            yield kind(**{**self.fields("teaser", response.url), "content_html": teaser})
        yield {**self.fields("dict", response.url), "url": "https://own.example/again"}
        yield NarrowArticle("own", "https://own.example/narrow", "2024-05-06", response.url)

    def fields(self, name: str, url: str) -> dict[str, Any]:
        return {
            "source": "own",
            "guid": f"https://own.example/{name}",
            "date": "2024-05-06T07:08:09",
            "url": url,
            "title_html": f"From {name}",
            "content_html": f"<p>Text of <b>{name}</b>.</p>",
        }
