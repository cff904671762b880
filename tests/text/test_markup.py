"""Markup to paragraphs: titles, hostile input, what must always hold."""

from __future__ import annotations

import time
import unicodedata
from html import escape
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.markup import paragraphs, read, title

if TYPE_CHECKING:
    from collections.abc import Callable

PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<p class='x'>", "<div>", "</div>", "<br>", "<br/>", "<h2>", "</h2>"),
        *("<b>", "</b>", "<i aria-hidden=true>", "</i>", "<span style='display:block'>", "</span>"),
        *("<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th>", "<ul>", "<li>", "</li>"),
        *("<pre>", "</pre>", "<q>", "</q>", "<script>", "</script>", "<style/>", "<!--", "-->"),
        *("<form>", "</form>", "<div hidden>", "<embed hidden>", "<svg>", "</svg>", "<iframe>"),
        *("<html>", "</html>", "<body>", "</body>", "<head>", "<frameset>", "<select>", "<option>"),
        *("<img class=emoji alt='❤\ufe0f'>", "<figcaption>", "<ruby>", "<rt>", "<a href='", "'>"),
        *("&nbsp;", "&#0;", "&#13;", "&#x85;", "&lt;b&gt;", "&amp;amp;", "&", "<", ">", "<!", "</"),
        *(" ", "\n", "\0", "\x1a", "\u2028", "\u200b", "\u200d", "\ud800", "a", "b c", "Ä.", ","),
    ]
)
MARKUP = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=60).map("".join)
TITLES = {
    "AT&amp;T": "AT&T",
    "AT&amp;amp;T": "AT&T",
    "AT&T": "AT&T",
    "It&#8217;s": "It’s",
    "It&amp;#8217;s": "It’s",
    "It&amp;#x2019;s": "It’s",
    "A &amp;amp;amp; B": "A &amp; B",
    "A < B": "A < B",
    "A &lt; B": "A < B",
    "5 <6 and 7> 6": "5 <6 and 7> 6",
    "Profit <Q1": "Profit <Q1",
    "<b>x</b>": "x",
    "x<b>y</b>z": "xyz",
    "One<br />Two": "One Two",
    "<p>One</p>": "One",
    "How to use &lt;script&gt;": "How to use <script>",
    "How to use &amp;lt;b&amp;gt;": "How to use <b>",
    "<script>x</script>One": "One",
    " a\n\u00a0b\u2028c\u0085d\u202e ": "a b c d",
    "": "",
    "&nbsp;": "",
    "R&D; Q&A": "R&D; Q&A",
    "\ud800<i>a</i>": "\ufffda",
}


@pytest.mark.parametrize(("html", "expected"), TITLES.items())
def test_title(html: str, expected: str) -> None:
    assert title(html) == expected


@given(MARKUP)
def test_paragraphs_are_clean_lines(html: str) -> None:
    for text in [*paragraphs(html), *paragraphs(html, captions=True)]:
        assert text
        assert text == text.strip()
        assert len(text.splitlines()) == 1
        assert {unicodedata.category(char) for char in text}.isdisjoint({"Cc", "Cs"})


@given(st.text())
def test_any_string_is_read(html: str) -> None:
    assert len("\n".join(paragraphs(html)).splitlines()) == len(paragraphs(html))
    assert len(title(html).splitlines()) <= 1


@given(MARKUP)
def test_reading_what_was_read_changes_nothing(html: str) -> None:
    once = paragraphs(html)
    again = "\n".join(f"<p>{escape(text)}</p>" for text in once)
    assert read(again).paragraphs == once
    assert read(again).flags == ()


@given(
    st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1), max_size=9)
)
def test_blocks_are_kept_apart_and_inline_text_together(words: list[str]) -> None:
    expected = paragraphs("".join(f"<p>{word}</p>" for word in words))
    assert len(expected) == sum(bool(paragraphs(word)) for word in words)
    assert paragraphs("".join(f"<div>{word}</div>" for word in words)) == expected
    inline = "".join(f"<b><i>{word}</i></b>" for word in words)
    assert paragraphs(inline) == paragraphs("".join(words))


