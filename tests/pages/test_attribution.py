"""Who wrote it, where it belongs, where it is."""

from __future__ import annotations

import time

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
TWO, ADA = THREE[:2], THREE[:1]


def authors_of(body: str) -> list[str]:
    return attribution.authors(signatures("", body))


LABEL = '<meta name="twitter:label1" content="'
DATA = '"><meta name="twitter:data1" content="'
END = '">'


def signatures(head: str, body: str, node: dict[str, object] | None = None) -> list[str]:
    root = parse_page(f"<html><head>{head}</head><body>{body}</body></html>")
    return attribution.bylines(
        read_metadata(root), node or {}, root, next(root.iter("h1"), None), URL
    )


@pytest.mark.parametrize(
    ("head", "node", "expected"),
    [
        ("", {"author": {"name": "By Ada Poe"}}, ["Ada Poe"]),
        ("", {"author": ["Ada Poe", {"name": "Jo Roe"}, "Ada Poe"]}, ["Ada Poe", "Jo Roe"]),
        ('<meta name="author" content="Ada Poe">', {"author": {"@id": "#x"}}, ["Ada Poe"]),
        ('<meta property="article:author" content="https://x.example/ada">', {}, []),
        ("", {"author": "a" * 200}, []),
        ("", {"author": "Ada\u202e\nPoe"}, ["Ada Poe"]),
        ("", {"creator": ["Ada Poe", "Jo Roe, Staff writer"]}, ["Ada Poe", "Jo Roe"]),
        (
            '<meta name="dc.creator" content="The Example"><meta name="byl" content="Jo">',
            {},
            ["Jo"],
        ),
        ('<meta name="author" content="Example">', {}, ["Example"]),
        ('<meta name="author" content="News (www.example.com)">', {}, ["News"]),
        ('<meta name="author" content="ada.p@example.com">', {}, []),
        ('<meta name="author" content="admin">', {}, []),
        ('<meta property="cXenseParse:author" content="Ada Poe">', {}, ["Ada Poe"]),
        ('<meta name="twitter:creator" content="@ada">', {}, []),
        (f"{LABEL}Verfasst von{DATA}Ada Poe{END}", {}, ["Ada Poe"]),
        (f"{LABEL}Lesezeit{DATA}3 Minuten{END}", {}, []),
        ("", {"author": [{"name": "Ada Poe"}, {"name": "Reuters"}]}, ["Ada Poe"]),
        ("", {"author": {"name": "Reuters"}}, ["Reuters"]),
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


def test_an_author_who_is_described_elsewhere_in_the_graph() -> None:
    graph = (
        '<script type="application/ld+json">{"@graph": ['
        '{"@type": "WebPage", "author": {"@id": "#ada"}},'
        '{"@type": "Person", "@id": "#ada", "name": "Ada Poe"},'
        '{"@type": "Person", "@id": "#jo", "name": "Jo Roe"}]}</script>'
    )
    assert signatures(graph, '<p class="author">Li Wen</p>') == ["Ada Poe"]
    assert signatures(graph, "", {"author": [{"@id": "#jo"}]}) == ["Jo Roe", "Ada Poe"]


def test_the_site_signs_only_what_nobody_else_signs() -> None:
    head = '<meta name="author" content="Harbour"><meta property="og:site_name" content="Harbour">'
    assert signatures(head, "<p class='author'>Ada Poe</p>") == ["Ada Poe"]
    assert signatures(head, "<p class='author'>Harbour</p>") == ["Harbour"]
    assert signatures("", "<p class='author'>Example</p><p class='author'>Ada</p>") == ["Ada"]


STORY = f"<p>{'The port is closed. ' * 30}</p>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<h1>Sea</h1><span class="entry-author vcard">von <a class="fn">Ada Poe</a></span>', ADA),
        ('<h1>Sea</h1><span itemprop="author"><b itemprop="name">Ada Poe</b>, Rome</span>', ADA),
        ('<h1>Sea</h1><p itemprop="author"><meta itemprop="name" content="Ada Poe"></p>', ADA),
        ("<h1>Sea</h1><address><a>Ada Poe</a></address>", ADA),
        ('<h1>Sea</h1><ul class="byline"><li><a>Ada Poe</a></li><li><a>Jo Roe</a></li></ul>', TWO),
        ('<h1>Sea</h1><a rel="author">Ada Poe</a>, <a rel="author">Jo Roe</a>', TWO),
        ('<h1>Sea</h1><p class="byline"><b>Ada Poe</b><i>Staff writer</i></p>', ADA),
        ('<h1>Sea</h1><div class="submitted"><span>Submitted by</span> <a>Ada Poe</a></div>', ADA),
        ('<p class="articleAuthor">Ada Poe</p><h1>Sea</h1>', ADA),
        (f"<h1>Sea</h1>{STORY}<p>Auteur : Ada Poe</p>", ADA),
        (f"<h1>Sea</h1>{STORY}<p><b>Autor:</b> Ada Poe</p>", ADA),
        (f'<h1>Sea</h1>{STORY}<div class="author-box"><h4>Ada Poe</h4><p>Reporter</p></div>', ADA),
        (f"<h1>Sea</h1>{STORY}<ul><li><b>Autorin/Autor</b> Ada Poe</li></ul>", ADA),
        (
            '<div class="widget Blog"><p class="post-author vcard"><i class="fn">Ada</i></p></div>',
            ["Ada"],
        ),
        ('<h1>Sea</h1><div class="submitted">Saved by <a class="username">ada7</a></div>', []),
        (
            '<h1>Sea</h1><p class="submitted">Saved by <a class="username">adapoe</a></p>',
            ["adapoe"],
        ),
        (f"<h1>Sea</h1>{STORY * 4}<p class='kontext-autor'>Nachricht</p>", []),
        ("<h1>Sea</h1><p><span>Por</span> <a>Ada Poe</a></p>", ADA),
        (f"<h1>Sea</h1>{STORY}<p>By Ada Poe</p>", []),
        ('<h1>Sea</h1><p class="byline">Share</p>', []),
        ('<h1>Sea</h1><p class="authorization">Sign In</p>', []),
    ],
)
def test_bylines_of_many_kinds(body: str, expected: list[str]) -> None:
    assert authors_of(body) == expected


