"""Whole texts in feeds, the last rung for stories whose pages are not to be had."""

from __future__ import annotations

from crawler.crawling.wire.wire_run import WireRun
from crawler.items import Article
from crawler.pages.feed_entry import FeedEntryJob
from crawler.pages.page_job import PageRead
from crawler.sources.link import Link
from crawler.sources.services import PageRules

WITHOUT_PAGE = (401, 403, 404, 410, 451)
"""Statuses with which a page may be refused whose text the feed has."""


class FeedTexts:
    """Says where the text of a feed is taken in the place of a page.

    Never of a service that forbids the crawl (*are_allowed*), and never where robots.txt forbids
    the page: of that no answer comes. A text that came from the page is kept as it is.
    """

    def __init__(self, run: WireRun, *, captions: bool, are_allowed: bool) -> None:
        self._run = run
        self._captions = captions
        self._are_allowed = are_allowed

    def job(self, link: Link, rules: PageRules) -> FeedEntryJob | None:
        """Return the job of reading the text in the feed that has *link*, if it may be taken."""
        if not (self._are_allowed and link.content):
            return None
        held = self._run.history.held(link.url)
        if held and not (held.origin and link.record and held.origin.uri == link.record.uri):
            return None
        return FeedEntryJob(
            link=link, source=self._run.source, captions=self._captions, rules=rules
        )

    def article(self, page: PageRead, link: Link) -> Article:
        """Return the article that was read from the feed which has *link*."""
        assert page.article is not None
        # The process has a copy of the record, in which the place in the file is not filled in.
        page.article.record = link.record
        self._run.stats.inc_value("wire/feed_text")
        return page.article
