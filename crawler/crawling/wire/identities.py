"""The identity of a story: its guid, address and day."""

from __future__ import annotations

from scrapy.statscollectors import StatsCollector

from crawler.archive.copies import find_copies
from crawler.crawling.wire.fetch_history import FetchHistory, guid_address
from crawler.items import Article
from crawler.sources.link import Link
from crawler.sources.tracking import differing
from crawler.state.identity import article_key
from crawler.state.store import Holding, Store, Visit, find_holding
from crawler.text.fingerprint import TextFingerprint, text_digest


class Identities:
    """Gives the articles of *source* their identities.

    The guid of a story is WordPress's shortlink or the canonical URL, not the guid of a feed: other
    link pages have none for the same story, and any of them may be read first. A story keeps the
    identity that it got in an earlier run, also if it has moved and only the feed's guid shows
    that, or its text: what has source, date and very text of an earlier run's story is that story
    at another address. A guid or canonical URL that a site gives to several stories is not
    believed: the address where the story was read takes its place.
    """

    def __init__(
        self, store: Store, source: str, history: FetchHistory, stats: StatsCollector
    ) -> None:
        self._store = store
        self._source = source
        self._history = history
        self._stats = stats
        self._titles: dict[str, str] = {}

    def assign(self, article: Article, link: Link, url: str) -> None:
        """Fill in the identity of *article*, linked by *link* and read at *url*."""
        here = self._history.earlier_article(link.url) or self._history.earlier_article(url)
        if last := here or self._find_moved(article, link):
            self._keep(article, last)
        elif self._is_of_another_story(article):
            self._stats.inc_value("wire/identity_doubted")
            article.guid = article.url = url

    def _keep(self, article: Article, last: Visit) -> None:
        """Give *article* the guid of *last*, and its day if only the day has changed."""
        article.guid = last.guid
        held = self._held(last.guid, last.date) if article.date != last.date else None
        if held and self._is_alike(article, held):
            article.date, article.date_gmt = held.date, held.date_gmt or None

    def _find_moved(self, article: Article, link: Link) -> Visit | None:
        """Return the last visit of *article* under its canonical URL or the feed's guid."""
        for address in (article.url, guid_address(link)):
            last = self._history.earlier_article(address)
            held = self._held(last.guid, last.date) if last else None
            if held and self._is_alike(article, held):
                return last
        return self._find_same_text(article, link)

    def _find_same_text(self, article: Article, link: Link) -> Visit | None:
        """Return the last visit of an article of an earlier run that has date and text of this."""
        if self._held(article.guid, article.date):
            return None
        digest = text_digest(article.title or "", (article.text or "").split("\n"))
        for held in self._store.with_text(digest):
            before = held.origin is not None and held.origin.date < self._history.start
            if before and held.source == self._source and _is_one_date(held.date, article.date):
                self._stats.inc_value("wire/moved")
                self._learn(link.url, held.url)
                return Visit(
                    source=held.source, url="", at="", outcome="", guid=held.guid, date=held.date
                )
        return None

    def _learn(self, url: str, other: str) -> None:
        """Learn from one story at two addresses which parameters only track."""
        tracking = self._history.tracking
        if tracking.bare_key(url) == tracking.bare_key(other):
            tracking.learn(url, differing(url, other), tracks=True)

    def _is_of_another_story(self, article: Article) -> bool:
        """Tell whether the guid of *article* is that of another story."""
        title = article.title or ""
        if self._titles.setdefault(article.guid, title) != title:
            return True
        held = self._held(article.guid, article.date)
        return held is not None and not self._is_alike(article, held)

    def _held(self, guid: str, date: str) -> Holding | None:
        return find_holding(self._store, article_key(guid, date), self._source)

    def _is_alike(self, article: Article, held: Holding) -> bool:
        text = TextFingerprint.from_text(article.title or "", (article.text or "").split("\n"))
        return text.digest == held.text_digest or any(
            copy.holding.key == held.key for copy in find_copies(self._store, text, key="")
        )


def _is_one_date(date: str, other: str) -> bool:
    """Tell whether two dates are the same, or one is the day of the other."""
    days = {date[:10], other[:10]}
    times = {date[11:], other[11:]} - {"", "00:00:00"}
    return len(days) == 1 and len(times) <= 1
