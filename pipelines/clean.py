"""Clean headline and paragraphs from markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from crawler.exceptions import EmptyArticle, IncompleteArticle
from crawler.pages.cleaning import fill
from crawler.pages.page_rules import PageRulesByHost
from crawler.settings_reader import SettingsReader
from crawler.text.article_text import ArticleText
from crawler.text.normal import normal_line
from crawler.text.seed import SeedFormatError, check


class CleanPipeline:
    """Fills ``title``, ``text``, ``dateline``, ``syndicated_from``, ``agency`` and ``flags``.

    Drops an item without a text, and, unless it *keeps* them, one with evidence that its text is
    not the whole story (``text_incomplete``); the first word of the evidence is counted below
    ``clean/incomplete/``.

    An item that has its ``text`` already (it was imported, or cleaned in another process) keeps it
    as it is, unless the seed format cannot hold it.
    """

    def __init__(
        self, stats: StatsCollector, rules: PageRulesByHost, *, captions: bool, keeps: bool
    ) -> None:
        self._stats = stats
        self._rules = rules
        self._captions = captions
        self._keeps = keeps

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        rules = PageRulesByHost.load(settings.SOURCES_FILE)
        keeps = settings.INCOMPLETE == "keep"
        return cls(crawler.stats, rules, captions=settings.CLEAN_CAPTIONS, keeps=keeps)

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        is_clean = adapter.get("text") is not None
        if not is_clean:
            rules = self._rules.find(adapter.get("url") or "")
            fill(item, captions=self._captions, rules=rules)
        self._count(adapter.get("flags") or ())
        self._check(adapter)
        if is_clean:
            self._fit_seed_format(adapter)
        return item

    def _check(self, adapter: ItemAdapter) -> None:
        if evidence := adapter.get("text_incomplete"):
            self._stats.inc_value(f"clean/incomplete/{evidence.partition(':')[0]}")
            if not self._keeps:
                raise IncompleteArticle(f"{adapter['url']}: {evidence}")
        if adapter["text"] is None:
            raise EmptyArticle(
                f"{adapter['url']}: no text after cleaning, all that there was is boilerplate"
            )

    def _fit_seed_format(self, adapter: ItemAdapter) -> None:
        try:
            check(ArticleText.from_fields(adapter).seed_document)
        except SeedFormatError:
            self._normalise(adapter)

    def _normalise(self, adapter: ItemAdapter) -> None:
        self._stats.inc_value("clean/normalised")
        lines = [normal_line(text) for text in adapter["text"].split("\n")]
        adapter["title"] = normal_line(adapter.get("title") or "")
        adapter["text"] = "\n".join(text for text in lines if text)

    def _count(self, flags: Iterable[str]) -> None:
        for flag in flags:
            self._stats.inc_value(f"clean/flagged/{flag}")
