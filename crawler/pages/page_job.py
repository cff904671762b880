"""A page sent to another process, where it is read as an article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from scrapy.http import HtmlResponse

from crawler.pages import generic
from crawler.pages.cleaning import fill
from crawler.sources.services import NO_PAGE_RULES

if TYPE_CHECKING:
    from scrapy.http import TextResponse

    from crawler.dates import Moment
    from crawler.items import Article, RecordRef
    from crawler.sources.services import PageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJob:
    """All that reading a page takes of its response.

    ``encoding`` is what the body is in, ``record`` where the response was archived. ``published``
    is the date that the link to the page gave, ``rules`` are those for the page's address.
    ``captions`` asks for the captions of pictures too.
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


def read_article(job: PageJob) -> Article:
    """Return the article that the page is, its text clean, and without its markup.

    ``text_incomplete`` is the evidence that it is not the whole text. Raises
    `crawler.pages.not_an_article.NotAnArticleError`.
    """
    article = generic.article(
        job.response,
        source=job.source,
        record=job.record,
        published=job.published,
        rules=job.rules,
    )
    fill(article, captions=job.captions, rules=job.rules)
    article.title_html = article.content_html = ""
    return article
