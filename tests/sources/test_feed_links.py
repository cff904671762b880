"""Feeds that a page declares, shows or lists."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from crawler.sources.feed_links import declared_feeds, is_feed_address, listed_feeds
from crawler.sources.html_links import HtmlLinks

URL = "https://www.example.org/services/rss.html"


def page(markup: str, url: str = URL) -> HtmlLinks:
    return HtmlLinks(HtmlResponse(url, body=markup.encode(), encoding="utf-8"))


@pytest.mark.parametrize(
    ("attributes", "is_sure"),
    [
        ('rel="alternate" type="application/rss+xml"', True),
        ('rel="alternate" type="text/rss+xml"', True),
        ('rel="alternate" type="application/atom"', True),
        ('rel="alternate" type="text/xml"', False),
        ('rel="ALTERNATE" type="application/xml; charset=utf-8"', False),
        ('rel="feed"', False),
    ],
)
def test_declared_feeds(attributes: str, is_sure: bool) -> None:
    found = list(declared_feeds(page(f'<link {attributes} href="/news.xml">')))
    assert found == [("https://www.example.org/news.xml", is_sure)]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="text/xml+oembed" href="/oembed.xml">',
        '<link rel="alternate" type="text/xml" href="/oembed?format=xml">',
        '<link rel="alternate" type="application/xml" hreflang="de" href="/de.xml">',
        '<link rel="search" type="application/opensearchdescription+xml" href="/o.xml">',
        '<link rel="EditURI" type="application/rsd+xml" href="/xmlrpc.php?rsd">',
        '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">',
        '<link rel="alternate" media="handheld" href="https://m.example.org/">',
    ],
)
def test_other_links_in_the_head(link: str) -> None:
    assert list(declared_feeds(page(link))) == []


@pytest.mark.parametrize(
    "url",
    [
        *("https://feeds.example.co.uk/news/world", "https://rss.example.com/services/xml/World"),
        *("https://example.org/rssfeeds/-2128.cms", "https://example.org/rss.php?id=3"),
        *("https://example.org/index.php?format=feed&type=rss", "https://example.org/?feed=rss2"),
        *("https://example.org/feed/", "https://example.org/xml/rss.xml"),
    ],
)
def test_addresses_of_feeds(url: str) -> None:
    assert is_feed_address(url)


@pytest.mark.parametrize(
    "url",
    [
        *("https://feeds.example.org/", "https://example.org/2026/feeding-the-cats"),
        *("https://example.org/world?from=rss", "https://example.org/rssi-strength"),
    ],
)
def test_other_addresses(url: str) -> None:
    assert not is_feed_address(url)


LIST = """<nav><a href="/feed">RSS</a><a href="/atom.xml">Atom</a></nav>
<table><tr><td>World<td><a href="https://feeds.example.net/world">XML</a>
<td><a href="https://reader.example/i/feed/https://feeds.example.net/world">add</a>
<tr><td>Sport<td><a href="https://feeds.example.net/sport">XML</a>
<td><a href="https://validator.example/feed/check?url=https%3A%2F%2Ffeeds.example.net">check</a>
</table><p><a href="/services/rss.html#top">Up</a>"""


def test_a_page_that_lists_feeds() -> None:
    assert listed_feeds(page(LIST)) == [
        "https://feeds.example.net/world",
        "https://feeds.example.net/sport",
    ]


@pytest.mark.parametrize(
    ("markup", "url"),
    [
        (LIST.partition("<table>")[0], URL),
        ('<p>Our feed has moved: <a href="/feed2.xml">here</a>', URL),
        (LIST, "https://www.example.org/"),
    ],
    ids=["in-the-margin", "one", "front-page"],
)
def test_pages_that_list_none(markup: str, url: str) -> None:
    assert listed_feeds(page(markup, url)) == []
