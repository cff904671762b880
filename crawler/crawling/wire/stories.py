"""Reading the stories that link pages lead to, each once."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.failures import failed_request, failure_message, why_failed
from crawler.crawling.wire.dead_ends import DeadEnd, DeadEnds
from crawler.crawling.wire.feed_texts import WITHOUT_PAGE, FeedTexts
from crawler.crawling.wire.fetch_history import ARTICLE, FILTERED, INCOMPLETE, OFF_SITE
from crawler.crawling.wire.identities import Identities
from crawler.crawling.wire.link_pages import LinkPage, Place
from crawler.crawling.wire.linked_twice import LinkedTwice
from crawler.crawling.wire.paged_story import PagedStory, later_page_failure
from crawler.crawling.wire.walls import Verdict, Walls, tells_of
from crawler.crawling.wire.wire_run import RequestedUrls, WireRun
from crawler.exceptions import NotInArchive, RequestedElsewhere, why_no_answer
from crawler.extensions.request_meta import CONDITIONAL
from crawler.items import Article
from crawler.pages.feed_entry import FeedEntryJob
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.page_job import PageJob, PageRead, read_page
from crawler.pages.page_rules import PageRulesByHost
from crawler.processes import ChildEndedError
from crawler.shared_processes import LimitedFunction
from crawler.sources.address import address_key
from crawler.sources.link import Link
from crawler.sources.site import on_site, site_domain
from crawler.text.fingerprint import text_digest

logger = logging.getLogger(__name__)

ReadFront = Callable[[Link, Response, LinkPage, NotAnArticleError], AsyncIterator[Request]]

_GONE = (404, 410)
MAY_BE_MISSING = "may_be_missing"
"""The key in a request's meta: a replay does without the answer, as an older archive has none."""
SITES = "sites"
"""The key in a request's meta: addresses on sites to which it may lead, besides the spider's."""


