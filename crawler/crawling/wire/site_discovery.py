"""The link pages of a site that no entry of the sources file describes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.wire.link_page_crawl import LinkPageCrawl
from crawler.crawling.wire.link_pages import LinkPage
from crawler.crawling.wire.part_selection import PartSelection
from crawler.crawling.wire.stories import MAY_BE_MISSING, capture_date
from crawler.crawling.wire.wire_run import WireRun
from crawler.extensions.robots_rules import RobotsExtension
from crawler.sources import home, robots

logger = logging.getLogger(__name__)

# Where sitemaps are by custom if robots.txt names none: of each line the first one is read.
_USUAL_PLACES = (
    ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml"),
    ("/news-sitemap.xml",),
)


_SITEMAP = LinkPage(kind="sitemap", url="")


class SitemapDiscovery:
    """Finds the sitemaps of a site by its robots.txt, or at the usual places."""

    def __init__(self, run: WireRun, link_pages: LinkPageCrawl, robots: RobotsExtension) -> None:
        self._link_pages = link_pages
        self._robots = robots
        self._is_bounded = run.selection.is_bounded
        self._parts = PartSelection(run)

    def request(
        self,
        site: str,
        *,
        has_feeds: bool,
        is_new: bool = False,
        like: LinkPage = _SITEMAP,
    ) -> Iterator[Request]:
        """Request the sitemaps that the robots.txt of *site* names, once that is read.

        If the site *has_feeds*, the usual places are tried only for the past. A request that
        *is_new* was not made by the versions that made older archives. Each sitemap is *like* that
        one, but for its address.
        """
        if known := self._robots.known(site):
            if known.response:
                yield from self._parse(known.response, has_feeds=has_feeds, like=like)
            return
        yield Request(
            urljoin(site, "/robots.txt"),
            self._parse,
            errback=self._fail,
            cb_kwargs={"has_feeds": has_feeds, "like": like},
            meta={"dont_obey_robotstxt": True, MAY_BE_MISSING: is_new},
            dont_filter=True,
        )

    def _parse(self, response: Response, *, has_feeds: bool, like: LinkPage) -> Iterator[Request]:
        named = robots.sitemaps(response.body, response.url) if response.status == 200 else []
        for url in self._parts.of_robots(named, capture_date(response)):
            yield from self._link_pages.request(replace(like, url=url))
        if not named and (self._is_bounded or not has_feeds):
            for place, *others in _USUAL_PLACES:
                url, *instead = [urljoin(response.url, path) for path in (place, *others)]
                yield from self._link_pages.request(
                    replace(like, url=url, is_guess=True, instead=tuple(instead))
                )

    def _fail(self, failure: Failure) -> None:
        logger.info("No robots.txt: %s", failure.getErrorMessage())


class SiteDiscovery:
    """Reads what the *page* that the user named leads to: feeds, section fronts and sitemaps."""

    def __init__(
        self, link_pages: LinkPageCrawl, sitemaps: SitemapDiscovery, page: Response
    ) -> None:
        self._link_pages = link_pages
        self._sitemaps = sitemaps
        self._page = page
        self._found = home.home_links(page) if isinstance(page, TextResponse) else home.HomeLinks()

    @property
    def has_rest_api(self) -> bool:
        """Whether the page says that the site has WordPress's REST API."""
        return self._found.has_rest_api

    @property
    def is_wordpress(self) -> bool:
        """Whether WordPress made the page: the site may have the API, and not say so."""
        return self._found.is_wordpress

    def requests(self) -> Iterator[Request]:
        """Request the link pages that the page names, and the stories that it links itself."""
        for url in self._found.feeds:
            is_unsure = url in self._found.unsure
            yield from self._link_pages.request(LinkPage(kind="feed", url=url, is_unsure=is_unsure))
        yield from self.fronts()
        yield from self._sitemaps.request(self._page.url, has_feeds=bool(self._found.feeds))

    def fronts(self) -> Iterator[Request]:
        """Request the section fronts that the page links, and the stories that it links itself."""
        for front in self._link_pages.in_wanted_sections(map(_front, self._found.listings)):
            yield from self._link_pages.request_front(front, capture_date(self._page))
        itself = LinkPage(kind="listing", url=self._page.url, is_guess=True)
        yield from self._link_pages.parse_listing(self._page, itself)


def _front(url: str) -> LinkPage:
    section = urlsplit(url).path.strip("/").rpartition("/")[2]
    return LinkPage(kind="listing", url=url, section=section, is_guess=True)
