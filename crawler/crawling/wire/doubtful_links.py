"""Links that may lead to a story or to a section: what is there is looked at as both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from scrapy import Request
from scrapy.http import Response

from crawler.crawling.wire.fetch_history import ARTICLE, INCOMPLETE, is_due
from crawler.crawling.wire.link_pages import LinkPage, Place
from crawler.crawling.wire.stories import StoryReader, capture_date
from crawler.crawling.wire.wire_run import WireRun
from crawler.pages.not_an_article import NotAnArticleError
from crawler.sources.link import Link

_MOST = 30  # links in a run; section fronts are bounded by the home page
_LISTING = "listing"

OpenFront = Callable[[Response, LinkPage], Awaitable[Iterator[Request | None] | None]]


class DoubtfulLinks:
    """Has *stories* read doubtful links; what is no story is read as a listing by *open_front*."""

    def __init__(self, run: WireRun, stories: StoryReader, open_front: OpenFront) -> None:
        self._run = run
        self._stories = stories
        self._open_front = open_front
        self._followed = 0
        stories.read_front = self._read_front

    def request_front(self, front: LinkPage, now: datetime) -> Iterator[Request]:
        """Request the section front *front* in each run, unless it was a story."""
        link = Link(url=front.url)
        visit = self._run.history.last_visit(link.url)
        is_story = visit is not None and visit.outcome in (ARTICLE, INCOMPLETE)
        if visit and is_story and not is_due(link, visit, now):
            self._run.stats.inc_value("wire/known")
            self._run.report.got(held=1)
        else:
            yield from self._stories.request(link, Place(section=front.section, front=front))

    def requests(
        self, links: Sequence[Link], link_page: LinkPage, now: datetime
    ) -> Iterator[Request]:
        """Request those of the *links* of *link_page* that are due, as far as a run follows any."""
        visits = self._run.history.last_visits(links)
        for link in links:
            visit = visits.get(link.url)
            if visit and not is_due(link, visit, now):
                self._run.stats.inc_value("wire/known")
                if visit.outcome in (ARTICLE, INCOMPLETE):
                    self._run.report.got(held=1)
            elif self._followed < _MOST:
                self._followed += 1
                front = replace(link_page, url=link.url, page=1, newest="", is_unsure=True)
                front = replace(front, is_guess=False, story=link)
                yield from self._stories.request(link, Place(section=front.section, front=front))
            else:
                self._run.skipped("doubtful")

    async def _read_front(
        self, link: Link, response: Response, front: LinkPage, error: NotAnArticleError
    ) -> AsyncIterator[Request]:
        """Request what *front* leads to; if it is no listing, note that *link* is no story."""
        self._stories.pages_under_way += 1
        try:
            requests = await self._open_front(response, front)
            for request in requests or ():
                if request:
                    yield request
        finally:
            self._stories.pages_under_way -= 1
        if front.is_guess:
            return
        if requests is None:
            self._stories.note_no_article(link, response, error)
        else:
            at = capture_date(response)
            self._run.history.note_skipped(link, [response.url], at, _LISTING)
