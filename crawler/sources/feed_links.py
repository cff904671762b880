"""The feeds that an HTML page declares, shows or lists.

Sources: HTML Living Standard 4.6.7.1 (``alternate``); RSS Advisory Board, feed autodiscovery; JSON
Feed 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from crawler.sources.address import address_key
from crawler.sources.html_links import HtmlLinks, in_margin, link_types

_TYPE = re.compile(
    r"(?:application|text)/(?:(?:x-)?(?:rss|atom|rdf)(?:\+xml)?)|application/feed\+json"
)
# What declares a feed by these types may be anything else.
_LOOSE_TYPE = re.compile(r"(?:application|text)/xml|application/json|")
_PATH = re.compile(
    r"/(?:rss|feeds?|atom)(?:/|$)|\.(?:rss|atom|rdf)$|(?:rss|feed|atom)[^/]*\.(?:xml|json)$"
    r"|/(?:rss|feeds?)/.*\.xml$|/rss[^/]*\.\w{2,5}$|/rss_?feeds?/",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(?:^|&)(?:feed|format|type|output|rss)=(?:rss2?|atom|feed|rdf)(?=&|$)", re.I)
_HOST = re.compile(r"(?:rss|feeds?)\d?\.")
_NO_FEED = re.compile(r"oembed|opensearch|wlwmanifest|xmlrpc|sitemap", re.IGNORECASE)
# Readers to which a feed can be added have its address in theirs.
_READER = re.compile(r"https?(?::|%3A)", re.IGNORECASE)
# WordPress's feeds of comments, by address and by title in seven languages.
_COMMENTS = re.compile(
    r"/comments/feed|feed=comments|\bcomments feed|kommentar-feed|flux des commentaires"
    r"|feed de (?:los )?coment[aá]rios|feed dei commenti|комментариев",
    re.IGNORECASE,
)
_FEWEST = 2


def is_feed_address(url: str) -> bool:
    """Tell whether *url* is one as feeds have."""
    parts = urlsplit(url)
    on_feed_host = _HOST.match(parts.hostname or "") and parts.path.strip("/")
    return bool(on_feed_host or _PATH.search(parts.path) or _QUERY.search(parts.query))


def declared_feeds(page: HtmlLinks) -> Iterator[tuple[str, bool]]:
    """Yield the addresses that the head of *page* gives as feeds, and whether each surely is one.

    The comments of readers are none.
    """
    for link, url in page.links("link"):
        kind = link.get("type", "").partition(";")[0].strip().lower()
        types = link_types(link)
        is_sure = bool(_TYPE.fullmatch(kind))
        # WordPress also declares the REST and oEmbed addresses of its posts as JSON.
        may_be = _LOOSE_TYPE.fullmatch(kind) and (
            kind.endswith("/xml") or "feed" in types or is_feed_address(url)
        )
        is_declared = not {"alternate", "feed"}.isdisjoint(types) and not link.get("hreflang")
        is_other = _COMMENTS.search(f"{link.get('title', '')} {url}") or _NO_FEED.search(url)
        if (is_sure or may_be) and is_declared and not is_other:
            yield url, is_sure


def shown_feeds(page: HtmlLinks) -> Iterator[str]:
    """Yield the addresses of anchors of *page* that look like feeds, wherever they are."""
    for anchor, url in page.links("a"):
        kind = anchor.get("type", "").partition(";")[0].strip().lower()
        is_feed = _TYPE.fullmatch(kind) or is_feed_address(url)
        away = url.partition("://")[2]
        if is_feed and not (_READER.search(away) or _COMMENTS.search(url) or _NO_FEED.search(url)):
            yield url


def listed_feeds(page: HtmlLinks) -> list[str]:
    """Return the feeds that *page* lists for its readers, each once; none if it is no such list.

    One feed, or feeds in menus and at the foot, stand on any page.
    """
    inside = {url for anchor, url in page.links("a") if not in_margin(anchor)}
    once = {address_key(url): url for url in shown_feeds(page) if url in inside}
    once.pop(address_key(page.url), None)
    is_front = urlsplit(page.url).path in ("", "/")
    return [*once.values()] if len(once) >= _FEWEST and not is_front else []
