"""The order in which a page is asked for its day."""

from __future__ import annotations

import pytest

from crawler.pages.headline import find_heading
from crawler.pages.page_metadata import read_metadata
from crawler.pages.publication_date import modified, published
from crawler.pages.tree import parse_page

HEAD = '<meta property="article:published_time" content="2024-01-02T10:00:00+01:00">'
TIME = '<time datetime="2024-01-03">3 January</time>'
URL = "https://news.example/2024/01/04/storm"
SHOWN = '<span class="postDate">January 5, 2024</span>'


def day(
    head: str = "", body: str = "", url: str = "https://news.example/storm", **node: str
) -> str:
    root = parse_page(
        f"<html><head>{head}</head><body><h1>Storm closes port</h1>{body}</body></html>"
    )
    found = read_metadata(root)
    moment = published(found, dict(node), url, root, find_heading(found))
    return moment.local if moment else ""


@pytest.mark.parametrize(
    ("head", "body", "url", "node", "expected"),
    [
        (HEAD, TIME, URL, {"datePublished": "2024-01-01T09:00:00Z"}, "2024-01-01T09:00:00"),
        (HEAD, TIME, URL, {"dateCreated": "2024-01-01"}, "2024-01-01"),
        (HEAD, TIME, URL, {"datePublished": "0000-00-00"}, "2024-01-02T10:00:00"),
        (HEAD, TIME, URL, {}, "2024-01-02T10:00:00"),
        ("", TIME, URL, {}, "2024-01-03"),
        ("", f'<time class="updated" datetime="2025-01-01"></time>{TIME}', URL, {}, "2024-01-03"),
        ("", f'{TIME}<time itemprop="datePublished" datetime="2024-01-09">', URL, {}, "2024-01-09"),
        ("", '<i itemprop="datePublished" content="2024-01-09">9</i>', URL, {}, "2024-01-09"),
        ("", SHOWN, URL, {}, "2024-01-04"),
        ("", SHOWN, "https://news.example/storm", {}, "2024-01-05"),
        ("", "<p>by us</p><p>5 January 2024</p>", "https://news.example/a", {}, "2024-01-05"),
        ("", "", "https://news.example/storm", {}, ""),
    ],
)
def test_order(head: str, body: str, url: str, node: dict[str, str], expected: str) -> None:
    assert day(head, body, url, **node) == expected


def test_a_day_in_the_prose_is_not_that_of_the_page() -> None:
    prose = "word " * 40 + "until 5 January 2024, when it ended."
    assert day(body=f"<p>{prose}</p>") == ""


def test_the_change() -> None:
    found = read_metadata(
        parse_page('<meta property="article:modified_time" content="2024-01-06T10:00:00Z"><p>x')
    )
    moment = modified(found, {})
    assert moment is not None
    assert (moment.local, moment.gmt) == ("2024-01-06T10:00:00", "2024-01-06T10:00:00")
    assert modified(read_metadata(parse_page("<p>x")), {}) is None
