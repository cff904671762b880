"""The doors of a news service: what a feed, a sitemap or a section front links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from scrapy.http import Response, TextResponse

from crawler.sources import feeds, listings, sitemaps
from crawler.sources.feeds import NotAFeedError
from crawler.sources.link import Link
from crawler.sources.services import Service
from crawler.sources.sitemaps import Child, CutSitemapError, NotASitemapError

_HEAD = 2048  # bytes in which the root element is
_SITEMAP = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]|^\x1f\x8b", re.IGNORECASE)
_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]|jsonfeed\.org/version", re.IGNORECASE)


class UnreadableDoorError(ValueError):
    """What came is not what the door should be; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The way through the pages of the door at ``url``; ``kind`` is feed, sitemap or listing.

    It links the stories of ``section``, empty if those of all. ``since`` is when all that it
    linked had been read, empty if it never had. ``depth`` counts the sitemap indexes above it.
    ``is_guess``: nobody said that it is there.
    """

    kind: str
    url: str
    section: str = ""
    since: str = ""
    page: int = 1
    depth: int = 0
    is_guess: bool = False

    def on(self, *, is_guess: bool) -> Walk:
        """Return the walk one page further."""
        return replace(self, page=self.page + 1, is_guess=self.is_guess or is_guess)


@dataclass(slots=True, kw_only=True)
class Leaf:
    """A page of a door: ``links`` to stories of these days, and to those of its ``archive``.

    ``older`` is the address of the next page; if it ``is_guess``, nobody said that it is there.
    ``children`` are sitemaps below, ``faults`` say what of the page could not be read.
    """

    links: list[Link] = field(default_factory=list)
    archive: list[Link] = field(default_factory=list)
    older: str = ""
    is_guess: bool = False
    children: list[Child] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def opened(response: Response, walk: Walk, service: Service) -> Leaf:
    """Return what *response*, the page of *walk*, links. Raises `UnreadableDoorError`."""
    if response.status != 200:
        raise UnreadableDoorError(f"{response.url} answers with status {response.status}")
    try:
        return _READERS[walk.kind](response, walk, service)
    except (NotAFeedError, NotASitemapError) as error:
        raise UnreadableDoorError(f"{response.url}: {error}") from None


def kind(response: Response) -> str:
    """Return which door *response* is itself: feed, sitemap, or else listing."""
    head = response.body[:_HEAD]
    if _SITEMAP.search(head):
        return "sitemap"
    return "feed" if _FEED.search(head) else "listing"


def _feed(response: Response, walk: Walk, service: Service) -> Leaf:
    media_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    feed = feeds.read(response.body, response.url, media_type)
    # WordPress has older pages, but does not say so.
    guess = feeds.paged(walk.url, walk.page + 1) if feed.is_wordpress else ""
    return Leaf(
        links=list(feed.links),
        older=feed.next or guess,
        is_guess=not feed.next,
        faults=list(feed.problems),
    )


def _sitemap(response: Response, walk: Walk, service: Service) -> Leaf:
    leaf = Leaf()
    try:
        for entry in sitemaps.read(response.body, response.url):
            if isinstance(entry, Child):
                leaf.children.append(entry)
            elif entry.is_news:
                leaf.links.append(entry.link)
            elif not service.articles or re.search(service.articles, entry.link.url):
                leaf.archive.append(entry.link)
    except CutSitemapError as error:
        leaf.faults.append(str(error))
    return leaf


def _listing(response: Response, walk: Walk, service: Service) -> Leaf:
    if not isinstance(response, TextResponse):
        raise UnreadableDoorError(f"{response.url} is no page of text")
    listing = listings.read(response, service.articles, service.skip)
    if not listing.links:
        raise UnreadableDoorError(f"{response.url} links nothing that looks like a story")
    return Leaf(links=list(listing.links), older=listing.next)


_READERS = {"feed": _feed, "sitemap": _sitemap, "listing": _listing}
