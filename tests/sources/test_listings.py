from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from crawler.sources.link import Link
from crawler.sources.listings import MOST_LINKS, Listing, read

URL = "https://www.example.org/world"

PAGE = """\
<!DOCTYPE html><html><head><base href="https://www.example.org/"></head><body>
<nav><a href="/world">World news from all over the globe</a><a href="/business">Business</a></nav>
<article>
  <a href="/world/ministers-meet-in-oslo?utm_source=front#top"><img alt=""></a>
  <h2><a href="/world/ministers-meet-in-oslo">Ministers <em>meet</em> in Oslo &amp; agree on
  fish</a></h2>
  <p>They met for three days.</p><a href="/world/ministers-meet-in-oslo?fbclid=1">Read more</a>
  <a href="/author/jane-doe-of-oslo">Jane Doe, chief correspondent in Oslo</a>
</article>
<a class="card" href="https://news.example.org/article/1a2b3c4d5e">
  <h3>A whole card is one long link here</h3><p>With a summary below it.</p></a>
<div class="card"><h3>The heading stands beside its link</h3>
  <div><a href="/2024/01/15/heading">Read on</a></div></div>
<a href="/story.php?id=48213&amp;page=1">An old system numbers its stories only</a>
<a href="/news/日本語の記事-12345">日本の首相が国会で演説を行った</a>
<a href="/tag/peace-talks-in-oslo">All stories about the peace talks in Oslo</a>
<a href="/video/ministers-meet-in-oslo-today">Video: the ministers meet in Oslo today</a>
<a href="/world/short-slug-of-words">Too short</a>
<a href="/world/europe">A section with quite a long name here</a>
<a href="https://other.example/world/ministers-meet-in-oslo">Another site tells the same story</a>
<a href="javascript:void(0)">A script that has a headline's length</a>
</body></html>
"""


def listing(markup: str, url: str = URL, articles: str = "", skip: str = "") -> Listing:
    return read(HtmlResponse(url, body=markup.encode(), encoding="utf-8"), articles, skip)


def urls(found: Listing) -> list[str]:
    return [link.url for link in found.links]


def test_stories_by_rule() -> None:
    assert listing(PAGE).links == (
        Link(
            url="https://www.example.org/world/ministers-meet-in-oslo",
            title="Ministers meet in Oslo &amp; agree on fish",
        ),
        Link(
            url="https://news.example.org/article/1a2b3c4d5e",
            title="A whole card is one long link here",
        ),
        Link(
            url="https://www.example.org/2024/01/15/heading",
            title="The heading stands beside its link",
        ),
        Link(
            url="https://www.example.org/story.php?id=48213&page=1",
            title="An old system numbers its stories only",
        ),
        Link(
            url="https://www.example.org/news/%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%81%AE%E8%A8%98%E4%BA%8B-12345",
            title="日本の首相が国会で演説を行った",
        ),
    )


def test_stories_by_pattern() -> None:
    found = listing(PAGE, articles=r"/world/[a-z]+-|/tag/", skip=r"/tag/|other\.example")
    assert urls(found) == [
        "https://www.example.org/world/ministers-meet-in-oslo",
        "https://www.example.org/world/short-slug-of-words",
    ]
    assert found.links[1].title == "Too short"


def test_skip_without_articles() -> None:
    found = listing(PAGE, skip="/article/|/story|/news/|/2024/")
    assert urls(found) == ["https://www.example.org/world/ministers-meet-in-oslo"]


@pytest.mark.parametrize(
    ("path", "is_story"),
    [
        ("/world/a-slug-of-words", True),
        ("/world/a_slug_of_words.html", True),
        ("/2024/01/15/oslo", True),
        ("/2024-01-15/oslo", True),
        ("/20240115/oslo", True),
        ("/news/world-67890123", True),
        ("/articles/c4gz01y5x0lo", True),
        ("/index.php?article=12345", True),
        ("/world", False),
        ("/world/two-words", False),
        ("/world/2024", False),
        ("/topics/a-slug-of-words", True),
        ("/Videos/a-slug-of-words", False),
        ("/account/a-slug-of-words", False),
        ("/world?page=2", False),
    ],
)
def test_addresses_that_read_like_a_story(path: str, is_story: bool) -> None:
    found = listing(f"<a href='{path}'>Ministers meet in Oslo and agree</a>", "https://e.org/x")
    assert bool(found.links) is is_story


