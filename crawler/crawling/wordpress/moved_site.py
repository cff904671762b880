"""A site that moved to another host: its posts are held already, under another source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from scrapy.crawler import Crawler

from crawler.archive.copies import find_copies
from crawler.archive.places import is_at_place_of
from crawler.crawling.wordpress.query import SiteQuery
from crawler.exceptions import BadArgumentError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.items import Article
from crawler.pages.cleaning import fill
from crawler.pages.page_rules import PageRulesByHost
from crawler.settings_reader import SettingsReader
from crawler.state.identity import article_key
from crawler.text.fingerprint import TextFingerprint

_SAMPLE = 10


class MovedSiteCheck:
    """Looks at the first articles of a new source, before any of them is written.

    If most of them are held under another source, by text, day, and guid or path, the site has
    moved, and its articles would be held twice. A source that was named by the user, or that holds
    anything, is not looked at.
    """

    def __init__(self, crawler: Crawler, query: SiteQuery) -> None:
        self._crawler = crawler
        self._query = query
        self._is_due = not query.is_source_given
        self.is_moved = False

    def find_move(self, articles: Sequence[Article]) -> BadArgumentError | None:
        """Return the error that ends the run if *articles*, its first ones, are held already."""
        if not (self._is_due and articles):
            return None
        self._is_due = False
        if self._ledger.store.has_source(self._query.source):
            return None
        sample = articles[:: max(1, len(articles) // _SAMPLE)][:_SAMPLE]
        rules = PageRulesByHost.load(SettingsReader(self._crawler.settings).SOURCES_FILE)
        sources = Counter(
            source for article in sample for source in set(self._sources(article, rules))
        )
        ((old, count),) = sources.most_common(1) or [("", 0)]
        if 2 * count <= len(sample):
            return None
        self.is_moved = True
        return BadArgumentError("source", self._query.source, self._fix(old))

    @property
    def _ledger(self) -> LedgerExtension:
        return required(self._crawler, LedgerExtension)

    def _fix(self, old: str) -> str:
        return (
            f"these are held as {old}: pass -a source={old}, and they go on there; nothing was "
            f"written (to hold them a second time pass -a source={self._query.source})"
        )

    def _sources(self, article: Article, rules: PageRulesByHost) -> Iterator[str]:
        """Yield the other sources that hold *article*."""
        key = article_key(article.guid, article.date)
        if self._ledger.is_archived(key, self._query.source):
            return  # a run of an older release, which is replayed, collected it as of this source
        cleaned = replace(article)
        captions = SettingsReader(self._crawler.settings).CLEAN_CAPTIONS
        fill(cleaned, captions=captions, rules=rules.find(article.url))
        if cleaned.text is None or cleaned.text_incomplete:
            return
        text = TextFingerprint.from_text(cleaned.title or "", cleaned.text.split("\n"))
        for copy in find_copies(self._ledger.store, text, key=""):
            held = copy.holding
            if held.source != self._query.source and is_at_place_of(
                held, guid=article.guid, date=article.date, url=article.url
            ):
                yield held.source
