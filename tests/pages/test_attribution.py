"""Who wrote it, where it belongs, where it is."""

from __future__ import annotations

import pytest

from crawler.pages import attribution
from crawler.pages.page_metadata import PageMetadata, read_metadata
from crawler.pages.tree import parse_page

URL = "https://www.example.com/storm?utm=1"


def marked(head: str, body: str = "", lang: str = "") -> PageMetadata:
    return read_metadata(
        parse_page(f'<html lang="{lang}"><head>{head}</head><body>{body}<p>x</p></body></html>')
    )


THREE = ["Ada Poe", "Jo Roe", "Li Wen"]


def signatures(head: str, body: str, node: dict[str, object] | None = None) -> list[str]:
    root = parse_page(f"<html><head>{head}</head><body>{body}</body></html>")
    return attribution.bylines(read_metadata(root), node or {}, root, next(root.iter("h1"), None))


@pytest.mark.parametrize(
    ("head", "node", "expected"),
    [
        ("", {"author": {"name": "By Ada Poe"}}, ["Ada Poe"]),
        ("", {"author": ["Ada Poe", {"name": "Jo Roe"}, "Ada Poe"]}, ["Ada Poe", "Jo Roe"]),
        ('<meta name="author" content="Ada Poe">', {"author": {"@id": "#x"}}, ["Ada Poe"]),
        ('<meta property="article:author" content="https://x.example/ada">', {}, []),
        ("", {"author": "a" * 200}, []),
        ("", {"author": "Ada\u202e\nPoe"}, ["Ada Poe"]),
    ],
)
def test_authors(head: str, node: dict[str, object], expected: list[str]) -> None:
    assert attribution.authors(signatures(head, "", node)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a rel="author" href="/a">Ada</a>', ["Ada"]),
        ('<div class="story-byline">By Ada Poe</div>', ["Ada Poe"]),
        ('<p class="Page-authors">By <a>Ada Poe</a>, <a>Jo Roe</a> and <a>Li Wen</a></p>', THREE),
        ("<h1>Ships sail</h1><p>By Ada Poe</p><p>Friday</p>", ["Ada Poe"]),
        ("<h1>Ships sail</h1><p>By Ada Poe, Associated Press</p>", ["Ada Poe"]),
        ("<p>By Ada Poe</p><h1>Ships sail</h1>", []),
        ("<h1>Ships sail</h1><p>By 2030 all ships will sail</p>", []),
        (f"<h1>Ships sail</h1><p>{'So it is. ' * 30}</p><p>By Ada Poe</p>", []),
        ('<div class="author-box">Ada Poe writes about ships.</div>', []),
    ],
)
def test_authors_whom_only_the_body_names(body: str, expected: list[str]) -> None:
    assert attribution.authors(signatures("", body)) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"author": {"name": "Ada Poe, The Associated Press"}}, "Associated Press"),
        ({"author": [{"name": "Ada Poe"}, {"name": "Reuters"}]}, "Reuters"),
        ({"author": "Ada Poe", "sourceOrganization": {"name": "AFP"}}, "Agence France-Presse"),
        ({"author": "Ada Poe", "publisher": {"name": "The Courier"}}, None),
        ({}, None),
    ],
)
def test_agencies(node: dict[str, object], expected: str | None) -> None:
    assert attribution.agency(signatures("", "", node), node) == expected


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [("storm, port", ["storm", "port"]), (["a, b", "c"], ["a, b", "c"]), ([], []), (7, [])],
)
def test_tags(keywords: object, expected: list[str]) -> None:
    assert attribution.tags(marked(""), {"keywords": keywords}) == expected


@pytest.mark.parametrize(
    ("lang", "node", "expected"),
    [
        ("en-GB", {}, "en-GB"),
        ("en_GB", {}, "en-GB"),
        ("", {"inLanguage": {"name": "de"}}, "de"),
        ("<b>", {}, None),
        ("", {}, None),
    ],
)
def test_language(lang: str, node: dict[str, object], expected: str | None) -> None:
    assert attribution.language(marked("", lang=lang), node) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.example.com/storm", "https://www.example.com/storm"),
        ("/storm#top", "https://www.example.com/storm"),
        ("https://amp.example.com/storm", "https://amp.example.com/storm"),
        ("https://example.org/storm", URL),
        ("https://www.example.com/", URL),
        ("javascript:alert(1)", URL),
        ("http://[::1", URL),
        (f"/{'a' * 9000}", URL),
    ],
)
def test_canonical_address(address: str, expected: str) -> None:
    assert (
        attribution.canonical(marked(f'<link rel="canonical" href="{address}">'), URL) == expected
    )
