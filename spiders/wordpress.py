"""Any WordPress site, through its REST API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler

from crawler.crawling.wordpress.query import site_query
from crawler.crawling.wordpress.sign_in import site_credentials
from crawler.crawling.wordpress.site_crawl import WordPressSite
from crawler.settings_reader import SettingsReader
from crawler.sources.arguments import known_arguments
from crawler.sources.known_services import services, source_of_site
from crawler.sources.site import site_domain
from crawler.sources.spider_arguments import WORDPRESS
from crawler.sources.wordpress.credentials import Credentials


class WordPressSpider(Spider):
    """Crawls what its arguments ask for of a site: see `SiteQuery` and `WordPressSite`."""

    name = "wordpress"
    credentials: Credentials
    site: WordPressSite | None = None
    # The body of an error says what went wrong.
    custom_settings = {"HTTPERROR_ALLOW_ALL": True}  # noqa: RUF012 - Scrapy's own form

    def __init__(self, **given: str) -> None:
        super().__init__(self.name)
        self.arguments = known_arguments(given, WORDPRESS)
        self.query = site_query(self.arguments)
        self.source = self.query.source
        self.allowed_domains = [site_domain(self.query.site), *self.query.allow_hosts]
        self.allowed_ports = self.query.ports

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        reader = SettingsReader(crawler.settings)
        if "source" not in spider.arguments and reader.ARCHIVE_MODE != "replay":
            spider.take_source(source_of_site(services(reader.SOURCES_FILE), spider.query.site))
        spider.credentials = site_credentials(reader, spider.query.site)
        return spider

    def take_source(self, name: str) -> None:
        """Hold the articles under the *name* that the sources file has, if it has one.

        It becomes an argument, so that a replay needs no sources file.
        """
        if name:
            self.arguments = {**self.arguments, "source": name}
            self.query = site_query(self.arguments)
            self.source = self.query.source

    @property
    def pages_under_way(self) -> int:
        """How many pages are being read in another process; a replay waits for them."""
        return self.site.pages_under_way if self.site else 0

    async def start(self) -> AsyncIterator[Request]:
        site = WordPressSite(self.crawler, self.query, self.allowed_domains, self.credentials)
        # The spider keeps the site: signals hold their receivers weakly.
        self.site = site
        self.crawler.signals.connect(site.postponed.send_next, signals.spider_idle)
        yield site.home_request()
