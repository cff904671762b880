"""A page sent to another process, where it is read as an article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from scrapy.http import HtmlResponse

from crawler.pages import attribution, generic
from crawler.pages.cleaning import fill
from crawler.pages.feed_entry import FeedEntryJob, read_entry
from crawler.pages.joined_pages import join, later_page
from crawler.pages.story_pages import ONE_PAGE
from crawler.sources.services import NO_PAGE_RULES

if TYPE_CHECKING:
    from scrapy.http import TextResponse

    from crawler.dates import Moment
    from crawler.items import Article, RecordRef
    from crawler.pages.generic import PageContent
    from crawler.pages.joined_pages import LaterPage
    from crawler.pages.story_pages import StoryPages
    from crawler.sources.services import PageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJob:
    """All that reading a page takes of its response.

    ``encoding`` is what the body is in, ``record`` where the response was archived. ``published``
    is the date that the link to the page gave, ``rules`` are those for the page's address.
    ``captions`` asks for the captions of pictures too. ``is_later`` says that it is a later page of
    a story, ``is_joined`` that it is the first one and that ``later`` has all others there are.
    """

    url: str
    status: int
    headers: dict[bytes, list[bytes]]
    body: bytes
    encoding: str
    source: str
    record: RecordRef | None = None
    published: Moment | None = None
    captions: bool = False
    rules: PageRules = NO_PAGE_RULES
    is_later: bool = False
    is_joined: bool = False
    later: tuple[LaterPage, ...] = ()

    @classmethod
    def from_response(
        cls,
        response: TextResponse,
        *,
        source: str,
        record: RecordRef | None = None,
        published: Moment | None = None,
        captions: bool = False,
        rules: PageRules = NO_PAGE_RULES,
        is_later: bool = False,
    ) -> Self:
        """Return the job of reading *response*."""
        return cls(
            url=response.url,
            status=response.status,
            headers={name: response.headers.getlist(name) for name in response.headers},
            body=response.body,
            encoding=response.encoding,
            source=source,
            record=record,
            published=published,
            captions=captions,
            rules=rules,
            is_later=is_later,
        )

    def __str__(self) -> str:
        return self.url

    @property
    def response(self) -> HtmlResponse:
        """The response that the page came as."""
        return HtmlResponse(
            self.url,
            status=self.status,
            headers=self.headers,
            body=self.body,
            encoding=self.encoding,
        )


@dataclass(frozen=True, slots=True)
class PageRead:
    """What was read from a page.

    ``article`` is None of a later page of a story: ``later`` is then what it adds if that was
    asked for, and ``pages`` says where the first page is. ``canonical`` is the canonical URL of the
    article if the page names one. ``is_dated`` says that the page tells the day of the article: it
    has that of the link to it else.
    """

    title: str
    pages: StoryPages
    article: Article | None = None
    later: LaterPage | None = None
    canonical: str = ""
    is_dated: bool = True


def read_page(job: PageJob | FeedEntryJob) -> PageRead:
    """Return what the page holds: an article, or a part of one that begins on another page.

    Raises `crawler.pages.not_an_article.NotAnArticleError`.
    """
    if isinstance(job, FeedEntryJob):
        entry = read_entry(job)
        return PageRead(entry.title or "", ONE_PAGE, entry)
    if job.status != 200:
        raise generic.NotAnArticleError("status")
    response, day = job.response, job.record.date[:10] if job.record else ""
    content = generic.read(response, day=day, rules=job.rules)
    pages = content.hints.pages
    if job.is_later:
        later = later_page(content, captions=job.captions)
        return PageRead(content.title, pages, later=later)
    if pages.number > 1:
        generic.refuse_others(content, response)
        return PageRead(content.title, pages)
    if job.is_joined:
        content = join(content, job.later, captions=job.captions)
    article = _clean_article(content, response, job)
    is_named = attribution.names_canonical(content.metadata, response.url)
    return PageRead(
        content.title,
        pages,
        article,
        canonical=article.url if is_named else "",
        is_dated=content.published is not None,
    )


def read_article(job: PageJob) -> Article:
    """Return the article that the page is, its text clean, and without its markup.

    ``text_incomplete`` is the evidence that it is not the whole text. Raises
    `crawler.pages.not_an_article.NotAnArticleError`.
    """
    if job.status != 200:
        raise generic.NotAnArticleError("status")
    response, day = job.response, job.record.date[:10] if job.record else ""
    return _clean_article(generic.read(response, day=day, rules=job.rules), response, job)


def _clean_article(content: PageContent, response: HtmlResponse, job: PageJob) -> Article:
    article = generic.article_of(
        content, response, source=job.source, record=job.record, published=job.published
    )
    fill(article, captions=job.captions, rules=job.rules)
    article.title_html = article.content_html = ""
    return article
