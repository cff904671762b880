"""From link page to link page: older pages, sitemaps below an index, and the stories they link."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawling.failures import failed_request, failure_message
from crawler.crawling.wire.deeper_pages import DeeperPages
from crawler.crawling.wire.doubtful_links import DoubtfulLinks
from crawler.crawling.wire.fetch_history import ARTICLE, FILTERED, INCOMPLETE, is_due
from crawler.crawling.wire.link_page_reader import LinkPageReader
from crawler.crawling.wire.link_pages import Contents, LinkPage, Place
from crawler.crawling.wire.older_pages import MOST_BARREN, OlderPages, link_hashes
from crawler.crawling.wire.part_selection import PartSelection, first_new_day
from crawler.crawling.wire.stories import MAY_BE_MISSING, SITES, StoryReader, capture_date
from crawler.crawling.wire.wire_run import WireRun
from crawler.exceptions import NotInArchive
from crawler.extensions.request_meta import CONDITIONAL
from crawler.sources.link import Link
from crawler.sources.site import on_site, ports_of, site_domain
from crawler.sources.story_addresses import Evidence, evidence
from crawler.state.store import Visit

_LAST_LINKS = 3
_MAX_DEPTH = 3
_MOST_LISTED = 60
_LINKS_AT_ONCE = 500  # looked up in one go; a sitemap may hold 50,000


class LinkPageCrawl:
    """Reads link pages and hands the links that are wanted to *stories*.

    Every address is requested once in a run. *max_pages* is how many older pages of one link page
    are followed, and after how many empty sitemaps in a row the rest is given up. *max_size* is how
    many bytes a feed or sitemap may have.
    """

    def __init__(
        self,
        run: WireRun,
        reader: LinkPageReader,
        stories: StoryReader,
        *,
        max_pages: int,
        max_size: int,
    ) -> None:
        self._run = run
        self._stories = stories
        self._max_pages = max_pages
        self._max_size = max_size
        self.reader = reader
        self.doubtful = DoubtfulLinks(run, stories, self.open_front)
        self._empty_sitemaps = 0
        self._older = OlderPages()
        self.deeper = DeeperPages(run)
        self._parts = PartSelection(run)
        self.has_read_one = False
        self.pages_under_way = 0
        """Pages that are being read: a replay sends the next answer when there is none."""

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
        # An older version, whose archive is replayed, did not ask for each of these.
        is_part = link_page.depth > 0 and not self._run.selection.is_bounded
        is_new = link_page.is_guess or link_page.is_listed or link_page.is_deeper or is_part
        yield from self._run.postponed.postpone_if_limited(
            Request(
                url,
                self.parse,
                errback=self._fail,
                cb_kwargs={"link_page": link_page},
                meta={**self.meta(link_page.kind, url), MAY_BE_MISSING: is_new, CONDITIONAL: True},
                dont_filter=True,
                priority=1,
            )
        )

    def request_front(self, front: LinkPage, captured: str) -> Iterator[Request]:
        """Request the section front *front*, which need not exist, and might be a story.

        *captured* is when the page came that links it.
        """
        if evidence(front.url) is Evidence.NONE:
            yield from self.request(front)
        else:
            yield from self.doubtful.request_front(front, datetime.fromisoformat(captured))

    def meta(self, kind: str, url: str) -> dict[str, Any]:
        """Return the meta of a request for the link page of *kind* at *url*.

        It says how long the answer may be, and where else it may come from.
        """
        limit = {} if kind == "listing" else {"download_maxsize": self._max_size}
        return {**limit, SITES: (url,)}

    def _may_follow(self, url: str, link_page: LinkPage) -> bool:
        selection = self._run.selection
        ports = ports_of([link_page.url], selection.ports) if selection.ports else None
        if on_site(url, [*selection.domains, site_domain(link_page.url)], ports):
            return True
        self._run.skip("link_page_off_site", url)
        return False

    async def parse(self, response: Response, link_page: LinkPage) -> AsyncIterator[Request]:
        """Request the stories that a link page links, and older pages where they are wanted."""
        self.pages_under_way += 1
        try:
            captured = capture_date(response)
            link_page = replace(
                self._with_bounds(link_page, captured), record=response.meta.get("archive")
            )
            contents = await self.reader.read(response, link_page)
            for request in self._follow(contents, response.url, link_page, captured):
                if request:
                    yield request
                else:
                    await asyncio.sleep(0)
        finally:
            self.pages_under_way -= 1

    async def open_front(
        self, response: Response, link_page: LinkPage
    ) -> Iterator[Request | None] | None:
        """Return what *link_page*, which is no story, leads to; None if it is no listing either."""
        captured = capture_date(response)
        link_page = self._with_bounds(link_page, captured)
        contents = await self.reader.read(response, link_page)
        if contents is None:
            return None
        return self._follow(contents, response.url, link_page, captured)

    def parse_listing(self, response: Response, link_page: LinkPage) -> Iterator[Request]:
        """Do the same in this process."""
        captured = capture_date(response)
        link_page = self._with_bounds(link_page, captured)
        contents = self.reader.read_here(response, link_page)
        yield from filter(None, self._follow(contents, response.url, link_page, captured))

    def _follow(
        self, contents: Contents | None, url: str, link_page: LinkPage, captured: str
    ) -> Iterator[Request | None]:
        """Yield the requests that *contents* lead to, and None where others may take a turn."""
        if contents is None:
            yield from self._request_instead(link_page)
            return
        if contents.feeds:
            yield from self._request_listed(contents.feeds, url, link_page)
            return
        self.has_read_one = True
        for problem in contents.problems:
            self._run.report.problem("link_page_damaged", f"{url}: {problem}")
        read_before: list[bool] = []
        yield from self._request_stories(contents, link_page, captured, read_before)
        self.deeper.note(link_page, contents, read_before)
        self._postpone_children(contents, link_page)
        self._count_empty_sitemaps(contents, link_page)
        if link_page.story:
            return
        if read_before or not contents.links:  # else another selection may want what it links
            self._run.history.note_link_page(link_page.url, link_page.kind, captured)
        yield from self._request_older(contents, link_page, read_before)

    def _request_listed(
        self, listed: Sequence[str], url: str, link_page: LinkPage
    ) -> Iterator[Request]:
        """Request the feeds that the page at *url* lists, which came in the place of a feed."""
        if link_page.is_listed or self.reader.was("feed", link_page):
            self.reader.note_other_page(link_page, f"{url} is no feed but a page that lists feeds")
            return
        if len(listed) > _MOST_LISTED:
            self._run.report.problem(
                "pages_limit", f"{url} lists {len(listed)} feeds: {_MOST_LISTED} of them are read"
            )
        for feed in listed[:_MOST_LISTED]:
            yield from self.request(replace(link_page, url=feed, is_unsure=True, is_listed=True))

    def _with_bounds(self, link_page: LinkPage, captured: str) -> LinkPage:
        """Fill in when an earlier run read *link_page*, and from which day on stories are new."""
        if link_page.page == 1 and not link_page.is_deeper:
            link_page = replace(link_page, since=self._run.history.last_read(link_page.url))
        if link_page.newest:  # that of the index above it
            return link_page
        return replace(link_page, newest=first_new_day(captured, link_page.since))

    def _request_stories(
        self, contents: Contents, link_page: LinkPage, captured: str, read_before: list[bool]
    ) -> Iterator[Request | None]:
        """Request the stories that are wanted; add to *read_before* which the last run had read."""
        self._run.history.note_start(captured)
        self._run.skipped("archive", contents.left_out)
        for link in contents.elsewhere:
            self._run.skip("off_site", link.url, lasts=False)
        if contents.site:
            link_page = replace(link_page, sites=(contents.site,))
        links_of_all = [*contents.links, *contents.archive_links]
        wanted = (link for link in links_of_all if self._is_wanted(link, link_page))
        now = datetime.fromisoformat(captured)
        while links := list(islice(wanted, _LINKS_AT_ONCE)):
            self._run.stats.inc_value(f"wire/links/{link_page.kind}", len(links))
            visits = self._run.history.last_visits(links)
            for link in links:
                visit = visits.get(link.url)
                read_before.append(visit is not None and visit.at <= link_page.since)
                yield from self._request_story(link, visit, link_page, now)
            yield None
        if not link_page.story:
            doubtful = [link for link in contents.doubtful if self._is_wanted(link, link_page)]
            yield from self.doubtful.requests(doubtful, link_page, now)

    def _request_story(
        self, link: Link, visit: Visit | None, link_page: LinkPage, now: datetime
    ) -> Iterator[Request]:
        if visit is None or is_due(link, visit, now):
            if link.content:
                link = replace(link, record=link_page.record)
            is_new = self._is_new(link, link_page)
            place = Place(section=link_page.section, sites=link_page.sites, is_new=is_new)
            yield from self._stories.request(link, place)
        else:
            self._run.stats.inc_value("wire/known")
            self._note_known(link, visit)

    def _note_known(self, link: Link, visit: Visit) -> None:
        """Note that an earlier run got the text of *link*, or why it did not."""
        if visit.outcome.startswith(FILTERED):
            self._run.report.lose("filtered", link.url)
        elif visit.outcome in (ARTICLE, INCOMPLETE) or self._run.history.holds(link.url):
            self._run.report.got(held=1)
        else:
            reason = visit.outcome.partition("/")[0]
            self._run.report.lose(reason, link.url, at=visit.at, again=True)

    def _is_wanted(self, link: Link, link_page: LinkPage) -> bool:
        reason = self._run.selection.reason_to_skip(link, link_page.sites)
        if reason is None and self._run.forbids(link.url):
            reason = "forbidden"
        if reason:
            # Lists link whatever they like elsewhere, feeds and sitemaps only their own stories.
            self._run.skip(reason, link.url, lasts=link_page.kind != "listing")
        return reason is None

    def _postpone_children(self, contents: Contents, link_page: LinkPage) -> None:
        """Have the sitemaps of an index read one by one: together they may link millions."""
        if not contents.children:
            return
        if link_page.depth == _MAX_DEPTH:
            self._run.report.problem("pages_limit", f"{link_page.url}: sitemaps nest too deep")
            return
        followed = [c for c in contents.children if self._may_follow(c.url, link_page)]
        for child in self._parts.of_index(followed, link_page):
            below = replace(
                link_page, url=child.url, depth=link_page.depth + 1, is_guess=False, instead=()
            )
            self._run.postponed.add(self.request(below))

    def _count_empty_sitemaps(self, contents: Contents, link_page: LinkPage) -> None:
        """Give up the sitemaps that are left if too many in a row link nothing new."""
        is_counted = link_page.depth > 0 and (
            contents.is_empty or (not contents.children and self._older.is_repeated(contents))
        )
        self._empty_sitemaps = self._empty_sitemaps + 1 if is_counted else 0
        if self._empty_sitemaps > self._max_pages:
            self._run.postponed.discard(lambda request: "link_page" in request.cb_kwargs)
            self._run.report.problem(
                "pages_limit",
                f"{self._empty_sitemaps} sitemaps up to {link_page.url} bring nothing",
            )

    def _request_older(
        self, contents: Contents, link_page: LinkPage, read_before: Sequence[bool]
    ) -> Iterator[Request]:
        """Follow older pages to what the last run read, or to the first day that is wanted."""
        selection = self._run.selection
        is_wanted = selection.is_bounded or (
            link_page.since and not any(read_before[-_LAST_LINKS:])
        )
        is_ahead = any(selection.is_too_late(link.published) for link in contents.links)
        if (is_ahead or not all(read_before)) and contents.older and is_wanted:
            is_outrun = link_page.is_outrun and not any(read_before)
            if not self._older.are_barren(link_page.url, contents):
                yield from self._request_next(contents, link_page, read_before)
            elif is_outrun and link_page.since and selection.is_all:
                yield from self.deeper.below(link_page, self._older.linked(link_page.url))
            else:
                self._run.report.problem(
                    "pages_limit",
                    f"{link_page.url}: given up behind page {link_page.page}, since the last "
                    f"{MOST_BARREN} link nothing that the pages before them do not",
                )
        elif link_page.since and contents.links and not any(read_before) and selection.is_all:
            yield from self.deeper.below(link_page, link_hashes(contents))

    def _request_next(
        self, contents: Contents, link_page: LinkPage, read_before: Sequence[bool]
    ) -> Iterator[Request]:
        if link_page.page < self._max_pages:
            is_outrun = not any(read_before)
            older = link_page.older(is_guess=contents.is_guess, is_outrun=is_outrun)
            yield from self.request(older, contents.older)
        else:
            self._run.report.problem(
                "pages_limit", f"{link_page.url}: given up behind page {link_page.page}"
            )

    def _request_instead(self, link_page: LinkPage) -> Iterator[Request]:
        """Request the next address at which *link_page* may be, or what else has its stories."""
        if link_page.instead:
            url, *left = link_page.instead
            yield from self.request(replace(link_page, url=url, instead=tuple(left)))
        elif link_page.is_outrun and link_page.since and self._run.selection.is_all:
            yield from self.deeper.below(link_page, self._older.linked(link_page.url))

    def _fail(self, failure: Failure) -> Iterator[Request]:
        link_page = failed_request(failure).cb_kwargs["link_page"]
        is_named = isinstance(failure.value, NotInArchive)
        noted = replace(link_page, is_guess=True) if is_named else link_page
        self.reader.note_failure(noted, failure_message(failure))
        yield from self._request_instead(link_page)

    def _is_new(self, link: Link, link_page: LinkPage) -> bool:
        """Tell whether versions that made older archives may not have requested *link*."""
        is_extra = link_page.kind == "listing" or link_page.is_deeper
        if is_extra or not on_site(link.url, self._run.selection.domains):
            return True
        return link_page.kind == "sitemap" and link.modified is None
