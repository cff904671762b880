"""Fetching the later pages of posts of which the REST API gives only the first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.failures import failed_request
from crawler.crawling.wire.paged_story import StoryParts, later_page_failure
from crawler.items import Article
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.page_job import PageJob, PageRead, read_page
from crawler.pages.rest_post_pages import join_post, linked_pages
from crawler.pages.story_pages import numbered_address
from crawler.processes import ChildEndedError
from crawler.settings_reader import SettingsReader
from crawler.shared_processes import LimitedFunction
from crawler.sources.address import address_key
from crawler.sources.site import on_site
from crawler.text import markup

_GONE = (404, 410)


@dataclass(slots=True, kw_only=True)
class _PagedPost(StoryParts):
    """A post whose content is the first of its pages."""

    article: Article


class LaterPages:
    """Completes posts by the pages that their content links, each a request and counted.

    Pages are read in another process, as those of the wire spider are.
    """

    def __init__(self, crawler: Crawler, domains: Sequence[str]) -> None:
        settings = SettingsReader(crawler.settings)
        self._stats = crawler.stats
        self._domains = domains
        self._captions = settings.CLEAN_CAPTIONS
        self._most = settings.WIRE_MAX_STORY_PAGES
        self._limited = LimitedFunction(read_page, limit=settings.WIRE_PAGE_TIMEOUT)
        self.pages_under_way = 0
        """Pages that are being read: a replay sends the next answer when there is none."""
        crawler.signals.connect(self._close, signals.spider_closed)

    def complete(self, article: Article) -> Iterator[Article | Request]:
        """Yield *article*, or the request for the page of it that is behind its content."""
        pages = linked_pages(article.content_html, article.url)
        if not pages.following:
            yield article
            return
        post = _PagedPost(
            title=markup.title(article.title_html),
            text="\n".join(markup.paragraphs(article.content_html)),
            article=article,
        )
        post.note(pages)
        yield self._next(post)

    def _next(self, post: _PagedPost) -> Article | Request:
        """Return the request for the next page, or the article if there is none."""
        url = numbered_address(post.article.url, post.read + 1)
        if post.read >= post.count:
            return self._end(post, "")
        if post.read >= self._most:
            return self._end(post, f"WIRE_MAX_STORY_PAGES is {self._most}")
        if not on_site(url, self._domains):
            return self._end(post, f"{url} leads off the site")
        self._stats.inc_value("wordpress/later_pages")
        return Request(
            url,
            self._parse,
            errback=self._fail,
            cb_kwargs={"post": post},
            meta={"may_be_missing": True},
            dont_filter=True,
        )

    async def _parse(
        self, response: Response, post: _PagedPost
    ) -> AsyncIterator[Article | Request]:
        """Add a page to *post* and go on, or end it; WordPress has no other where it says so."""
        is_first = address_key(response.url) == address_key(post.article.url)
        if response.status in _GONE or is_first:
            yield self._end(post, "")
            return
        page = None
        try:
            page = await self._read(response)
            reason = post.reason_to_doubt(page, response)
        except NotAnArticleError as error:
            is_error = response.status != 200
            why = f"status {response.status}" if is_error else f"no text of it ({error.reason})"
            reason = f"{response.url} answers with {why}"
        except ChildEndedError as error:
            reason = str(error)
        if page is None or page.later is None or reason:
            yield self._end(post, reason)
            return
        post.add(page.later, response)
        post.note(page.pages)
        yield self._next(post)

    async def _read(self, response: Response) -> PageRead:
        if not isinstance(response, TextResponse):
            raise NotAnArticleError("not_html")
        job = PageJob.from_response(
            response,
            source="",
            record=response.meta.get("archive"),
            captions=self._captions,
            is_later=True,
        )
        self.pages_under_way += 1
        try:
            return await self._limited(job)
        finally:
            self.pages_under_way -= 1

    async def _fail(self, failure: Failure) -> AsyncIterator[Article | Request]:
        post = failed_request(failure).cb_kwargs["post"]
        yield self._end(post, later_page_failure(failure))

    def _end(self, post: _PagedPost, reason: str) -> Article:
        """Return the article of the pages that were read; *reason* is why others lack."""
        article = post.article
        if post.later:
            html = join_post(article.content_html, post.later, captions=self._captions)
            article.content_html, article.pages = html, post.records
        if reason:
            article.text_incomplete = post.evidence(reason)
        return article

    def _close(self) -> None:
        self._limited.close()
