"""Which page of a story a page is, which are linked, and the story that they make together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.pages.joined_pages import has_same_title, joined
from crawler.pages.page_metadata import read_metadata
from crawler.pages.story_pages import (
    ONE_PAGE,
    StoryPages,
    find_story_pages,
    numbered_address,
    page_number,
)
from crawler.pages.tree import parse_page

URL = "https://news.example/world/tower"
SECOND = f"{URL}/2"


def found(body: str, head: str = "", url: str = URL) -> StoryPages:
    root = parse_page(f"<html><head>{head}</head><body><p>It sails.</p>{body}</body></html>")
    return find_story_pages(root, read_metadata(root), url)


def pager(*references: str, called: str = "page-links") -> str:
    links = "".join(f'<a href="{ref}">{n}</a>' for n, ref in enumerate(references, 1) if ref)
    return f'<div class="{called}">Pages: {links}</div>'


@pytest.mark.parametrize(
    ("address", "second"),
    [
        (URL, f"{URL}/2"),
        (f"{URL}/", f"{URL}/2/"),
        (URL, f"{URL}?page=2"),
        (f"{URL}?id=7", f"{URL}?id=7&page=2"),
        (f"{URL}?id=7", f"{URL}?page=2&id=7"),
        (f"{URL}.html", f"{URL}-page-2.html"),
        (URL, f"{URL}/seite-2"),
        (f"{URL}?utm_source=x", f"{URL}/2"),
    ],
)
def test_pages_of_one_story(address: str, second: str) -> None:
    expected = StoryPages(number=1, count=2, following=second)
    assert found(pager("", second), url=address) == expected
    assert found(f'<a rel="next" href="{second}">More</a>', url=address) == expected
    assert found("", f'<link rel="next" href="{second}">', url=address) == expected
    later = found(pager(address, ""), url=second)
    assert (later.number, later.count, later.following) == (2, 2, "")
    assert later.first == address.partition("?utm")[0]


def test_the_link_of_wordpress_may_have_any_words() -> None:
    link = f'<p class="post-nav-links"><a href="{URL}/2/" class="post-page-numbers">Weiter</a></p>'
    assert found(link).following == f"{URL}/2/"
    back = link.replace("/2/", "/").replace("Weiter", "Zurück")
    assert found(back, url=f"{URL}/2/").first == f"{URL}/"
    assert found(link.replace("/tower/2/", "/bridge/2/")) == ONE_PAGE


def test_the_last_of_many_and_one_in_between() -> None:
    links = [f"{URL}/{n}" if n > 1 else URL for n in range(1, 6)]
    middle = found(pager(*links), url=links[2])
    assert middle == StoryPages(number=3, count=5, first=URL, following=links[3])
    assert found(pager(*links), url=links[4]) == StoryPages(number=5, count=5, first=URL)
    assert found(pager(*links), f'<link rel="canonical" href="{URL}">', f"{URL}/?x=1").count == 5


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ("", SECOND),
        (pager(SECOND, called="chapters"), URL),
        (pager("", SECOND, called="comment-pages"), URL),
        (f'<ol id="comments">{pager("", SECOND)}</ol>', URL),
        (f'<div class="related-news">{pager("", SECOND)}</div>', URL),
        (f'<section id="latest"><h2>Latest</h2>{pager("", f"{URL}?page=2")}</section>', URL),
        (f'<div class="reader-reviews">{pager("", f"{URL}?page=2")}</div>', URL),
        (f'<a rel="prev" href="{URL}/40">Back</a>', f"{URL}/41"),
        (pager("", f"{URL}?page=1"), URL),
        (pager("", "https://other.example/world/tower/2"), URL),
        (pager("", "/world/bridge/2"), URL),
        ('<a rel="next" href="/world/bridge">Next story</a>', URL),
        ('<a rel="next" href="/story/13">Next story</a>', "https://news.example/story/12"),
        (pager("", "http://["), URL),
    ],
)
def test_other_links(body: str, url: str) -> None:
    assert found(body, url=url) == ONE_PAGE


@pytest.mark.parametrize(
    ("address", "second"),
    [
        (URL, f"{URL}/2"),
        (f"{URL}/?utm_source=x#top", f"{URL}/2/"),
        ("https://news.example/?p=7", "https://news.example/?p=7&page=2"),
    ],
)
def test_pages_that_wordpress_may_have_and_not_link(address: str, second: str) -> None:
    pages = found("", '<meta name="generator" content="WordPress 6.8">', url=address)
    assert numbered_address(pages.unlinked, 2) == second
    assert page_number(second) == 2
    assert not pages.other
    assert found("", url=address) == ONE_PAGE


def test_numbers_of_pages() -> None:
    assert [page_number(url) for url in (URL, SECOND, f"{URL}?page=12&x=1", f"{URL}/2024")] == [
        *(1, 2, 12, 1)
    ]


def test_what_stands_on_each_page_is_not_doubled() -> None:
    pages = [["deck", "a", "b", "bio"], ["deck", "Page 2 of 3", "c", "bio"], ["d", "bio"]]
    assert joined(pages[0], pages[1:]) == [["deck", "a", "b"], ["c"], ["d", "bio"]]
    assert joined(["a", "b"], [["a", "b"]]) == [["a", "b"], []]
    assert joined(["a"], [["b"]]) == [["a"], ["b"]]


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=5), min_size=1, max_size=4))
def test_nothing_is_lost_of_a_story(pages: list[list[str]]) -> None:
    lines = [line for page in joined(pages[0], pages[1:]) for line in page]
    assert set(lines) == {line for page in pages for line in page}
    assert len(lines) <= sum(map(len, pages))


def test_headlines_of_one_story() -> None:
    title = "The lighthouse that sailed"
    assert has_same_title(title, f"{title} – Page 2")
    assert has_same_title(title.upper(), title)
    assert not has_same_title(title, "A bridge is painted green")
    assert not has_same_title("Sea", "Sea and shore")
