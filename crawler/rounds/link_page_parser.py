"""Feeds, sitemaps and listings of an archive, parsed in a process that can be killed.

They are as hostile as on the day when they came: one that takes for ever costs itself alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from crawler.sources import feeds, listings, sitemaps
from crawler.sources.feeds import NotAFeedError
from crawler.sources.sitemaps import ChildSitemap, CutSitemapError, NotASitemapError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.sources.link import Link
    from crawler.sources.link_answer import LinkAnswer


class UnreadListError(ValueError):
    """A list that cannot be read; the message says why."""


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


def parse(page: LinkAnswer) -> Contents:
    """Return what *page* has. Raises `UnreadListError`."""
    try:
        return _PARSERS[page.kind](page)
    except (NotAFeedError, NotASitemapError) as error:
        raise UnreadListError(str(error)) from None


def _feed(page: LinkAnswer) -> Contents:
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


def _sitemap(page: LinkAnswer) -> Contents:
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


def _listing(page: LinkAnswer) -> Contents:
    found = listings.read(page.page, page.articles, page.skip, page.domains)
    return Contents(links=list(found.links), older=found.next)


_PARSERS = {"feed": _feed, "sitemap": _sitemap, "listing": _listing}
