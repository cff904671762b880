"""Link pages: feeds, sitemaps and listings, and the stories that they link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from scrapy.http import Response, TextResponse

from crawler.sources import feeds, listings, sitemaps
from crawler.sources.feeds import NotAFeedError
from crawler.sources.link import Link
from crawler.sources.services import Service
from crawler.sources.sitemaps import ChildSitemap, CutSitemapError, NotASitemapError
from crawler.sources.sniffing import document_kind

_KINDS = {
    "feed": "feed",
    "json_feed": "feed",
    "sitemap": "sitemap",
    "addresses": "sitemap",
    "gzip": "sitemap",
}


class UnreadableLinkPageError(ValueError):
    """The answer is not the link page that it should be; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """A link page at ``url``, or an older page of it; ``kind`` is feed, sitemap or listing.

    It links the stories of ``section``, empty for those of all sections. ``since`` is when an
    earlier run had read all that it linked, empty if none had. ``depth`` counts the sitemap indexes
    above it. ``is_guess`` means that it need not exist.
    """

    kind: str
    url: str
    section: str = ""
    since: str = ""
    page: int = 1
    depth: int = 0
    is_guess: bool = False

    def older(self, *, is_guess: bool) -> LinkPage:
        """Return the next older page."""
        return replace(self, page=self.page + 1, is_guess=self.is_guess or is_guess)


@dataclass(slots=True, kw_only=True)
class Contents:
    """What a link page holds.

    ``links`` lead to the stories of these days, ``archive_links`` to those of any time. ``older``
    is the address of the next older page; ``is_guess`` means that it need not exist.
    ``children`` are the sitemaps of an index. ``problems`` say what of the page could not be read.
    """

    links: list[Link] = field(default_factory=list)
    archive_links: list[Link] = field(default_factory=list)
    older: str = ""
    is_guess: bool = False
    children: list[ChildSitemap] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the page links nothing."""
        return not (self.links or self.archive_links or self.children)


def read_link_page(response: Response, link_page: LinkPage, service: Service) -> Contents:
    """Return what *response*, the answer for *link_page*, holds.

    Raises `UnreadableLinkPageError`.
    """
    if response.status != 200:
        raise UnreadableLinkPageError(f"{response.url} answers with status {response.status}")
    try:
        return _READERS[link_page.kind](response, link_page, service)
    except (NotAFeedError, NotASitemapError) as error:
        raise UnreadableLinkPageError(f"{response.url}: {error}") from None


def link_page_kind(response: Response) -> str:
    """Return which link page *response* is: feed, sitemap, or else listing."""
    return _KINDS.get(document_kind(response.body), "listing")


def _read_feed(response: Response, link_page: LinkPage, service: Service) -> Contents:
    media_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    feed = feeds.read(response.body, response.url, media_type)
    # WordPress has older pages, but does not say so.
    guess = feeds.wordpress_page_url(link_page.url, link_page.page + 1) if feed.is_wordpress else ""
    return Contents(
        links=list(feed.links),
        older=feed.next or guess,
        is_guess=not feed.next,
        problems=list(feed.problems),
    )


def _read_sitemap(response: Response, link_page: LinkPage, service: Service) -> Contents:
    contents = Contents()
    try:
        for entry in sitemaps.read(response.body, response.url):
            if isinstance(entry, ChildSitemap):
                contents.children.append(entry)
            elif entry.is_news:
                contents.links.append(entry.link)
            elif not service.articles or re.search(service.articles, entry.link.url):
                contents.archive_links.append(entry.link)
    except CutSitemapError as error:
        contents.problems.append(str(error))
    return contents


def _read_listing(response: Response, link_page: LinkPage, service: Service) -> Contents:
    if not isinstance(response, TextResponse):
        raise UnreadableLinkPageError(f"{response.url} is no page of text")
    listing = listings.read(response, service.articles, service.skip)
    if not listing.links:
        raise UnreadableLinkPageError(f"{response.url} links nothing that looks like a story")
    return Contents(links=list(listing.links), older=listing.next)


_READERS = {"feed": _read_feed, "sitemap": _read_sitemap, "listing": _read_listing}
