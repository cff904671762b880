"""Asks for URLs, in their order: run with scrapy-webarchive, in the environment of the peers."""

from __future__ import annotations

import json
from typing import Any

from scrapy import Spider
from scrapy.http import Response


class UrlSpider(Spider):
    """Fetches the URLs of the JSON list *urls*."""

    name = "urls"

    def __init__(self, urls: str, **kwargs: Any) -> None:
        super().__init__(start_urls=json.loads(urls), **kwargs)

    def parse(self, response: Response, **kwargs: Any) -> None:
        self.logger.info("%s has %d bytes", response.url, len(response.body))
