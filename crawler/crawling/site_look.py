"""A look at a site: how it can be read, asked for with as few requests as that takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urljoin

from scrapy import Request, Spider
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.failures import failure_message
from crawler.crawling.wordpress.api_discovery import ApiDiscovery, Attempts
from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.exceptions import why_no_answer
from crawler.extensions import required
from crawler.extensions.robots_rules import RobotsExtension
from crawler.sources import feeds, robots
from crawler.sources.site import ports_of, site_domain
from crawler.sources.site_facts import SiteFacts
from crawler.sources.sniffing import document_kind
from crawler.sources.wordpress.answer import Answer, AnswerError
from crawler.sources.wordpress.credentials import Credentials

_MOST_FEEDS = 5
_MOST_SITEMAPS = 3


class SiteLook(Spider):
    """Asks for the home page of *site*, its REST API, a few of its feeds and sitemaps.

    robots.txt and delays hold as in a crawl. What it finds is in ``found``; it yields no articles.
    """

    name = "look"
    # The body of an error says what went wrong.
    custom_settings = {"HTTPERROR_ALLOW_ALL": True}  # noqa: RUF012 - Scrapy's own form

    client: RestClient

    def __init__(self, site: str) -> None:
        super().__init__(self.name)
        self.found = SiteFacts(site)
        self.allowed_domains = [site_domain(site)]
        self.allowed_ports = ports_of([site])

    async def start(self) -> AsyncIterator[Request]:
        self.client = RestClient(Credentials("", ""), self.crawler.stats)
        yield self._home(self.found.site)

    def _home(self, url: str) -> Request:
        return Request(url, self.parse_home, errback=self._fail, dont_filter=True)

    def _fail(self, failure: Failure) -> None:
        if why_no_answer(failure.value) == "robots":
            self.found.forbidden = "robots.txt forbids its home page to us"
        else:
            self.found.unreadable = failure_message(failure)

    def parse_home(self, home: Response) -> Output:
        """Read the home page, or a feed in its place, which leads to it."""
        if home.status != 200:
            self.found.unreadable = f"{home.url} answers with status {home.status}"
            return
        kind = document_kind(home.body)
        if kind in ("feed", "json_feed") and not self.found.feeds:
            self.parse_feed(home)
            self.found.site = urljoin(home.url, "/")
            yield self._home(self.found.site)
        elif kind == "sitemap" and not self.found.sitemaps:
            self.found.sitemaps.append(home.url)
            self.found.site = urljoin(home.url, "/")
            yield self._home(self.found.site)
        elif not isinstance(home, TextResponse):
            self.found.unreadable = f"{home.url} is no page"
        else:
            self.found.site = home.url
            self.found.read_home(home)
            yield from self._look_further(home)

    def _look_further(self, home: Response) -> Output:
        if self.found.links.is_wordpress:
            discovery = ApiDiscovery(
                self.client,
                self.allowed_domains,
                self.allowed_ports,
                self._ask_for_posts,
                self._note_no_api,
            )
            yield from discovery.start(home)
        declared = [url for url in self.found.links.feeds if url not in self.found.feeds]
        for url in declared[:_MOST_FEEDS]:
            yield Request(url, self.parse_feed, errback=self._doubt)
        if declared[_MOST_FEEDS:]:
            self.found.doubts.append(f"feeds: {len(declared) - _MOST_FEEDS} more are linked")
        for url in self._sitemaps_of_robots()[:_MOST_SITEMAPS]:
            yield Request(url, self.parse_sitemap, errback=self._doubt)

    def _sitemaps_of_robots(self) -> list[str]:
        known = required(self.crawler, RobotsExtension).known(self.found.site)
        if not (known and known.response and known.response.status == 200):
            return []
        named = robots.sitemaps(known.response.body, known.response.url)
        return sorted(named, key=lambda url: "news" not in url)

    def _ask_for_posts(self) -> Output:
        params = {"per_page": "1", "_fields": "id"}
        yield self.client.request("wp/v2/posts", params, self._note_posts, self._doubt_api)

    def _note_posts(self, answer: Answer) -> Output:
        self.found.has_rest_api = True
        self.found.posts = answer.total
        yield from ()

    def _doubt_api(self, error: AnswerError) -> Output:
        self.found.doubts.append(f"REST API: {error}")
        yield from ()

    def _note_no_api(self, failed: Attempts) -> Output:
        yield from self._doubt_api(failed[0] if failed else AnswerError("none answered"))

    def parse_feed(self, response: Response) -> None:
        """Note a feed, or that it is none."""
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        try:
            feed = feeds.read(response.body, response.url, kind)
        except feeds.NotAFeedError as error:
            self.found.doubts.append(f"status {response.status}: {error}")
            return
        self.found.feeds[response.url] = len(feed.links)

    def parse_sitemap(self, response: Response) -> None:
        """Note a sitemap, or that it is none."""
        kind = document_kind(response.body)
        if response.status == 200 and kind in ("sitemap", "gzip"):
            self.found.sitemaps.append(response.url)
        else:
            self.found.doubts.append(f"{response.url}: status {response.status}, {kind}")

    def _doubt(self, failure: Failure) -> None:
        self.found.doubts.append(failure_message(failure))
