"""Requests to a WordPress REST API, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scrapy import Request
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector
from twisted.python.failure import Failure

from crawler.crawling.failures import failed_request, failure_message
from crawler.items import Article
from crawler.sources.wordpress.answer import AnswerError, read
from crawler.sources.wordpress.api import Api
from crawler.sources.wordpress.credentials import Credentials

Output = Iterator[Request | Article]

_HEADERS = {"Accept": "application/json"}


class RestClient:
    """Makes the requests to ``api``, which is set once it has been found.

    *credentials* go to the origin alone that they are bound to; ``stats`` are those of the crawl.
    """

    api: Api

    def __init__(self, credentials: Credentials, stats: StatsCollector) -> None:
        self.credentials = credentials
        self.stats = stats

    def request(
        self,
        route: str,
        params: Mapping[str, str],
        on_answer: Callable[..., Output],
        on_error: Callable[..., Output],
        state: Mapping[str, Any] | None = None,
        *,
        api: Api | None = None,
        meta: dict[str, Any] | None = None,
    ) -> Request:
        """Return a request to *route*.

        *on_answer* gets the `Answer` and *state*, *on_error* an `AnswerError` and *state*.
        """
        url = (api or self.api).url(route, params)
        return Request(
            url,
            callback=self._parse,
            errback=self._fail,
            headers={**_HEADERS, **self.credentials.headers(url)},
            cb_kwargs={"on_answer": on_answer, "on_error": on_error, "state": state or {}},
            meta=meta,
            dont_filter=True,
        )

    def _parse(
        self,
        response: Response,
        on_answer: Callable[..., Output],
        on_error: Callable[..., Output],
        state: Mapping[str, Any],
    ) -> Output:
        try:
            answer = read(response)
            for repair in answer.repairs:
                self.stats.inc_value(f"wordpress/json_repaired/{repair}")
            yield from on_answer(answer, **state)
        except AnswerError as error:
            yield from on_error(error, **state)

    def _fail(self, failure: Failure) -> Output:
        kwargs = failed_request(failure).cb_kwargs
        error = AnswerError(failure_message(failure))
        error.__cause__ = failure.value
        yield from kwargs["on_error"](error, **kwargs["state"])
