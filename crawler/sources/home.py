"""The link pages and the REST API that the home page of a site names.

Source: WordPress REST API handbook, "Discovery".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote, urlsplit

from scrapy.http import TextResponse

from crawler.sources.address import address_key, without_tracking
from crawler.sources.feed_links import declared_feeds, shown_feeds
from crawler.sources.html_links import HtmlLinks, in_menu, link_types
from crawler.sources.site import on_site, site_domain

MOST_FEEDS = 30
MOST_LISTINGS = 30

_REST = "https://api.w.org/"
_WORDPRESS = re.compile(rb"/wp-(?:content|includes)/")  # where its own files lie
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeLinks:
    """The addresses of link pages, in the order of the page, declared ones before others.

    ``unsure`` are those of the ``feeds`` that may be something else. ``has_rest_api`` tells whether
    the page declares a WordPress REST API, ``is_wordpress`` whether WordPress made it in any case.
    """

    feeds: tuple[str, ...] = ()
    unsure: frozenset[str] = frozenset()
    listings: tuple[str, ...] = ()
    has_rest_api: bool = False
    is_wordpress: bool = False


def home_links(response: TextResponse) -> HomeLinks:
    """Return what the home page *response* links: feeds, section fronts, the REST API."""
    page = HtmlLinks(response)
    anchors = [(anchor, url) for anchor, url in page.links("a") if _is_here(url, page.url)]
    declared = list(declared_feeds(page))
    shown = [url for url in shown_feeds(page) if _is_here(url, page.url)]
    feeds = _each_once([*(url for url, _ in declared), *shown], MOST_FEEDS)
    sure = _each_once([url for url, is_sure in declared if is_sure], MOST_FEEDS)
    fronts = [(anchor, url) for anchor, url in anchors if _is_front(url)]
    in_menus = [url for anchor, url in fronts if in_menu(anchor)]
    has_rest_api = _has_rest(response, page)
    return HomeLinks(
        feeds=feeds,
        unsure=frozenset(feeds) - frozenset(sure),
        listings=_each_once(in_menus or [url for _, url in fronts], MOST_LISTINGS),
        has_rest_api=has_rest_api,
        is_wordpress=has_rest_api or _WORDPRESS.search(response.body) is not None,
    )


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
