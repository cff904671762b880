"""Markup in, clean title and paragraphs out."""

from __future__ import annotations

from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from crawler.exceptions import EmptyArticle, IncompleteArticle
from crawler.text.article import clean


class CleanPipeline:
    """Fills ``title``, ``text``, ``dateline`` and ``syndicated_from``.

    An item that brings its ``text`` already (an imported document) keeps it.
    """

    def __init__(self, stats: StatsCollector, *, captions: bool) -> None:
        self._stats = stats
        self._captions = captions

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.stats, captions=crawler.settings.getbool("CLEAN_CAPTIONS"))

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        if not adapter.get("text"):
            self._clean(adapter)
        return item

    def _clean(self, adapter: ItemAdapter) -> None:
        text = clean(
            adapter.get("title_html") or adapter.get("title") or "",
            adapter.get("content_html") or "",
            captions=self._captions,
        )
        if text.flags:
            self._stats.inc_value("clean/incomplete")
            raise IncompleteArticle(f"{adapter['url']}: text is not whole: {', '.join(text.flags)}")
        if not text.paragraphs:
            raise EmptyArticle(f"{adapter['url']}: no text after cleaning")
        adapter["title"] = text.title
        adapter["text"] = "\n".join(text.paragraphs)
        adapter["dateline"] = text.dateline
        adapter["syndicated_from"] = text.syndicated_from
