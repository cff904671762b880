"""Any news service: its feeds, sitemaps and section fronts, or its REST API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Self
from urllib.parse import urljoin

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.item_flow import scrape
from crawler.crawling.wire.address_list import (
    AddressList,
    archived_list,
    list_requests,
    service_of_list,
)
from crawler.crawling.wire.fetch_history import FetchHistory
from crawler.crawling.wire.identities import Identities
from crawler.crawling.wire.link_page_crawl import LinkPageCrawl
from crawler.crawling.wire.link_page_reader import LinkPageReader
from crawler.crawling.wire.link_pages import LinkPage
from crawler.crawling.wire.selection import Selection, slug
from crawler.crawling.wire.site_discovery import SiteDiscovery, SitemapDiscovery
from crawler.crawling.wire.stories import MAY_BE_MISSING, StoryReader
from crawler.crawling.wire.walls import MANY_STORIES
from crawler.crawling.wire.wire_run import WireRun
from crawler.crawling.wordpress.api_discovery import Attempts
from crawler.crawling.wordpress.query import SiteQuery, site_query
from crawler.crawling.wordpress.rest_client import Output
from crawler.crawling.wordpress.sign_in import site_credentials
from crawler.crawling.wordpress.site_crawl import WordPressSite
from crawler.exceptions import BadArgumentError, SourceUnreadableError, StorageError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.report import ReportExtension
from crawler.extensions.request_meta import CONDITIONAL
from crawler.extensions.robots_rules import RobotsExtension
from crawler.extensions.visit_log import VisitLog
from crawler.items import Article
from crawler.pages.page_rules import PageRulesByHost
from crawler.settings_reader import SettingsReader
from crawler.sources.arguments import known_arguments, names, period
from crawler.sources.known_services import requested_service, services
from crawler.sources.link_answer import link_page_kind
from crawler.sources.service_hosts import ServiceHosts
from crawler.sources.services import Service
from crawler.sources.site import ports_of
from crawler.sources.sources_file import KnownServices
from crawler.sources.spider_arguments import SHARED as SHARED_ARGUMENTS
from crawler.sources.spider_arguments import WIRE
from crawler.sources.wordpress.api import candidates
from crawler.sources.wordpress.credentials import Credentials


class WireSpider(Spider):
    """Reads the stories that a news service links.

    ``service`` is a key of the sources file (``scrapy sources`` lists them), ``url`` the address of
    any other site, feed or sitemap; ``urls`` is a file of the addresses of stories instead (``-``
    for standard input), and they alone are read. ``sections`` are names, ``search`` words that all
    stand in headline or text; ``after`` (included) and ``before`` (not included) bound the day of
    publication, and have older pages and archives read too. ``permission`` says who allowed the
    crawl of a service that forbids it; the archive keeps it.

    A site that is found to have WordPress's REST API is read through that; where WordPress made the
    home page, the API is looked for at the usual places too.
    """

    name = "wire"
    # The body of an error says what went wrong.
    custom_settings = {"HTTPERROR_ALLOW_ALL": True}  # noqa: RUF012 - Scrapy's own form

    service: Service
    query: SiteQuery
    selection: Selection
    source: str
    allowed_domains: list[str]
    allowed_ports: frozenset[int]
    hosts: ServiceHosts
    run: WireRun
    credentials: Credentials
    stories: StoryReader | None = None
    discovery: SiteDiscovery | None = None
    listed: AddressList | None = None

    def __init__(self, **given: str) -> None:
        super().__init__(self.name)
        self.arguments = known_arguments(given, WIRE)
        if len(self.arguments.keys() & {"service", "url", "urls"}) != 1:
            fix = "name either a service (scrapy sources lists them), or a url, or a file of urls"
            raise BadArgumentError("service", self.arguments.get("service", ""), fix)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        given = spider.arguments.get
        reader = SettingsReader(crawler.settings)
        known = services(reader.SOURCES_FILE)
        if given("urls"):
            spider.read_list(known, is_replay=reader.ARCHIVE_MODE == "replay")
            spider.prepare(service_of_list(given("source", "")))
        else:
            spider.prepare(requested_service(known, given("service", ""), given("url", "")))
        spider.hosts = known.once(ServiceHosts)
        spider.credentials = site_credentials(reader, spider.query.site)
        return spider

    def read_list(self, known: KnownServices, *, is_replay: bool) -> None:
        """Read the file of addresses; a replay has it in its archive, if the source is named.

        The source becomes an argument, so that a replay needs no file. Raises `BadArgumentError`.
        """
        if not is_replay or "source" not in self.arguments:
            self.listed = AddressList.read(self.arguments["urls"])
            source = self.arguments.get("source") or self.listed.source(known)
            self.arguments = {**self.arguments, "source": source}

    def forbids(self, url: str) -> bool:
        """Tell whether the service that the host of *url* belongs to forbids crawling."""
        service = None if "permission" in self.arguments else self.hosts.find(url)
        return bool(service and service.forbidden)

    def prepare(self, service: Service) -> None:
        """Prepare the crawl of *service* by the arguments. Raises `BadArgumentError`."""
        given = self.arguments.get
        if service.forbidden and not given("permission"):
            fix = f"{service.forbidden}. If you have permission, say whose: -a permission=…"
            raise BadArgumentError("service", service.key, fix)
        self.service = service
        shared = {name: self.arguments[name] for name in SHARED_ARGUMENTS if name in self.arguments}
        query = site_query({"site": service.site, "source": service.source_name, **shared})
        sections = tuple(map(slug, names(given("sections", ""))))
        after, before = period(given("after", ""), given("before", ""))
        self.query = replace(query, categories=sections)
        self.source = query.source
        self.allowed_domains = [*service.domains, *query.allow_hosts]
        link_pages = (*service.feeds, *service.sitemaps, *service.listings)
        self.allowed_ports = ports_of((page.url for page in link_pages), query.ports)
        self.selection = Selection(
            domains=tuple(self.allowed_domains),
            ports=self.allowed_ports,
            sections=sections,
            words=tuple(query.search.split()),
            after=after,
            before=before,
            skip=service.skip,
        )

    @property
    def pages_under_way(self) -> int:
        """How many pages are being read in other processes; a replay waits for them."""
        if self.stories is None:
            return 0
        readers = (self.stories, self.link_pages, self.wordpress)
        return sum(reader.pages_under_way for reader in readers)

    async def start(self) -> AsyncIterator[Request]:
        self._assemble()
        if "urls" in self.arguments:
            async for request in self._start_list():
                yield request
            return
        known = list(self._known_link_pages())
        for link_page in known:
            for request in self.link_pages.request(link_page):
                yield request
        if known and self.selection.is_bounded and not self.service.sitemaps:
            site = self.service.site
            if self.robots.obeys:  # and so asks for it anyway
                await self.robots.ask(site)
            for request in self.sitemaps.request(site, has_feeds=True, is_new=True):
                yield request
        if not known:
            # It may be a feed or a sitemap.
            meta = self.link_pages.meta("sitemap", self.service.site)
            yield self.wordpress.home_request(self.parse_home, meta)

    async def _start_list(self) -> AsyncIterator[Request]:
        """Request the stories of the list."""
        try:
            listed, began = await archived_list(self.crawler, self.arguments["urls"], self.listed)
        except BadArgumentError as error:  # a replay whose archive has no list
            required(self.crawler, ReportExtension).fatal(error)
            return
        self.listed = listed
        self.allowed_domains = [*listed.domains, *self.query.allow_hosts]
        self.allowed_ports = listed.ports | self.query.ports
        assert self.stories is not None
        for request in list_requests(listed, began, self.run, self.stories):
            yield request

    def _assemble(self) -> None:
        """Build the parts of the crawl, which need the run's extensions."""
        crawler, settings = self.crawler, SettingsReader(self.crawler.settings)
        store = required(crawler, LedgerExtension).store
        self.wordpress = WordPressSite(
            crawler,
            self.query,
            self.allowed_domains,
            self.credentials,
            self._read_link_pages_instead,
        )
        report = required(crawler, ReportExtension)
        self.robots = required(crawler, RobotsExtension)
        visits = VisitLog(crawler)
        self.history = FetchHistory(
            store,
            self.source,
            self.selection.fingerprint,
            on_text=report.got,
            write=visits.write,
            write_last=visits.write_last,
        )
        self.run = run = WireRun(
            source=self.source,
            selection=self.selection,
            history=self.history,
            postponed=self.wordpress.postponed,
            report=report,
            stats=crawler.stats,
            forbids=self.forbids,
        )
        self.stories = StoryReader(
            run,
            Identities(store, self.source, self.history, crawler.stats),
            PageRulesByHost.load(settings.SOURCES_FILE),
            captions=settings.CLEAN_CAPTIONS,
            timeout=settings.WIRE_PAGE_TIMEOUT,
            most_pages=settings.WIRE_MAX_STORY_PAGES,
            takes_feed_texts=not self.service.forbidden,
        )
        self.link_pages = LinkPageCrawl(
            run,
            LinkPageReader(run, self.service, timeout=settings.WIRE_LINK_PAGE_TIMEOUT),
            self.stories,
            max_pages=settings.WIRE_MAX_PAGES,
            max_size=settings.WIRE_LINK_PAGE_MAXSIZE,
        )
        self.sitemaps = SitemapDiscovery(run, self.link_pages, self.robots)
        self.link_pages.deeper.request = self._read_deeper
        crawler.signals.connect(self.history.note_held, signals.item_scraped)
        crawler.signals.connect(self.history.note_dropped, signals.item_dropped)
        crawler.signals.connect(self.go_on, signals.spider_idle)
        crawler.signals.connect(self.finish, signals.spider_closed)

    def _known_link_pages(self) -> Iterator[LinkPage]:
        kinds = {
            "feed": self.service.feeds,
            "sitemap": self.service.sitemaps,
            "listing": self.service.listings,
        }
        yield from self.link_pages.in_wanted_sections(
            LinkPage(kind=kind, url=known.url, section=known.section)
            for kind, pages in kinds.items()
            for known in pages
        )

    async def parse_home(self, page: Response) -> AsyncIterator[Request | Article]:
        """Read the page that the user named: a feed, a sitemap, or a page that leads to some."""
        kind = link_page_kind(page) or "listing"
        if kind == "listing":
            kind = self.link_pages.reader.expected_kind(self.service.site, page)
        if kind != "listing":
            async for request in self.link_pages.parse(page, LinkPage(kind=kind, url=page.url)):
                yield request
            return
        self.discovery = SiteDiscovery(self.link_pages, self.sitemaps, page)
        if self.discovery.has_rest_api or self._tries_rest_api(page):
            for found in self.wordpress.parse_home(page):
                yield found
        else:
            for request in self.discovery.requests():
                yield request

    def _tries_rest_api(self, page: Response) -> bool:
        """Tell whether the API is looked for; older versions did so only where it is declared."""
        assert self.discovery is not None
        replay = self.crawler.get_extension(ReplayExtension)
        is_new = replay is None or any(replay.queries(api.root) for _, api in candidates(page))
        return self.discovery.is_wordpress and is_new

    def _read_link_pages_instead(self, failed: Attempts) -> Output:
        self.logger.info("No REST API: %s", "; ".join(map(str, failed)))
        assert self.discovery is not None
        yield from self.discovery.requests()

    def _read_deeper(self, sitemap: LinkPage) -> Iterator[Request]:
        """Request the sitemaps of the site, each like *sitemap*, and its fronts."""
        site = self.service.site
        yield from self.sitemaps.request(site, has_feeds=False, is_new=True, like=sitemap)
        if self.discovery is None:  # else they are read in any case
            is_feed = not any(self._known_link_pages())
            yield Request(
                urljoin(site, "/") if is_feed else site,
                self._parse_fronts,
                errback=self._miss_fronts,
                meta={MAY_BE_MISSING: True, CONDITIONAL: True},
                dont_filter=True,
                priority=1,
            )

    def _parse_fronts(self, page: Response) -> Iterator[Request]:
        if page.status == 200 and isinstance(page, TextResponse):
            yield from SiteDiscovery(self.link_pages, self.sitemaps, page).fronts()

    def _miss_fronts(self, failure: Failure) -> None:
        self.logger.info("No home page to read deeper: %s", failure.getErrorMessage())

    def go_on(self) -> None:
        """Send the next postponed request, or let the run end: an error if nothing was read."""
        postponed = self.wordpress.postponed
        if self.stories and not postponed:
            postponed.add(self.stories.held_back())
        if self.stories and postponed.is_limited and self.stories.waiting >= MANY_STORIES:
            self._scrape_waiting()
        postponed.send_next()
        self._scrape_waiting()
        report = required(self.crawler, ReportExtension)
        has_any = self.link_pages.has_read_one or report.report.articles or self.listed
        if not (has_any or self.wordpress.has_api):
            tried = "".join(f"\n    {reason}" for reason in self.link_pages.reader.failures)
            message = f"{self.service.site} links no stories that could be found:{tried}"
            report.fatal(SourceUnreadableError(message))

    def _scrape_waiting(self) -> None:
        """Send the articles that waited on their way, if there are any: raise DontCloseSpider."""
        wanted = max(self.wordpress.postponed.wanted, 0)
        articles = list(islice(self.stories.released(), wanted)) if self.stories else []
        if articles:
            self._scraping = asyncio.ensure_future(scrape(self.crawler, articles))
            raise DontCloseSpider

    def finish(self, reason: str) -> None:
        """Write the fetch history at the end of the run."""
        assert self.stories is not None
        self.link_pages.reader.close()
        self.link_pages.deeper.close()
        try:
            self.stories.close()
            if reason == "finished" and not self.wordpress.postponed:
                self.history.finish()
            else:
                self.history.write()
        except OSError as error:
            required(self.crawler, ReportExtension).fatal(StorageError(str(error)))
