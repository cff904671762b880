"""Imported by processes that others are forked from: what is read once a process is read by then.

The packaged services, the public suffixes, and the phrases of boilerplate take longer to read than
most runs of the tests take for all else.
"""

from __future__ import annotations

from scrapy.http import HtmlResponse

from crawler.pages import generic
from crawler.pages.cleaning import fill
from crawler.sources.known_services import services
from tests.wire.small import Item


def _read_a_page() -> None:
    item = Item(path="/2026/warm", title="The stove has been warm since the morning")
    url = f"https://stove.test{item.path}"
    body = item.page.replace("{home}", "https://stove.test").encode()
    fill(generic.article(HtmlResponse(url, body=body), source="stove.test"), captions=False)


services(None)
_read_a_page()