class StoryReader:
    """Turns the links of a run into articles.

    Pages are read in another process, which is ended when one takes more than *timeout* CPU
    seconds. *captions* asks for the captions of pictures too. A story on several pages is
    joined of them, if they are no more than *most_pages*.
    """

    def __init__(
        self,
        run: WireRun,
        identities: Identities,
        rules: PageRulesByHost,
        *,
        captions: bool,
        timeout: float,
        most_pages: int,
        takes_feed_texts: bool = True,
    ) -> None:
        self._run = run
        self._identities = identities
        self._rules = rules
        self._captions = captions
        self._limited = LimitedFunction(read_page, limit=timeout)
        self._most_pages = most_pages
        self._feed_texts = FeedTexts(run, captions=captions, are_allowed=takes_feed_texts)
        self._linked = RequestedUrls()
        self._twice = LinkedTwice(run.history.tracking)
        self._walls = Walls[tuple[PagedStory, Article]](run.history.store, run.source)
        self._dead_ends = DeadEnds()
        self.read_front: ReadFront
        """Reads a page that is no story as the listing that it may be."""
        self.pages_under_way = 0
        """Pages that are being read: a replay sends the next answer when there is none."""

    def request(self, link: Link, place: Place) -> Iterator[Request]:
        """Request the story at *link*, which stands in *place*, unless it was requested."""
        if link.url in self._run.requested:
            return
        if self._twice.admits(link, place):
            yield from self._request(link, place)

    def _request(self, link: Link, place: Place) -> Iterator[Request]:
        if link.url in self._run.requested:
            return
        self._run.requested.add(link.url)
        self._linked.add(link.url)
        request = Request(
            link.url,
            self._parse,
            errback=self._fail,
            cb_kwargs={"link": link, "place": place},
            meta={
                RequestedElsewhere.meta_key: self._linked,
                MAY_BE_MISSING: place.is_new or place.front is not None,
                CONDITIONAL: True,
                SITES: place.sites,
            },
            dont_filter=True,
            priority=int(place.front is not None),
        )
        yield from self._run.postponed.postpone_if_limited(request)

    async def _parse(
        self, response: Response, link: Link, place: Place
    ) -> AsyncIterator[Article | Request]:
        """Yield the story, the request of its other pages, or note why there is none."""
        if response.status in WITHOUT_PAGE and (article := await self._of_feed(link)):
            for kept in self._wanted(article, response, link, place.section):
                yield kept
        elif place.is_guess and response.status != 200:
            self._count("front_failed")
            self._lose(link, response, "front_failed", f"status {response.status}")
        elif response.status in _GONE:
            self._run.report.count("gone")
            self._skip(link, response, "gone", f"status {response.status}")
        elif response.status != 200:
            self._lose(link, response, "status", f"it answers with status {response.status}")
        else:
            async for found in self._read_page(response, link, place):
                yield found

    async def _read_page(
        self, response: Response, link: Link, place: Place
    ) -> AsyncIterator[Article | Request]:
        try:
            job = self._job(response, link)
            page = await self._read(job)
            _check_day(page, response, link)
        except NotAnArticleError as error:
            if error.reason == "challenge" and (article := await self._of_feed(link)):
                for kept in self._wanted(article, response, link, place.section):
                    yield kept
            elif place.front is None:
                self.note_no_article(link, response, error)
            else:
                async for request in self.read_front(link, response, place.front, error):
                    yield request
        except ChildEndedError as error:
            self._skip(link, response, "page_timeout", str(error))
        else:
            async for found in self._go_on(page, job, response, link, place):
                yield found

    async def _of_feed(self, link: Link) -> Article | None:
        """Return the article that the feed has of a story whose page is not to be had."""
        job = self._feed_texts.job(link, self._rules.find(link.url))
        if job is None:
            return None
        try:
            page = await self._read(job)
        except (NotAnArticleError, ChildEndedError) as error:
            logger.info("%s: no text of the feed either: %s", link.url, error)
            return None
        return self._feed_texts.article(page, link)

    async def _go_on(
        self, page: PageRead, job: PageJob, response: Response, link: Link, place: Place
    ) -> AsyncIterator[Article | Request]:
        """Yield the article of *page*, or request the pages of its story that lack."""
        article = page.article
        if article is None:
            self._skip(link, response, "later_page")
            for request in self.request(replace(link, url=page.pages.first), place):
                yield request
            return
        article.record = response.meta.get("archive")
        story = PagedStory(
            title=page.title,
            text=article.text or "",
            link=link,
            section=place.section,
            job=job,
            first=page,
            article=article,
            response=response,
        )
        story.guesses = _is_cut(article) and not page.pages.following
        is_wanted = self._reason_to_drop(article, link, place.section) in (None, "search")
        if (page.pages.following or story.guess) and is_wanted:
            async for found in self._request_later(story, page):
                yield found
        else:
            for found in self._finish(story, article):
                yield found

    async def _request_later(
        self, story: PagedStory, page: PageRead
    ) -> AsyncIterator[Article | Request]:
        """Request the page of *story* behind *page*, or end the story if there is none."""
        story.note(page.pages)
        url, reason = page.pages.following or story.guess, ""
        if not url:
            reason = "the last one links no other" if story.count > story.read else ""
        elif story.read >= self._most_pages:
            reason = f"WIRE_MAX_STORY_PAGES is {self._most_pages}"
        else:
            self._run.requested.add(url)
            self._run.stats.inc_value(f"wire/story_pages/{'guessed' if story.guess else 'linked'}")
            yield Request(
                url,
                self._parse_later,
                errback=self._fail_later,
                cb_kwargs={"story": story},
                meta={MAY_BE_MISSING: True, CONDITIONAL: True},
                dont_filter=True,
                priority=1,
            )
            return
        async for found in self._end(story, reason):
            yield found

    async def _parse_later(
        self, response: Response, story: PagedStory
    ) -> AsyncIterator[Article | Request]:
        """Add a page to *story*, and request the next one or end the story."""
        try:
            page = await self._read(self._job(response, story.link, is_later=True))
            reason = story.reason_to_doubt(page, response)
        except NotAnArticleError as error:
            is_error = response.status != 200
            why = f"status {response.status}" if is_error else f"no text of it ({error.reason})"
            page, reason = None, f"{response.url} answers with {why}"
        except ChildEndedError as error:
            page, reason = None, str(error)
        if page is None or page.later is None or reason or story.is_repeated_by(page.later):
            # A page that shows the same story has the next comments or the like.
            async for found in self._end(story, "" if story.guesses else reason):
                yield found
            return
        story.add(page.later, response)
        story.guesses &= not page.pages.other
        async for found in self._request_later(story, page):
            yield found

    async def _end(self, story: PagedStory, reason: str) -> AsyncIterator[Article | Request]:
        """Yield *story*, joined of the pages that were read; *reason* is why others lack."""
        article = story.article
        try:
            article = await self._joined(story)
        except (NotAnArticleError, ChildEndedError) as error:
            reason = reason or str(error)
        if reason:
            article.text_incomplete = story.evidence(reason)
        for found in self._finish(story, article):
            yield found

    async def _joined(self, story: PagedStory) -> Article:
        """Return the article of the pages of *story* that were read."""
        page = await self._read(story.job_of_all)
        assert page.article is not None
        page.article.record, page.article.pages = story.article.record, story.records
        return page.article

    async def _fail_later(self, failure: Failure) -> AsyncIterator[Article | Request]:
        story = failed_request(failure).cb_kwargs["story"]
        async for found in self._end(story, "" if story.guesses else later_page_failure(failure)):
            yield found

    def _job(self, response: Response, link: Link, *, is_later: bool = False) -> PageJob:
        if not isinstance(response, TextResponse):
            raise NotAnArticleError("not_html")
        is_of_site = on_site(response.url, [site_domain(link.url)])
        return PageJob.from_response(
            response,
            source=self._run.source,
            record=response.meta.get("archive"),
            captions=self._captions,
            rules=self._rules.find(response.url),
            published=link.published if is_of_site else None,
            is_later=is_later,
        )

    async def _read(self, job: PageJob | FeedEntryJob) -> PageRead:
        """Return what the page of *job* holds.

        The process has a copy of its record, in which the place in the file is not filled in.
        """
        self.pages_under_way += 1
        try:
            return await self._limited(job)
        finally:
            self.pages_under_way -= 1

    def _finish(self, story: PagedStory, article: Article) -> Iterator[Article | Request]:
        """Yield the *article* of *story* if it is wanted, and what waited for it."""
        self._run.requested.add(story.response.url)
        if self._twice.note_read(story.link, article, story.first.canonical):
            self._run.stats.inc_value("wire/linked_twice")
        else:
            yield from self._if_no_wall(story, article)
        for link, place in self._twice.released():
            yield from self._request(link, place)

    def held_back(self) -> Iterator[Request]:
        """Yield the requests of links that wait for a story which did not come."""
        for link, place in self._twice.all_held():
            yield from self._request(link, place)

    def _if_no_wall(self, story: PagedStory, article: Article) -> Iterator[Article]:
        """Yield the *article* of *story*, unless its text is a wall or has to wait."""
        title, text = article.title or "", article.text or ""
        digest = text_digest(title, text.split("\n"))
        verdict, others = self._walls.judge(story.link, title, text, digest, (story, article))
        if verdict is Verdict.STORY:
            yield from self._wanted_of(story, article)
        elif verdict is Verdict.WALL:
            for other, _ in (*others, (story, article)):
                self._count("wall")
                self._lose(other.link, other.response, "wall", f"“{title[:80]}”")

    @property
    def waiting(self) -> int:
        """How many articles wait until it is known whether they are a wall."""
        return self._walls.count

    def released(self) -> Iterator[Article]:
        """Yield the articles that waited."""
        for story, article in self._walls.released():
            yield from self._wanted_of(story, article)

    def _wanted_of(self, story: PagedStory, article: Article) -> Iterator[Article]:
        """Yield the *article* of *story* if it is wanted."""
        yield from self._wanted(article, story.response, story.link, story.section, story.urls)

    def _wanted(
        self,
        article: Article,
        response: Response,
        link: Link,
        section: str,
        more_urls: Sequence[str] = (),
    ) -> Iterator[Article]:
        """Yield *article* if it is wanted, which came for *link* in *section*."""
        urls = (response.url, *more_urls)
        if reason := self._reason_to_drop(article, link, section):
            self._count(reason)
            self._run.report.lose(reason, link.url)
            date = capture_date(response)
            self._run.history.note_skipped(link, (*urls, article.url), date, FILTERED)
            return
        self._identities.assign(article, link, response.url)
        if not article.modified and (changed := link.modified):
            article.modified, article.modified_gmt = changed.local, changed.gmt
        self._run.history.note_pending(article, link, urls, capture_date(response))
        yield article

    def _reason_to_drop(self, article: Article, link: Link, section: str) -> str | None:
        return self._run.selection.reason_to_drop(article, (section, *link.sections))

    def note_no_article(self, link: Link, response: Response, error: NotAnArticleError) -> None:
        """Note why *response* holds no article."""
        reason = error.reason
        if reason == "challenge":
            self._lose(link, response, reason, error.evidence)
        elif address_key(response.url) == address_key(link.url):
            self._skip(link, response, reason, error.evidence)
        else:
            self._count(reason)
            self._dead_ends.add(DeadEnd(link, response, reason, error.evidence))

    def _skip(self, link: Link, response: Response, reason: str, detail: str = "") -> None:
        """Note that *link* gives no text, and is not requested again before it is due."""
        self._count(reason)
        if self._run.history.holds(link.url) and reason != "page_timeout":
            self._run.report.got(held=1)
        else:
            self._lose(link, response, reason, detail)
        at = capture_date(response)
        self._run.history.note_skipped(link, [response.url], at, reason)

    def _lose(self, link: Link, response: Response, reason: str, detail: str) -> None:
        """Note that *link* gives no text; unless it is skipped, the next run requests it again."""
        if address_key(response.url) != address_key(link.url):
            self._run.report.explain(response.url, reason, detail)
            detail = f"it leads to {response.url}" + (f": {detail}" if detail else "")
        self._run.report.lose(reason, link.url, detail, at=capture_date(response))

    def _count(self, reason: str) -> None:
        self._run.stats.inc_value(f"wire/skipped/{reason}")

    def _fail(self, failure: Failure) -> None:
        """Name a story that did not come."""
        error, state = failure.value, failed_request(failure).cb_kwargs
        link, place = state["link"], state["place"]
        if isinstance(error, RequestedElsewhere):
            self._twice.same.append((link, error.url))
        elif isinstance(error, NotInArchive):  # which is named already, or need not be there
            logger.info("%s", failure_message(failure))
        elif place.is_guess:
            self._count("front_failed")
            self._run.report.lose("front_failed", link.url, failure_message(failure))
        else:
            self._note_failed(link, why_no_answer(error), failure)

    def _note_failed(self, link: Link, reason: str, failure: Failure) -> None:
        """Note why *link* gave no answer; one that leads off the site is not requested again."""
        detail = str(failure.value)
        if reason == OFF_SITE:
            self._run.history.note_skipped(link, [], self._run.history.latest, OFF_SITE)
        if reason == "robots":
            detail = ""
        elif reason == "failed":
            detail = why_failed(failure)
        if reason != "failed":
            self._count(reason)
        self._run.report.lose(reason, link.url, detail)

    def close(self) -> None:
        """End what is being read, and note the stories that led to pages which hold none."""
        self._limited.close()
        self._run.history.write()
        for link, other in self._twice.same:
            visit = self._run.history.note_same(link, other)
            if visit and visit.outcome not in (ARTICLE, INCOMPLETE):
                self._run.report.lose(visit.outcome, link.url, f"it leads to {other}", at=visit.at)
            elif not visit and (reason := self._run.report.reasons.get(other)):
                # What is requested again has no visit: the other is named, this one as well.
                name, said = reason.partition(":")[0], f"it leads to {other}"
                self._run.report.lose(name, link.url, said, again=True)
        for url, ends, is_wall in self._dead_ends.by_url():
            if is_wall:
                self._run.report.problem(
                    "story_failed",
                    f"{len(ends)} stories lead to {url}, which is none ({ends[0].reason})",
                )
            for end in ends:
                self._lose(end.link, end.response, end.reason, end.detail)
                if not is_wall:
                    at = capture_date(end.response)
                    self._run.history.note_skipped(end.link, [], at, end.reason)


def _is_cut(article: Article) -> bool:
    """Tell whether the page of *article* says that the story has more words."""
    return (article.text_incomplete or "").startswith("words:")


def _check_day(page: PageRead, response: Response, link: Link) -> None:
    """Refuse an article that has no day but that of *link*, if it may be another page's.

    After a redirect that day counts only for a text that tells of the story that *link* names.
    """
    if page.article is None or page.is_dated or address_key(response.url) == address_key(link.url):
        return
    if not tells_of(page.article.text or "", link):
        raise NotAnArticleError("no_date", "it tells no day, and is not what the link names")


def capture_date(response: Response) -> str:
    """Return when *response* came: the WARC-Date of its record, or now without an archive."""
    record = response.meta.get("archive")
    return record.date if record else datetime.now(UTC).isoformat()
