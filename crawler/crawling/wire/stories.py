"""Reading the stories that a news service links, each once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.wire.fetch_history import FILTERED, Visits
from crawler.crawling.wire.identities import Identities
from crawler.crawling.wire.selection import Choice
from crawler.crawling.wordpress.discovery import Output, described, requested
from crawler.exceptions import NotInArchive, OffsiteRedirectError, StorageError
from crawler.items import Article
from crawler.pages.page_job import Page, read
from crawler.pages.refusal import NotAnArticleError
from crawler.processes import ChildEndedError, LimitedProcess
from crawler.settings_reader import SettingsReader
from crawler.sources.address import same
from crawler.sources.link import Link
from spiders.wordpress import WordPressSpider

_GONE = (404, 410)
_MANY = 3


class StorySpider(WordPressSpider):
    """Turns links into articles of ``source`` that are of its ``choice``.

    Pages are read in a process of its own, which a page that takes too long ends. ``waits`` counts
    those under way: a replay lets the next answer go when there is none.
    """

    name = ""  # no spider that could be run
    choice: Choice
    reader: LimitedProcess[Page, Article]
    visits: Visits
    captions: bool

    def __init__(self, arguments: Mapping[str, str]) -> None:
        super(WordPressSpider, self).__init__(self.name)  # its arguments are others
        self.arguments = dict(arguments)
        self.waits = 0
        self.asked_for: set[str] = set()
        self.dead_ends: dict[str, list[tuple[Link, str, str]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = SettingsReader(crawler.settings)
        spider.captions = settings.CLEAN_CAPTIONS
        spider.reader = LimitedProcess(read, limit=settings.WIRE_PAGE_TIMEOUT)
        crawler.signals.connect(spider.finish, signals.spider_closed)
        return spider

    def open(self) -> None:
        super().open()
        self.visits = Visits(self.ledger.store, self.source, self.choice.mark)
        self.identities = Identities(
            self.ledger.store, self.source, self.visits, self.crawler.stats
        )
        self.crawler.signals.connect(self.visits.held, signals.item_scraped)
        self.crawler.signals.connect(self.visits.refused, signals.item_dropped)

    def request(
        self,
        url: str,
        callback: Callable[..., Any],
        errback: Callable[[Failure], object],
        state: Mapping[str, Any] = {},
        **others: Any,
    ) -> Request:
        """Return a request whose *state* is given to *callback*."""
        return Request(
            url, callback, errback=errback, cb_kwargs=dict(state), dont_filter=True, **others
        )

    def read(self, link: Link, section: str) -> Output:
        """Ask for the story at *link*, which stands in *section*, unless it was asked for."""
        if same(link.url) in self.asked_for:
            return
        self.asked_for.add(same(link.url))
        state = {"link": link, "section": section}
        yield from self.in_turn(self.request(link.url, self.parse_story, self.story_failed, state))

    async def parse_story(
        self, response: Response, link: Link, section: str
    ) -> AsyncIterator[Article]:
        """Take the story, or note why there is none."""
        if response.status in _GONE:
            self.report.count("gone")
            self._leave(link, response, "gone")
            return
        if response.status != 200:
            self._miss(f"{response.url} answers with status {response.status}")
            return
        try:
            article = await self._article(response, link)
        except NotAnArticleError as error:
            self._refuse(link, response, error.reason)
        except ChildEndedError as error:
            self._leave(link, response, "page_timeout")
            self._miss(str(error))
        else:
            if self._is_taken(article, link, section, response):
                yield article

    async def _article(self, response: Response, link: Link) -> Article:
        if not isinstance(response, TextResponse):
            raise NotAnArticleError("not_html")
        # After a redirect, ignore the date that the link gave.
        is_there = same(response.url) == same(link.url)
        record = response.meta.get("archive")
        page = Page.of(
            response,
            source=self.source,
            record=record,
            captions=self.captions,
            published=link.published if is_there else None,
        )
        self.waits += 1
        try:
            article = await self.reader(page)
        finally:
            self.waits -= 1
        article.record = record  # this one learns where it lies when it is written
        return article

    def _is_taken(self, article: Article, link: Link, section: str, response: Response) -> bool:
        """Tell whether *article* is of the choice; it gets its identity then."""
        self.asked_for.add(same(response.url))
        if reason := self.choice.refuses(article, (section, *link.sections)):
            self.crawler.stats.inc_value(f"wire/skipped/{reason}")
            urls = (response.url, article.url)
            self.visits.left(link, urls, captured(response), FILTERED)
            return False
        self.identities.settle(article, link, response.url)
        if not article.modified and (changed := link.modified):
            article.modified, article.modified_gmt = changed.local, changed.gmt
        self.visits.expect(article, link, [response.url], captured(response))
        return True

    def _refuse(self, link: Link, response: Response, reason: str) -> None:
        """Note why *response* is no article; what a site puts in its place is not forgiven."""
        if reason == "challenge":
            self._miss(f"{response.url} is no story but a challenge to prove that we are human")
        elif same(response.url) == same(link.url):
            self._leave(link, response, reason)
        else:
            self.crawler.stats.inc_value(f"wire/skipped/{reason}")
            ends = self.dead_ends.setdefault(response.url, [])
            ends.append((link, captured(response), reason))

    def _name_dead_ends(self) -> None:
        """Where several stories lead to one page that is none, they are not gone but walled off."""
        for url, ends in self.dead_ends.items():
            if len(ends) >= _MANY:
                self._miss(f"{len(ends)} stories lead to {url}, which is none ({ends[0][2]})")
                continue
            for link, at, reason in ends:
                self.visits.left(link, [], at, reason)

    def _leave(self, link: Link, response: Response, outcome: str) -> None:
        self.crawler.stats.inc_value(f"wire/skipped/{outcome}")
        self.visits.left(link, [response.url], captured(response), outcome)

    def _miss(self, message: str) -> None:
        self.report.problem("story_failed", message)

    def story_failed(self, failure: Failure) -> None:
        """Name a story that did not come; those that robots.txt forbids are only counted."""
        error = failure.value
        if isinstance(error, OffsiteRedirectError):
            self.crawler.stats.inc_value("wire/skipped/off_site")
            link = requested(failure).cb_kwargs["link"]
            self.visits.left(link, [], self.visits.latest, "off_site")
        elif type(error) is IgnoreRequest:
            self.crawler.stats.inc_value("wire/skipped/robots")
        elif not isinstance(error, NotInArchive):  # which is named already
            self._miss(described(failure))

    def no_more_than(self, wanted: int, request: Request) -> Request:
        """Return *request*: a story is one article, a list is none."""
        is_rest = "state" in request.cb_kwargs
        return super().no_more_than(wanted, request) if is_rest else request

    def finish(self, reason: str) -> None:
        """Note what was read."""
        self.reader.close()
        self._name_dead_ends()
        try:
            if reason == "finished" and not self.later:
                self.visits.finish()
            else:
                self.visits.write()
        except OSError as error:
            self.report.fatal(StorageError(str(error)))


def captured(response: Response) -> str:
    """Return when *response* came: the WARC-Date of its record, now without an archive."""
    record = response.meta.get("archive")
    return record.date if record else datetime.now(UTC).isoformat()
