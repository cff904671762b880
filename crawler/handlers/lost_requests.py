"""Requests of somebody's own spider that give nothing, and that nobody would hear of.

Our spiders give each request an errback, which says what was lost. Scrapy only logs and counts
the others: a spider whose site forbids it would look like one without news.
"""

from __future__ import annotations

from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.exceptions import NotInArchive, why_no_answer
from crawler.extensions.report import ReportExtension
from crawler.reports.reasons import Effect

_GONE = (404, 410)


class _Middleware:
    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _lose(self, reason: str, url: str, detail: str, at: str = "") -> None:
        # It need not be the address of a story: it counts if the run kept nothing.
        effect = None if reason == "own_choice" else Effect.LOSS
        if report := self._crawler.get_extension(ReportExtension):
            report.lose(reason, url, detail, at=at, effect=effect)


class FailedRequests(_Middleware):
    """The downloader middleware that names requests without an answer; the last to be asked."""

    def process_exception(self, request: Request, exception: Exception) -> None:
        is_ours = request.errback or request.callback is NO_CALLBACK
        if not (is_ours or isinstance(exception, NotInArchive)):  # which is named already
            detail = f"{type(exception).__name__} {exception}"
            self._lose(why_no_answer(exception), request.url, detail)


class RefusedAnswers(_Middleware):
    """The spider middleware that names answers with a status that the spider does not take."""

    def process_spider_exception(self, response: Response, exception: Exception) -> None:
        if isinstance(exception, HttpError):
            reason = "gone" if response.status in _GONE else "status"
            record: Any = response.meta.get("archive")
            at = record.date if record else ""
            self._lose(reason, response.url, f"status {response.status}", at)