STORY, EITHER, OTHER = "story", "either", "other"


@pytest.mark.parametrize(
    ("link", "verdict"),
    [
        ("<a href='/2026/10/01/pope-dies'>Pope dies</a>", STORY),
        ("<a href='/2026/10/pope-dies'><img src=x></a>", STORY),
        ("<a href='/world/pope-dies-71234567'>Pope dies</a>", STORY),
        ("<a href='/a-71234567'>教宗逝世了</a>", STORY),
        ("<a href='/world/a-71234567'>Photos</a>", STORY),
        ("<a href='/world/the-pope-dies-in-rome'>Pope dies</a>", STORY),
        ("<a href='/people/actor-marries-in-rome'>An actor marries his dentist in Rome</a>", STORY),
        ("<a href='/jobs/steel-plant-to-close'>Steel plant closes with 900 jobs lost</a>", STORY),
        ("<a href='/topics/2026/10/01/ice-melts'>Sea ice melts at a record pace</a>", STORY),
        ("<a href='/help/how-to-save-heat'>How to save heat in an old house</a>", STORY),
        ("<a href='/politics/budget-vote'>The budget passes by a single vote</a>", EITHER),
        ("<a href='/politics/budget-vote'>Budget vote</a>", EITHER),
        ("<a href='/sport/world-cup-2026'>World Cup 2026</a>", EITHER),
        (
            "<article><header><a href='/2026/10/01/pope-dies'>Pope dies</a></header></article>",
            STORY,
        ),
        ("<footer><a href='/2026/10/01/pope-dies'>Pope dies</a></footer>", OTHER),
        ("<nav><a href='/politics/budget-vote'>Budget vote</a></nav>", OTHER),
        ("<a href='/2026/10/01/'>October 1</a>", OTHER),
        ("<a href='/2026/10/01/pope-dies/print'>Print this</a>", OTHER),
        ("<a href='/people/jane-doe'>Jane Doe, chief correspondent in Oslo</a>", OTHER),
        ("<a href='/jobs/71234567'>Data engineer</a>", OTHER),
        ("<a href='/topics/war-in-the-east'>The war</a>", OTHER),
        ("<a href='/author/71234567'>Jane Doe</a>", OTHER),
        ("<a href='/legal/cookie-policy'>Cookie policy</a>", OTHER),
        ("<a href='/world/europe'>A section with quite a long name here</a>", OTHER),
        ("<a href='/world/a-71234567'>12</a>", OTHER),
    ],
)
def test_stories_by_address_and_by_words(link: str, verdict: str) -> None:
    found = listing(f"<main>{link}</main>", "https://e.org/x")
    is_story, is_either = bool(found.links), bool(found.doubtful)
    assert (STORY if is_story else EITHER if is_either else OTHER) == verdict


def test_stories_on_other_hosts() -> None:
    link = "<a href='https://press.example/2026/10/01/oslo'>Ministers meet in Oslo and agree</a>"
    assert urls(listing(link)) == []
    assert len(listing(link).elsewhere) == 1
    allowed = read(HtmlResponse(URL, body=link.encode()), domains=["press.example"])
    assert (len(allowed.links), allowed.elsewhere) == (1, ())


def test_links_are_capped() -> None:
    markup = "".join(
        f"<a href='/world/a-slug-of-{n}'>Ministers meet in Oslo again</a>" for n in range(3_000)
    )
    assert len(listing(markup).links) == MOST_LINKS


def test_no_stories() -> None:
    assert listing("") == Listing(links=())


@given(
    st.lists(
        st.sampled_from(
            [
                "<a href='/x-y-z-a'>",
                "Ministers meet in Oslo again",
                "</a>",
                "<h2>",
                "</h2>",
                "<a ",
                ">",
            ]
        )
        | st.text(max_size=5),
        max_size=20,
    )
)
def test_any_markup_is_read(parts: list[str]) -> None:
    found = listing("".join(parts).encode("utf-8", "replace").decode())
    assert len(set(urls(found))) == len(urls(found))
