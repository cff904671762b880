"""From link page to link page: older pages, sitemaps below an index, and the stories they link."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawling.failures import failed_request, failure_message
from crawler.crawling.wire.fetch_history import is_due
from crawler.crawling.wire.link_pages import (
    Contents,
    LinkPage,
    UnreadableLinkPageError,
    read_link_page,
)
from crawler.crawling.wire.stories import StoryReader, capture_date
from crawler.crawling.wire.wire_run import WireRun
from crawler.dates import Moment
from crawler.sources.address import address_key
from crawler.sources.link import Link
from crawler.sources.services import Service
from crawler.sources.site import on_site, site_domain
from crawler.state.store import Visit

logger = logging.getLogger(__name__)

_NEWS = timedelta(days=2)  # of which a news sitemap holds the stories, by Google's rule
_LAST_LINKS = 3
_MAX_DEPTH = 3


class LinkPageCrawl:
    """Reads link pages and hands the links that are wanted to *stories*.

    Every address is requested once in a run. *max_pages* is how many older pages of one link page
    are followed, and after how many empty sitemaps in a row the rest is given up.
    """

    def __init__(
        self, run: WireRun, service: Service, stories: StoryReader, max_pages: int
    ) -> None:
        self._run = run
        self._service = service
        self._stories = stories
        self._max_pages = max_pages
        self._empty_sitemaps = 0
        self.has_read_one = False
        self.failures: list[str] = []
        """Why link pages could not be read, guesses included."""

    def in_wanted_sections(self, link_pages: Iterable[LinkPage]) -> list[LinkPage]:
        """Leave out the link pages of other sections, if one is of a section that is wanted."""
        link_pages = list(link_pages)
        has_section = self._run.selection.has_section
        chosen = {p for p in link_pages if p.section and has_section([p.section])}
        return [p for p in link_pages if not (chosen and p.section) or p in chosen]

    def request(self, link_page: LinkPage, url: str = "") -> Iterator[Request]:
        """Request *link_page*, or its older page at *url*, unless that was requested before.

        A link page may be on any host, since the service says where it is; what it leads to must
        be on that host's domain or on the site.
        """
        url = url or link_page.url
        if url in self._run.requested or not self._may_follow(url, link_page):
            return
        self._run.requested.add(url)
        yield from self._run.postponed.postpone_if_limited(
            Request(
                url,
                self.parse,
                errback=self._fail,
                cb_kwargs={"link_page": link_page},
                dont_filter=True,
                priority=1,
            )
        )

    def _may_follow(self, url: str, link_page: LinkPage) -> bool:
        if on_site(url, [*self._run.selection.domains, site_domain(link_page.url)]):
            return True
        self._run.stats.inc_value("wire/skipped/link_page_off_site")
        return False

    def parse(self, response: Response, link_page: LinkPage) -> Iterator[Request]:
        """Request the stories that a link page links, and older pages where they are wanted."""
        try:
            contents = read_link_page(response, link_page, self._service)
        except UnreadableLinkPageError as error:
            self._note_failure(link_page, str(error))
            return
        self.has_read_one = True
        for problem in contents.problems:
            self._run.report.problem("link_page_damaged", f"{response.url}: {problem}")
        if link_page.page == 1:
            link_page = replace(link_page, since=self._run.history.last_read(link_page.url))
        captured = capture_date(response)
        self._run.history.note_start(captured)
        now = datetime.fromisoformat(captured)
        links = self._wanted_links(contents, now)
        self._run.stats.inc_value(f"wire/links/{link_page.kind}", len(links))
        visits = self._run.history.last_visits(links)
        yield from self._request_stories(links, visits, link_page, now)
        self._postpone_children(contents, link_page, now)
        self._count_empty_sitemaps(contents, link_page)
        self._run.history.note_link_page(link_page.url, captured)
        yield from self._request_older(contents, link_page, links, visits)

    def _request_stories(
        self, links: Iterable[Link], visits: Mapping[str, Visit], link_page: LinkPage, now: datetime
    ) -> Iterator[Request]:
        for link in links:
            visit = visits.get(address_key(link.url))
            if visit is None or is_due(link, visit, now):
                yield from self._stories.request(link, link_page.section)
            else:
                self._run.stats.inc_value("wire/known")

    def _wanted_links(self, contents: Contents, now: datetime) -> list[Link]:
        """Return the links that may be wanted; unless days are named, of an archive only news."""
        first_day = _first_day_of_news(now)
        links = [link for link in contents.links if self._is_wanted(link)]
        for link in filter(self._is_wanted, contents.archive_links):
            if self._run.selection.is_bounded or _is_since(link.modified, first_day):
                links.append(link)
            else:
                self._run.stats.inc_value("wire/skipped/archive")
        return links

    def _is_wanted(self, link: Link) -> bool:
        reason = self._run.selection.reason_to_skip(link)
        if reason:
            self._run.stats.inc_value(f"wire/skipped/{reason}")
        return reason is None

    def _postpone_children(self, contents: Contents, link_page: LinkPage, now: datetime) -> None:
        """Have the sitemaps of an index read one by one: together they may link millions."""
        if contents.children and link_page.depth == _MAX_DEPTH:
            self._run.report.problem("pages_limit", f"{link_page.url}: sitemaps nest too deep")
            return
        first_day = _first_day_of_news(now)
        for child in contents.children:
            is_old = self._run.selection.is_too_old(child.modified)
            is_news = _is_called_news(child.url) or _is_since(child.modified, first_day)
            if is_old or not (self._run.selection.is_bounded or is_news):
                self._run.stats.inc_value("wire/skipped/sitemap")
            elif self._may_follow(child.url, link_page):
                below = replace(link_page, url=child.url, depth=link_page.depth + 1, is_guess=False)
                self._run.postponed.add(self.request(below))

    def _count_empty_sitemaps(self, contents: Contents, link_page: LinkPage) -> None:
        """Give up the sitemaps that are left if too many in a row link nothing."""
        is_counted = link_page.depth > 0 and contents.is_empty
        self._empty_sitemaps = self._empty_sitemaps + 1 if is_counted else 0
        if self._empty_sitemaps > self._max_pages:
            self._run.postponed.discard(lambda request: "link_page" in request.cb_kwargs)
            self._run.report.problem(
                "pages_limit", f"{self._empty_sitemaps} sitemaps up to {link_page.url} are empty"
            )

    def _request_older(
        self,
        contents: Contents,
        link_page: LinkPage,
        links: Sequence[Link],
        visits: Mapping[str, Visit],
    ) -> Iterator[Request]:
        """Follow older pages to what the last run read, or to the first day that is wanted."""
        selection = self._run.selection
        read_before = [self._was_read_by_last_run(link, link_page, visits) for link in links]
        is_wanted = selection.is_bounded or (
            link_page.since and not any(read_before[-_LAST_LINKS:])
        )
        if not all(read_before) and contents.older and is_wanted:
            if link_page.page < self._max_pages:
                older = link_page.older(is_guess=contents.is_guess)
                yield from self.request(older, contents.older)
            else:
                self._run.report.problem(
                    "pages_limit", f"{link_page.url}: given up behind page {link_page.page}"
                )
        elif link_page.since and contents.links and not any(read_before) and selection.is_all:
            self._run.report.problem(
                "feed_gap",
                f"{link_page.url} links nothing that was read when it was opened last, at "
                f"{link_page.since}: stories may have passed in between; crawl more often",
            )

    def _was_read_by_last_run(
        self, link: Link, link_page: LinkPage, visits: Mapping[str, Visit]
    ) -> bool:
        visit = visits.get(address_key(link.url))
        return visit is not None and visit.at <= link_page.since

    def _fail(self, failure: Failure) -> None:
        self._note_failure(failed_request(failure).cb_kwargs["link_page"], failure_message(failure))

    def _note_failure(self, link_page: LinkPage, reason: str) -> None:
        self.failures.append(reason)
        if link_page.is_guess:
            logger.info("%s", reason)
        else:
            self._run.report.problem("link_page_unreadable", f"the {link_page.kind} {reason}")


def _is_called_news(url: str) -> bool:
    return "news" in urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()


def _first_day_of_news(now: datetime) -> str:
    return (now - _NEWS).date().isoformat()


def _is_since(changed: Moment | None, first_day: str) -> bool:
    return changed is not None and changed.day >= first_day
