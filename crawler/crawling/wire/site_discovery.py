"""The link pages of a site that no entry of the sources file describes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.wire.link_page_crawl import LinkPageCrawl
from crawler.crawling.wire.link_pages import LinkPage
from crawler.sources import home, robots

logger = logging.getLogger(__name__)

_SITEMAP = "/sitemap.xml"  # where it is by custom if robots.txt names none


class SiteDiscovery:
    """Reads what the *page* that the user named leads to: feeds, section fronts and sitemaps."""

    def __init__(self, link_pages: LinkPageCrawl, page: Response) -> None:
        self._link_pages = link_pages
        self._page = page
        self._found = home.home_links(page) if isinstance(page, TextResponse) else home.HomeLinks()

    @property
    def has_rest_api(self) -> bool:
        """Whether the page says that the site has WordPress's REST API."""
        return self._found.has_rest_api

    def requests(self) -> Iterator[Request]:
        """Request the link pages that the page names, and the stories that it links itself."""
        for url in self._found.feeds:
            yield from self._link_pages.request(LinkPage(kind="feed", url=url))
        for front in self._link_pages.in_wanted_sections(map(_front, self._found.listings)):
            yield from self._link_pages.request(front)
        itself = LinkPage(kind="listing", url=self._page.url, is_guess=True)
        yield from self._link_pages.parse(self._page, itself)
        yield Request(
            urljoin(self._page.url, "/robots.txt"),
            self._parse_robots,
            errback=self._fail_robots,
            meta={"dont_obey_robotstxt": True},
            dont_filter=True,
        )

    def _parse_robots(self, response: Response) -> Iterator[Request]:
        """Request the sitemaps that robots.txt names, or the one at the usual place."""
        named = robots.sitemaps(response.body, response.url) if response.status == 200 else []
        for url in named:
            yield from self._link_pages.request(LinkPage(kind="sitemap", url=url))
        if not (named or self._found.feeds):
            guess = LinkPage(kind="sitemap", url=urljoin(response.url, _SITEMAP), is_guess=True)
            yield from self._link_pages.request(guess)

    def _fail_robots(self, failure: Failure) -> None:
        logger.info("No robots.txt: %s", failure.getErrorMessage())


def _front(url: str) -> LinkPage:
    section = urlsplit(url).path.strip("/").rpartition("/")[2]
    return LinkPage(kind="listing", url=url, section=section, is_guess=True)
