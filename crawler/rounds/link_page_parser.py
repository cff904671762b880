"""Feeds, sitemaps and listings of an archive, parsed in a process that can be killed.

They are as hostile as on the day when they came: one that takes for ever costs itself alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlsplit

from scrapy.http import HtmlResponse, Response, TextResponse

from crawler.sources import feeds, listings, sitemaps
from crawler.sources.feeds import NotAFeedError
from crawler.sources.sitemaps import ChildSitemap, CutSitemapError, NotASitemapError
from crawler.sources.sniffing import document_kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.sources.link import Link

Kind = Literal["feed", "sitemap", "listing"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("feed", "json_feed"), "feed"),
    **dict.fromkeys(("sitemap", "addresses", "gzip"), "sitemap"),
}


class UnreadListError(ValueError):
    """A list that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """The answer that is a link page of a *kind*, and all that parsing it takes.

    ``encoding`` is what a listing is in. ``articles``, ``skip`` and ``domains`` are as
    `crawler.sources.listings.read` takes them.
    """

    kind: Kind
    url: str
    body: bytes
    content_type: str = ""
    encoding: str = ""
    articles: str = ""
    skip: str = ""
    domains: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.url


@dataclass(slots=True, kw_only=True)
class Contents:
    """What a link page has: ``links`` to stories, ``past`` ones to stories of any time.

    ``children`` are the sitemaps of an index, ``older`` is the address of the next older page,
    ``site`` that of the feed's own site. ``problems`` say what could not be read.
    """

    links: list[Link] = field(default_factory=list)
    past: list[Link] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    older: str = ""
    site: str = ""
    problems: list[str] = field(default_factory=list)


def kind_of(response: Response) -> Kind | None:
    """Return which link page *response* is: feed or sitemap, None if it is neither."""
    return _KINDS.get(document_kind(response.body))


def link_page(
    response: Response,
    kind: Kind,
    *,
    articles: str = "",
    skip: str = "",
    domains: Iterable[str] = (),
) -> LinkPage:
    """Return *response* as a link page of *kind*."""
    return LinkPage(
        kind=kind,
        url=response.url,
        body=response.body,
        content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
        encoding=response.encoding if isinstance(response, TextResponse) else "",
        articles=articles,
        skip=skip,
        domains=tuple(domains),
    )


def parse(page: LinkPage) -> Contents:
    """Return what *page* has. Raises `UnreadListError`."""
    try:
        return _PARSERS[page.kind](page)
    except (NotAFeedError, NotASitemapError) as error:
        raise UnreadListError(str(error)) from None


def _feed(page: LinkPage) -> Contents:
    feed = feeds.read(page.body, page.url, page.content_type)
    guess = feeds.wordpress_page_url(page.url, _number_of(page.url) + 1)
    return Contents(
        links=_without_texts(feed.links),
        older=feed.next or (guess if feed.is_wordpress else ""),
        site=feed.site,
        problems=list(feed.problems),
    )


def _without_texts(links: Iterable[Link]) -> list[Link]:
    return [replace(link, content="") if link.content else link for link in links]


def _number_of(url: str) -> int:
    page = dict(parse_qsl(urlsplit(url).query)).get("paged", "1")
    return int(page) if page.isdecimal() and len(page) < 7 else 1


def _sitemap(page: LinkPage) -> Contents:
    contents = Contents()
    try:
        for entry in sitemaps.read(page.body, page.url):
            if isinstance(entry, ChildSitemap):
                contents.children.append(entry.url)
            elif entry.is_news:
                contents.links.append(replace(entry.link, content=""))
            elif not page.articles or re.search(page.articles, entry.link.url):
                contents.past.append(entry.link)
    except CutSitemapError as error:
        contents.problems.append(str(error))
    return contents


def _listing(page: LinkPage) -> Contents:
    response = HtmlResponse(page.url, body=page.body, encoding=page.encoding or "utf-8")
    found = listings.read(response, page.articles, page.skip, page.domains)
    return Contents(links=list(found.links), older=found.next)


_PARSERS = {"feed": _feed, "sitemap": _sitemap, "listing": _listing}
