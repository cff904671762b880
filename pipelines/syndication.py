"""Syndication: articles that are copies of another one."""

from __future__ import annotations

from operator import attrgetter
from typing import Self

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from crawler.exceptions import SyndicatedArticle
from crawler.extensions.articles_under_way import ArticleUnderWay
from crawler.settings_reader import SettingsReader
from crawler.state.verdict import Verdict


class CopyMarker:
    """Counts copies and names the earliest article of each story; *drops* the others on request."""

    def __init__(self, stats: StatsCollector, *, drops: bool) -> None:
        self._stats = stats
        self._drops = drops

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.stats, drops=SettingsReader(crawler.settings).DEDUP_SYNDICATED)

    def earliest_copy(self, article: ArticleUnderWay) -> str | None:
        """Return the key of the earliest copy of *article*; None if that is the article itself.

        Raises SyndicatedArticle for a copy, if those are dropped, unless it is held with an older
        text.
        """
        if not article.copies:
            return None
        kind = "exact" if any(copy.is_exact for copy in article.copies) else "near"
        self._stats.inc_value(f"dedup/copies/{kind}")
        earliest = min(article.copies, key=attrgetter("published"))
        if self._drops and article.verdict is not Verdict.REVISION:
            raise SyndicatedArticle(f"{article.url} tells the story of {earliest.url}")
        return earliest.key if earliest.published <= article.published else None
