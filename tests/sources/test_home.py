from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from crawler.sources.home import MOST_FEEDS, MOST_LISTINGS, HomeLinks, home_links

URL = "https://www.example.org/"

HOME = """\
<!DOCTYPE html><html><head>
<link rel="alternate" type="application/rss+xml" title="Example" href="/feed/">
<link rel="alternate" type="application/rss+xml" title="Comments Feed" href="/comments/feed/">
<link rel="Alternate" type="application/atom+xml; charset=x" href="https://feeds.example.net/top">
<link rel="alternate" type="application/feed+json" href="feed.json">
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7">
<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed/1.0/embed">
<link rel="alternate" hreflang="de" href="https://www.example.org/de/">
<link rel="stylesheet" href="/rss/style.xml.css">
<link rel="https://api.w.org/" href="https://www.example.org/wp-json/">
</head><body>
<header><nav><ul>
  <li><a href="/">Home</a><li><a href="/world">World</a><li><a href="/World#top">World</a>
  <li><a href="/world/asia/?utm_source=nav">Asia</a>
  <li><a href="https://example.org/us-politics/">US</a>
  <li><a href="/%D0%BC%D0%B8%D1%80/">Мир</a><li><a href="/world">World again</a>
  <li><a href="/about">About</a><li><a href="/login">Sign in</a>
  <li><a href="/world?edition=uk">UK</a><li><a href="/2024">2024</a><li><a href="/a/b/c">Deep</a>
  <li><a href="https://shop.example.net/world">Shop</a>
</ul></nav></header>
<main><a href="/science">Science</a><a href="/world/ministers-meet-in-oslo-today">Story</a></main>
<footer><a href="/rss">RSS</a><a href="/feeds/sports.xml">Sports</a><a href="/markets.rss">M</a>
<a href="https://other.example/feed/">theirs</a></footer>
</body></html>
"""


def home(markup: str, **headers: str) -> HomeLinks:
    return home_links(HtmlResponse(URL, body=markup.encode(), headers=headers, encoding="utf-8"))


def test_feeds_and_section_fronts() -> None:
    assert home(HOME) == HomeLinks(
        feeds=(
            "https://www.example.org/feed/",
            "https://feeds.example.net/top",
            "https://www.example.org/feed.json",
            "https://www.example.org/rss",
            "https://www.example.org/feeds/sports.xml",
            "https://www.example.org/markets.rss",
        ),
        unsure=frozenset(
            f"https://www.example.org/{shown}"
            for shown in ("rss", "feeds/sports.xml", "markets.rss")
        ),
        listings=(
            "https://www.example.org/world",
            "https://www.example.org/World",
            "https://www.example.org/world/asia/",
            "https://example.org/us-politics/",
            "https://www.example.org/%D0%BC%D0%B8%D1%80/",
        ),
        has_rest_api=True,
        is_wordpress=True,
    )


@pytest.mark.parametrize(
    ("markup", "is_wordpress"),
    [
        ('<link rel="stylesheet" href="/wp-content/themes/x/style.css">', True),
        ('<script src="https://cdn.example.net/wp-includes/js/x.js"></script>', True),
        ('<a href="/2024/how-wp-content-is-made">WordPress</a>', False),
    ],
)
def test_what_wordpress_leaves_on_a_page(markup: str, *, is_wordpress: bool) -> None:
    found = home(f"<html><body>{markup}</body></html>")
    assert found.is_wordpress is is_wordpress
    assert not found.has_rest_api


@pytest.mark.parametrize(
    "around",
    [
        "<nav>{}</nav>",
        "<header>{}</header>",
        "<div role=navigation>{}</div>",
        "<div class='main-menu'><ul><li>{}</li></ul></div>",
        "<div id='nav'>{}</div>",
    ],
)
def test_navigation_is_preferred(around: str) -> None:
    found = home("<a href=/other>Other</a>" + around.format("<a href=/world>World</a>"))
    assert found.listings == ("https://www.example.org/world",)


def test_without_navigation_all_fronts_count() -> None:
    assert home("<p><a href=/world>World</a>").listings == ("https://www.example.org/world",)


@pytest.mark.parametrize(
    ("link", "is_there"),
    [
        ('<https://www.example.org/wp-json/>; rel="https://api.w.org/"', True),
        ('<https://www.example.org/?p=1>; rel="shortlink"', False),
    ],
)
def test_rest_in_the_head_of_the_answer(link: str, is_there: bool) -> None:
    assert home("<p>x", Link=link).has_rest_api is is_there


def test_links_are_capped() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [first + second for first in letters[:10] for second in letters]
    markup = "".join(f"<a href=/{name}>x</a><a href=/{name}/feed/>y</a>" for name in names)
    found = home(markup)
    assert (len(found.feeds), len(found.listings)) == (MOST_FEEDS, MOST_LISTINGS)


def test_nothing() -> None:
    assert home("") == HomeLinks()
