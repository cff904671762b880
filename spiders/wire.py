"""Any news service: its feeds, sitemaps and section fronts, or its REST API."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.wire import link_pages
from crawler.crawling.wire.fetch_history import is_due
from crawler.crawling.wire.link_pages import Leaf, UnreadableDoorError, Walk
from crawler.crawling.wire.selection import Choice, slug
from crawler.crawling.wire.stories import StorySpider, captured
from crawler.crawling.wordpress.discovery import Output, described, requested
from crawler.dates import Moment
from crawler.exceptions import BadArgumentError, SourceUnreadableError
from crawler.settings_reader import SettingsReader
from crawler.sources import home, robots
from crawler.sources.address import same
from crawler.sources.arguments import moment, names
from crawler.sources.link import Link
from crawler.sources.services import Service
from crawler.sources.site import on_site, site_domain
from crawler.sources.wordpress.answer import AnswerError
from crawler.sources.wordpress.arguments import arguments
from crawler.state.store import Visit
from spiders.services import chosen

_SITEMAP = "/sitemap.xml"  # where it is by custom if robots.txt names none
_SHARED = ("source", "search", "after", "before", "max_articles", "allow_hosts")
_ARGUMENTS = ("service", "url", "sections", "permission", *_SHARED)
_KINDS = ("feed", "sitemap", "listing")
_NEWS = timedelta(days=2)  # what sitemaps of news hold, by Google's rule
_TAIL = 3
_DEEPEST = 3


class WireSpider(StorySpider):
    """Reads the stories that a news service links.

    ``service`` is a key of the sources file (``scrapy sources`` lists them), ``url`` the address of
    any other site, feed or sitemap. ``sections`` are names, ``search`` words that all stand in
    headline or text; ``after`` (included) and ``before`` (not included) bound the day of
    publication, and have what is older than the news looked for. ``permission`` says who allowed
    the crawl of a service that forbids it; the archive keeps it.

    A site that turns out to have WordPress's REST API is read through that.
    """

    name = "wire"
    service: Service
    most_pages: int

    def __init__(self, **kwargs: str) -> None:
        super().__init__({n: text for n, text in kwargs.items() if text and not n.startswith("_")})
        for name, text in self.arguments.items():
            if name not in _ARGUMENTS:
                raise BadArgumentError(name, text, f"the arguments are {', '.join(_ARGUMENTS)}")
        if ("service" in self.arguments) == ("url" in self.arguments):
            fix = "name either a service (scrapy sources lists them) or a url"
            raise BadArgumentError("service", kwargs.get("service", ""), fix)
        self.tried: list[str] = []
        self.is_open = False
        self.barren = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = SettingsReader(crawler.settings)
        spider.most_pages = settings.WIRE_MAX_PAGES
        given = spider.arguments.get
        spider.serve(chosen(settings.SOURCES_FILE, given("service", ""), given("url", "")))
        return spider

    def serve(self, service: Service) -> None:
        """Make ready to crawl what the arguments ask for of *service*."""
        given = self.arguments.get
        self.service = service
        if self.service.forbidden and not given("permission"):
            fix = f"{self.service.forbidden}. If you have permission, say whose: -a permission=…"
            raise BadArgumentError("service", self.service.key, fix)
        sections = tuple(map(slug, names(given("sections", ""))))
        asked = {n: self.arguments[n] for n in _SHARED if n in self.arguments}
        wordpress = arguments(site=self.service.site, **{"source": self.service.key, **asked})
        self.aim(replace(wordpress, categories=sections))
        self.allowed_domains = [*self.service.domains, *self.asked.allow_hosts]
        self.choice = Choice(
            domains=tuple(self.allowed_domains),
            sections=sections,
            words=tuple(self.asked.search.split()),
            after=moment("after", given("after", "")),
            before=self.asked.before,
            skip=self.service.skip,
        )

    def first(self) -> Iterator[Request]:
        walks = list(self._walks())
        for walk in walks:
            yield from self.walk(walk)
        if not walks:
            yield from super().first()

    def _walks(self) -> Iterator[Walk]:
        service = self.service
        known = zip(_KINDS, (service.feeds, service.sitemaps, service.listings), strict=True)
        return self._of_sections(
            Walk(kind=kind, url=door.url, section=door.section)
            for kind, doors in known
            for door in doors
        )

    def _of_sections(self, walks: Iterable[Walk]) -> Iterator[Walk]:
        """Leave out what is of other sections, if one of *walks* is of those asked for."""
        walks = list(walks)
        chosen = {w for w in walks if w.section and self.choice.has_section([w.section])}
        return (walk for walk in walks if not (chosen and walk.section) or walk in chosen)

    # A site that no entry describes: what its home page and robots.txt name

    def parse_home(self, home: Response) -> Output:
        """Read what the address is, or what it leads to."""
        self.home = home
        kind = link_pages.kind(home)
        if kind != "listing":
            yield from self.parse_door(home, Walk(kind=kind, url=home.url))
            return
        self.doors = _doors(home)
        if self.doors.wordpress:
            yield from super().parse_home(home)
        else:
            yield from self._knock()

    def crawl_api(self) -> Output:
        self.is_open = True
        yield from super().crawl_api()

    def no_api(self, slips: list[AnswerError]) -> Output:
        """Go on with what else there is."""
        self.logger.info("No REST API: %s", "; ".join(map(str, slips)))
        yield from self._knock()

    def _knock(self) -> Output:
        for url in self.doors.feeds:
            yield from self.walk(Walk(kind="feed", url=url))
        for walk in self._of_sections(map(_front, self.doors.listings)):
            yield from self.walk(walk)
        yield from self.parse_door(
            self.home, Walk(kind="listing", url=self.home.url, is_guess=True)
        )
        yield self.request(
            urljoin(self.home.url, "/robots.txt"),
            self.parse_robots,
            self.robots_failed,
            meta={"dont_obey_robotstxt": True},
        )

    def parse_robots(self, response: Response) -> Output:
        """Go through the sitemaps that robots.txt names, or try the usual place."""
        found = robots.sitemaps(response.body, response.url) if response.status == 200 else []
        for url in found:
            yield from self.walk(Walk(kind="sitemap", url=url))
        if not (found or self.doors.feeds):
            url = urljoin(response.url, _SITEMAP)
            yield from self.walk(Walk(kind="sitemap", url=url, is_guess=True))

    def robots_failed(self, failure: Failure) -> None:
        """Go on without."""
        self.logger.info("No robots.txt: %s", failure.getErrorMessage())

    # Doors

    def walk(self, walk: Walk, url: str = "") -> Iterator[Request]:
        """Open the door of *walk*, or its page at *url*, unless it was opened.

        Where a door is, is for the service to say; what it leads to stays there or on the site.
        """
        url = url or walk.url
        if same(url) in self.asked_for or not self._is_led_to(url, walk):
            return
        self.asked_for.add(same(url))
        request = self.request(url, self.parse_door, self.door_failed, {"walk": walk}, priority=1)
        yield from self.in_turn(request)

    def _is_led_to(self, url: str, walk: Walk) -> bool:
        if on_site(url, [*self.allowed_domains, site_domain(walk.url)]):
            return True
        self.crawler.stats.inc_value("wire/skipped/door_off_site")
        return False

    def parse_door(self, response: Response, walk: Walk) -> Output:
        """Go on to the stories that a door links, and to the older ones where they are wanted."""
        try:
            leaf = link_pages.opened(response, walk, self.service)
        except UnreadableDoorError as error:
            self._shut(walk, str(error))
            return
        self.is_open = True
        for fault in leaf.faults:
            self.report.problem("door_damaged", f"{response.url}: {fault}")
        if walk.page == 1:
            walk = replace(walk, since=self.visits.since(walk.url))
        at = captured(response)
        self.visits.begin(at)
        now = datetime.fromisoformat(at)
        links = self._wanted(leaf, now)
        self.crawler.stats.inc_value(f"wire/links/{walk.kind}", len(links))
        known = self.visits.known(links)
        for link in links:
            visit = known.get(same(link.url))
            if visit is None or is_due(link, visit, now):
                yield from self.read(link, walk.section)
            else:
                self.crawler.stats.inc_value("wire/known")
        self._open_later(leaf, walk, now)
        self._count_barren(leaf, walk)
        self.visits.came(walk.url, at)
        yield from self._follow(leaf, walk, links, known)

    def _wanted(self, leaf: Leaf, now: datetime) -> list[Link]:
        """Return what may be wanted of *leaf*; if no day is named, only the news of an archive."""
        news = _first_day_of_news(now)
        links = [link for link in leaf.links if self._is_wanted(link)]
        for link in filter(self._is_wanted, leaf.archive):
            if self.choice.is_bounded or _is_new(link.modified, news):
                links.append(link)
            else:
                self.crawler.stats.inc_value("wire/skipped/archive")
        return links

    def _is_wanted(self, link: Link) -> bool:
        reason = self.choice.against(link)
        if reason:
            self.crawler.stats.inc_value(f"wire/skipped/{reason}")
        return reason is None

    def _open_later(self, leaf: Leaf, walk: Walk, now: datetime) -> None:
        """Have the sitemaps in *leaf* opened one by one: together they may link millions."""
        if leaf.children and walk.depth == _DEEPEST:
            self.report.problem("pages_limit", f"{walk.url}: sitemaps nest too deep")
            return
        news = _first_day_of_news(now)
        for child in leaf.children:
            is_old = self.choice.is_before(child.modified)
            is_news = _is_called_news(child.url) or _is_new(child.modified, news)
            if is_old or not (self.choice.is_bounded or is_news):
                self.crawler.stats.inc_value("wire/skipped/sitemap")
                continue
            if self._is_led_to(child.url, walk):
                below = replace(walk, url=child.url, depth=walk.depth + 1, is_guess=False)
                self.later.extend(self.walk(below))

    def _count_barren(self, leaf: Leaf, walk: Walk) -> None:
        """Give the sitemaps up that are left, if many one after the other list nothing."""
        is_barren = walk.depth and not (leaf.links or leaf.archive or leaf.children)
        self.barren = self.barren + 1 if is_barren else 0
        if self.barren > self.most_pages:
            self.later = deque(r for r in self.later if "walk" not in r.cb_kwargs)
            self.report.problem("pages_limit", f"{self.barren} sitemaps up to {walk.url} are empty")

    def _follow(
        self, leaf: Leaf, walk: Walk, links: Sequence[Link], known: Mapping[str, Visit]
    ) -> Output:
        """Follow older pages, to where the last run was or the days asked for begin."""
        met = [self._is_met(link, walk, known) for link in links]
        is_wanted = self.choice.is_bounded or (walk.since and not any(met[-_TAIL:]))
        if not all(met) and leaf.older and is_wanted:
            if walk.page < self.most_pages:
                yield from self.walk(walk.on(is_guess=leaf.is_guess), leaf.older)
            else:
                self.report.problem("pages_limit", f"{walk.url}: given up behind page {walk.page}")
        elif walk.since and leaf.links and not any(met) and self.choice.is_all:
            self.report.problem(
                "feed_gap",
                f"{walk.url} links nothing that was read when it was opened last, at {walk.since}: "
                "stories may have passed in between; crawl more often",
            )

    def _is_met(self, link: Link, walk: Walk, known: Mapping[str, Visit]) -> bool:
        visit = known.get(same(link.url))
        return visit is not None and visit.at <= walk.since

    def door_failed(self, failure: Failure) -> None:
        """Name a door that could not be opened."""
        self._shut(requested(failure).cb_kwargs["walk"], described(failure))

    def _shut(self, walk: Walk, reason: str) -> None:
        self.tried.append(reason)
        if walk.is_guess:
            self.logger.info("%s", reason)
        else:
            self.report.problem("door_unreadable", f"the {walk.kind} {reason}")

    def next_in_turn(self) -> None:
        """Go on, or end: in vain if no door could be opened."""
        super().next_in_turn()
        if not self.is_open:
            tried = "".join(f"\n    {reason}" for reason in self.tried)
            self.report.fatal(
                SourceUnreadableError(f"{self.site} links no stories that could be found:{tried}")
            )


def _front(url: str) -> Walk:
    section = urlsplit(url).path.strip("/").rpartition("/")[2]
    return Walk(kind="listing", url=url, section=section, is_guess=True)


def _is_called_news(url: str) -> bool:
    return "news" in urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()


def _first_day_of_news(now: datetime) -> str:
    return (now - _NEWS).date().isoformat()


def _is_new(changed: Moment | None, first_day: str) -> bool:
    return changed is not None and changed.day >= first_day


def _doors(response: Response) -> home.Doors:
    return home.doors(response) if isinstance(response, TextResponse) else home.Doors()