@pytest.mark.parametrize(
    "html",
    [
        "<p>Seen.</p><script>var a = 1; <p>never",
        "<p>Seen.</p><!-- <p>never",
        '<p>Seen.</p><a href="x>never<p>never</p>',
        "<p>Seen.</p><form><p>never",
        "<p>Seen.</p><div hidden><p>never",
        "<p>Seen.</p><style/><p>never</p>",
        "<p>Seen.</p><!--\x1a--><textarea><p>never",
    ],
)
def test_text_that_is_swallowed_is_flagged(html: str) -> None:
    assert read(html).paragraphs == ["Seen."]
    assert read(html).flags == ("unclosed",)


def test_depth_that_a_tree_would_lose() -> None:
    html = "<p>Before.</p>" + "<div>" * 3_000 + "deep" + "</div>" * 3_000 + "<p>After.</p>"
    assert read(html).paragraphs == ["Before.", "deep", "After."]
    assert read(html).flags == ()


def test_depth_that_is_too_much_is_flagged() -> None:
    found = read("<p>Before.</p>" + "<div>" * 100_000 + "deep" + "</div>" * 100_000)
    assert found.paragraphs == ["Before."]
    assert found.flags == ("depth",)


HOSTILE: dict[str, Callable[[int], str]] = {
    "attributes": lambda n: "<p " + " ".join(f"a{i}=1" for i in range(n // 8)) + ">x</p>",
    "unclosed inline": lambda n: "<b>" * (n // 3),
    "nested blocks": lambda n: "<div>" * (n // 5) + "x",
    "ends without starts": lambda n: "<b>" * (n // 10) + "</div>" * (n // 10),
    "ends of p": lambda n: "<div>" * 500 + "x</p>" * (n // 5),
    "nested tables": lambda n: "<table><tr><td>a<td>" * (n // 20),
    "rows": lambda n: "<table>" + "<tr><td>a<td>b" * (n // 14),
    "nested rows": lambda n: "<tr><td>a<div>b" * (n // 15),
    "nested lists": lambda n: "<ul><li>a" * (n // 9),
    "breaks": lambda n: "a<br>" * (n // 5),
    "angle brackets": lambda n: "<" * n,
    "open tags": lambda n: "<a " * (n // 3),
    "open scripts": lambda n: "<script " * (n // 8),
    "open comments": lambda n: "<!--" * (n // 4),
    "ends in script": lambda n: "<script>" + "</script" * (n // 8),
    "entities": lambda n: "&amp;" * (n // 5),
    "open entities": lambda n: "&amp" * (n // 4),
    "NUL": lambda n: "a\0" * (n // 2),
    "style": lambda n: "<p style='" + "; " * (n // 2) + "'>x",
    "spaces in style": lambda n: "<p style='display" + " " * n + "'>x",
    "class tokens": lambda n: "<p class='" + "a " * (n // 2) + "'>x",
    "ornaments": lambda n: "<i aria-hidden=true>." * (n // 21),
    "preformatted": lambda n: "<pre>" + "a\n" * (n // 2),
    "one line": lambda n: "word " * (n // 5),
    "marks": lambda n: "a\u0301\u0323" * (n // 5),
    "joiners": lambda n: "\u0301\u200d\u094d" + "\u200d\u094d" * (n // 6),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_is_bounded(kind: str) -> None:
    """Check that a megabyte takes seconds at most: quadratic work would take minutes."""
    html = HOSTILE[kind](1_000_000)
    start = time.process_time()
    paragraphs(html)
    title(html)
    assert time.process_time() - start < 20


def test_nested_ornaments_cost_no_time() -> None:
    depth = 400
    html = "<span aria-hidden=true>" * depth + "." * 2_000_000 + "a" + "</span>" * depth
    assert paragraphs(html) == ["." * 2_000_000 + "a"]
