"""What a story is known by: guid, address and day, settled when it has been read."""

from __future__ import annotations

from scrapy.statscollectors import StatsCollector

from crawler.archive.copies import find_copies
from crawler.crawling.wire.fetch_history import FetchHistory, guid_address
from crawler.items import Article
from crawler.sources.link import Link
from crawler.state.identity import article_key
from crawler.state.store import Holding, Store, Visit
from crawler.text.fingerprint import TextFingerprint


class Identities:
    """Gives the articles of *source* their identities.

    A story is known by WordPress's shortlink or its canonical address, not by the guid of a feed:
    other link pages give none for the same story, and which is read first is chance. A story keeps
    what it was known by in an earlier run, also if it has moved and only the feed's guid says so.
    An address or guid that a site gives to several stories is not believed: such a story is known
    by the address where it was read.
    """

    def __init__(
        self, store: Store, source: str, history: FetchHistory, stats: StatsCollector
    ) -> None:
        self._store = store
        self._source = source
        self._history = history
        self._stats = stats
        self._titles: dict[str, str] = {}

    def settle(self, article: Article, link: Link, url: str) -> None:
        """Fill in what *article*, linked by *link* and read at *url*, is known by."""
        here = self._history.earlier_article(link.url) or self._history.earlier_article(url)
        if last := here or self._told_elsewhere(article, link):
            self._keep(article, last)
        elif self._is_anothers(article):
            self._stats.inc_value("wire/identity_doubted")
            article.guid = article.url = url

    def _keep(self, article: Article, last: Visit) -> None:
        """A page that gives its story another day, and no other text, has the same story still."""
        article.guid = last.guid
        held = self._held(last.guid, last.date) if article.date != last.date else None
        if held and self._is_alike(article, held):
            article.date, article.date_gmt = held.date, held.date_gmt or None

    def _told_elsewhere(self, article: Article, link: Link) -> Visit | None:
        for name in (article.url, guid_address(link)):
            last = self._history.earlier_article(name)
            held = self._held(last.guid, last.date) if last else None
            if held and self._is_alike(article, held):
                return last
        return None

    def _is_anothers(self, article: Article) -> bool:
        title = article.title or ""
        if self._titles.setdefault(article.guid, title) != title:
            return True
        held = self._held(article.guid, article.date)
        return held is not None and not self._is_alike(article, held)

    def _held(self, guid: str, date: str) -> Holding | None:
        key = article_key(guid, date)
        held = self._store.holdings([key]).get(key, [])
        return next((holding for holding in held if holding.source == self._source), None)

    def _is_alike(self, article: Article, held: Holding) -> bool:
        text = TextFingerprint.from_text(article.title or "", (article.text or "").split("\n"))
        return text.digest == held.text_digest or any(
            copy.holding.key == held.key for copy in find_copies(self._store, text, key="")
        )
