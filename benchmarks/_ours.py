"""Newsreel's reader, as a crawl reads: with the day that the link to the page told."""

from __future__ import annotations

from scrapy.http import HtmlResponse

from benchmarks._page import Found, Page, Read
from crawler.dates import Moment
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.page_job import PageJob, read_article
from crawler.pages.page_rules import PageRulesByHost

_UNTOLD = "1777-07-07"
"""The day that the link told: a page for which nobody tells any is refused."""


def reader() -> Read:
    """Return the reader."""
    rules, day = PageRulesByHost.load(None), Moment(_UNTOLD)

    def read(page: Page) -> Found:
        kind = f"text/html; charset={page.charset}" if page.charset else "text/html"
        response = HtmlResponse(page.url, body=page.body, headers={"Content-Type": kind})
        job = PageJob.from_response(
            response, source="pages", published=day, rules=rules.find(page.url)
        )
        try:
            article = read_article(job)
        except NotAnArticleError as error:
            return Found(refused=str(error))
        told = "" if article.date.startswith(_UNTOLD) else article.date
        return Found(
            article.text or "",
            article.title or "",
            told,
            tuple(article.authors),
            article.text_incomplete or "",
        )

    return read
