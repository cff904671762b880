"""Fetches the pages of articles as a browser would ask for them, into the archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scrapy import Spider
from scrapy.http import HtmlResponse, Response


class PagesSpider(Spider):
    """Asks for the home page and for every article that it links to."""

    name = "pages"

    def __init__(self, home: str, **kwargs: Any) -> None:
        super().__init__(start_urls=[home], **kwargs)
        self.source = "pages"

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        assert isinstance(response, HtmlResponse)
        yield from response.follow_all(css="article h2 a", callback=self.look)

    def look(self, response: Response) -> None:
        self.logger.info("%s has %d bytes", response.url, len(response.body))
