"""Requests that wait until it is known how many articles are still wanted."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider

from crawler.extensions import required
from crawler.extensions.report import ReportExtension

Split = Callable[[Request, int], tuple[Request, Request | None]]


class PostponedRequests:
    """Requests that are sent one by one, each once all that the last one led to is done.

    With *max_articles* every request that may give an article waits here. *split* takes a request
    and the number of articles that are still wanted, and returns a request for no more than those,
    and one for the rest or None.
    """

    def __init__(self, crawler: Crawler, max_articles: int | None, split: Split) -> None:
        self._crawler = crawler
        self._max_articles = max_articles
        self._split = split
        self._waiting: deque[Request] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def postpone_if_limited(self, request: Request) -> Iterator[Request]:
        """Yield *request*, or postpone it if only so many articles are wanted."""
        if not self.is_limited:
            yield request
        else:
            self._waiting.append(request)

    def add(self, requests: Iterable[Request]) -> None:
        """Postpone *requests*."""
        self._waiting.extend(requests)

    def discard(self, is_unwanted: Callable[[Request], bool]) -> None:
        """Forget the waiting requests that *is_unwanted* is true of."""
        self._waiting = deque(request for request in self._waiting if not is_unwanted(request))

    def send_next(self) -> None:
        """Send the next request if one waits and articles are wanted, then raise DontCloseSpider.

        It is the handler of the signal ``spider_idle``.
        """
        if not self._waiting or (wanted := self.wanted) <= 0:
            return
        request, rest = self._split(self._waiting.popleft(), wanted)
        if rest:
            self._waiting.appendleft(rest)
        assert self._crawler.engine is not None
        self._crawler.engine.crawl(request)
        raise DontCloseSpider

    @property
    def is_limited(self) -> bool:
        """Whether only so many articles are wanted."""
        return self._max_articles is not None

    @property
    def wanted(self) -> int:
        """How many articles are still wanted."""
        if self._max_articles is None:
            return sys.maxsize
        counts = required(self._crawler, ReportExtension).report.articles
        return self._max_articles - counts.get("new", 0) - counts.get("revised", 0)
