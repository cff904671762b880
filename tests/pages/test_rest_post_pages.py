"""The pages that the content of a post links, and the post joined of them."""

from __future__ import annotations

import time

import pytest

from crawler.pages.joined_pages import LaterPage
from crawler.pages.rest_post_pages import join_post, linked_pages
from crawler.pages.story_pages import ONE_PAGE, StoryPages

URL = "https://paper.example/2026/11/tower/"
ASKED = "https://paper.example/?p=12"


def links(*addresses: str) -> str:
    anchors = "".join(f'<a class="post-page-numbers" href="{a}">{a}</a> ' for a in addresses)
    return f'<p>It sails.</p><p class="post-nav-links">Pages: 1 {anchors}</p>'


@pytest.mark.parametrize(
    ("url", "addresses", "following"),
    [
        (URL, (f"{URL}2/", f"{URL}3/"), f"{URL}2/"),
        (URL, ("/2026/11/tower/2", "/2026/11/tower/3"), f"{URL}2/"),
        (URL, ("?page=2", "?page=3"), f"{URL}2/"),
        (URL, (f"{URL}2/#more", "http://paper.example/2026/11/tower/3/?utm_source=x"), None),
        (ASKED, (f"{ASKED}&#038;page=2", f"{ASKED}&amp;page=3"), f"{ASKED}&page=2"),
        ("https://paper.example/archives/7", ("/archives/7/2", "/archives/7/3"), "…/2"),
    ],
)
def test_pages_of_the_post(url: str, addresses: tuple[str, ...], following: str | None) -> None:
    found = linked_pages(links(*addresses), url)
    assert found.following.endswith((following or f"{URL}2/").removeprefix("…"))
    assert found.count == (3 if following else 2)


@pytest.mark.parametrize(
    ("html", "url"),
    [
        (links(f"{URL}2/") + "<!--nextpage-->", URL),
        (links("https://paper.example/archives/8"), "https://paper.example/archives/7"),
        (links("https://paper.example/2026/11/2/", "/page/2/", f"{URL}comment-page-2/"), URL),
        (links(f"{URL}3/"), URL),
        (links("http://[2/", "https://other.example/2026/11/tower/2/"), URL),
        ("<p>It sails.</p>", URL),
    ],
)
def test_other_links(html: str, url: str) -> None:
    assert linked_pages(html, url) == ONE_PAGE


def test_the_gate_behind_the_last_page_stays_a_gate() -> None:
    later = LaterPage("Tower", ("It arrives.", "It stays."), gate="Subscribe to continue reading")
    html = join_post("<p>It sails.</p><p>It stays.</p>", [later], captions=False)
    assert html == (
        "<p>It sails.</p><p>It arrives.</p><p>It stays.</p><p>Subscribe to continue reading</p>"
    )


def test_hostile_links_take_no_time() -> None:
    started = time.process_time()
    for html in ("<a " * 300_000, '<a href="' * 100_000, links(*["/2"] * 50_000)):
        linked_pages(html, URL)
    assert time.process_time() - started < 10


def test_the_first_of_many() -> None:
    found = linked_pages(links(f"{URL}2/", f"{URL}9/"), URL)
    assert found == StoryPages(count=9, following=f"{URL}2/")
