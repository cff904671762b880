"""The link pages and the REST API that the home page of a site names.

Sources: HTML Living Standard 4.6.7.1 (``alternate``); RSS Advisory Board, feed autodiscovery; JSON
Feed 1.1; WordPress REST API handbook, "Discovery".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from scrapy.http import TextResponse

from crawler.sources.address import address_key, without_tracking
from crawler.sources.html_links import HtmlLinks, link_types
from crawler.sources.site import on_site, site_domain

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_FEEDS = 30
MOST_LISTINGS = 30

_REST = "https://api.w.org/"
_FEED_TYPE = re.compile(r"application/(?:(?:x-)?rss\+xml|(?:atom|rdf)\+xml|feed\+json)")
_FEED_PATH = re.compile(
    r"/(?:rss|feeds?|atom)(?:/|$)|\.(?:rss|atom|rdf)$|(?:rss|feed|atom)[^/]*\.(?:xml|json)$"
    r"|/(?:rss|feeds?)/.*\.xml$",
    re.IGNORECASE,
)
# WordPress's feeds of comments, by address and by title in seven languages.
_COMMENTS = re.compile(
    r"/comments/feed|feed=comments|\bcomments feed|kommentar-feed|flux des commentaires"
    r"|feed de (?:los )?coment[aá]rios|feed dei commenti|комментариев",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(r"(?:^|[-_ ])(?:nav|navbar|navigation|menu|sections?)(?:$|[-_ ])", re.I)
_NO_SECTION = re.compile(
    r"about|about-us|accessibility|account|ads|advertise|advertising|app|apps|archive|"
    r"archives|author|authors|careers|category|contact|contact-us|contacts|cookies|"
    r"corrections|donate|events|faq|feed|feeds|games|help|home|impressum|imprint|index|"
    r"jobs|legal|live|login|logout|masthead|membership|newsletter|newsletters|obituaries|"
    r"podcast|podcasts|policies|privacy|privacy-policy|profile|register|rss|search|shop|"
    r"sign-in|sign-up|signin|signup|sitemap|staff|store|subscribe|subscription|support|tag|"
    r"tags|team|terms|terms-of-service|terms-of-use|tv|video|videos|watch|wp-admin|"
    r"wp-login"
)
_MOST_HYPHENS = 2
_LONGEST_WORD = 30
_HIGHEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeLinks:
    """The addresses of link pages, in the order of the page, declared ones before others.

    ``has_rest_api`` tells whether the page declares a WordPress REST API.
    """

    feeds: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()
    has_rest_api: bool = False


def home_links(response: TextResponse) -> HomeLinks:
    """Return what the home page *response* links: feeds, section fronts, the REST API."""
    page = HtmlLinks(response)
    anchors = [(anchor, url) for anchor, url in page.links("a") if _is_here(url, page.url)]
    shown = [url for _, url in anchors if _FEED_PATH.search(urlsplit(url).path)]
    fronts = [(anchor, url) for anchor, url in anchors if _is_front(url)]
    in_menus = [url for anchor, url in fronts if _in_navigation(anchor)]
    return HomeLinks(
        feeds=_each_once([*_declared(page), *shown], MOST_FEEDS),
        listings=_each_once(in_menus or [url for _, url in fronts], MOST_LISTINGS),
        has_rest_api=_has_rest(response, page),
    )


def _declared(page: HtmlLinks) -> Iterator[str]:
    for link, url in page.links("link"):
        kind = link.get("type", "").partition(";")[0].strip().lower()
        # WordPress also declares the REST and oEmbed addresses of its posts as JSON.
        is_feed = _FEED_TYPE.fullmatch(kind) or (kind == "application/json" and "feed" in url)
        is_declared = not {"alternate", "feed"}.isdisjoint(link_types(link))
        if is_feed and is_declared and not _COMMENTS.search(f"{link.get('title', '')} {url}"):
            yield url


def _is_here(url: str, home: str) -> bool:
    return on_site(url, [site_domain(home)]) and address_key(url) != address_key(home)


def _is_front(url: str) -> bool:
    """Tell whether the path of *url* is one or two plain words, as sections are called."""
    parts = urlsplit(without_tracking(url))
    words = unquote(parts.path).strip("/").lower().split("/")
    return not parts.query and len(words) <= 2 and all(map(_is_word, words))


def _is_word(segment: str) -> bool:
    letters = segment.replace("-", "").replace("&", "")
    is_plain = letters.isalpha() and len(segment) <= _LONGEST_WORD
    return is_plain and segment.count("-") <= _MOST_HYPHENS and not _NO_SECTION.fullmatch(segment)


def _in_navigation(anchor: _Element) -> bool:
    return any(
        around.tag in ("nav", "header")
        or around.get("role") == "navigation"
        or _NAVIGATION.search(f"{around.get('class', '')} {around.get('id', '')}")
        for around in islice(anchor.iterancestors(), _HIGHEST)
        if around.tag != "body"
    )


def _has_rest(response: TextResponse, page: HtmlLinks) -> bool:
    headers = response.headers.getlist("Link")
    return any(_REST.encode() in header for header in headers) or any(
        _REST in link_types(link) for link, _ in page.links("link")
    )


def _each_once(urls: Iterable[str], most: int) -> tuple[str, ...]:
    once: dict[str, str] = {}
    for url in urls:
        once.setdefault(address_key(url), without_tracking(url))
    return tuple(islice(once.values(), most))