@pytest.mark.parametrize(
    "others",
    [
        '<div class="related"><a rel="author">Jo Roe</a></div>',
        '<ul class="teaser-list"><li class="teaser"><p class="author">Jo Roe</p></li></ul>',
        '<ol class="comments"><li><cite class="fn">Jo Roe</cite></li></ol>',
        '<div id="comment-7"><p class="comment-author">Jo Roe</p></div>',
        '<aside class="sidebar-left"><p class="author">Jo Roe</p></aside>',
        '<div class="post_card"><a rel="author">Jo Roe</a></div>',
        '<figure><figcaption class="author">Jo Roe</figcaption></figure>',
        '<footer class="site-footer"><p class="author">Jo Roe</p></footer>',
    ],
)
def test_bylines_of_others(others: str) -> None:
    assert authors_of(f"{others}<h1>Sea</h1>{others}{STORY}{others}") == []
    shown = f'<h1>Sea</h1>{others}<p class="author">Ada Poe</p>{STORY}'
    assert authors_of(f'<div class="cards related">{shown}</div>') == ADA


def test_the_nearest_byline_counts() -> None:
    far = '<div class="story"><p class="author">Jo Roe</p></div>'
    assert authors_of(f'{far}{STORY}<h1>Sea</h1><p class="author">Ada Poe</p>{STORY}{far}') == ADA
    assert authors_of(f'<article class="tag-teaser"><h1>Sea</h1></article>{STORY}{far}') == [
        "Jo Roe"
    ]


def test_a_page_of_many_nested_bylines_is_read_at_once() -> None:
    nested = '<div class="author">' * 100 + "<i></i>" * 20_000 + "</div>" * 100
    started = time.process_time()
    assert authors_of(f"<h1>Sea</h1>{nested}") == []
    assert time.process_time() - started < 5


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
