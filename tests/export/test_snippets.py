"""Snippets show where the words are, and never let a publisher's markup through."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.export.browsing.search_query import read_query
from crawler.export.browsing.snippets import Marker
from tests.export.made_corpus import made_article, made_corpus, put

ENDS = re.compile("</?mark>")


@pytest.fixture(scope="module")
def corpus() -> Iterator[sqlite3.Connection]:
    with made_corpus() as db:
        yield db


def snippet(typed: str, text: str) -> str:
    with Marker(read_query(typed).terms) as marker:
        return marker.snippet(text)


@pytest.mark.parametrize(
    ("typed", "text", "marked"),
    [
        ("flooding", "A flood, Floods and a flop", ["flood", "Floods"]),
        ("agency", "Agencies of an agent", ["Agencies"]),
        ("uberschwemm", "Die Überschwemmungen", ["Überschwemmungen"]),
        ("東京", "大東京と東と京", ["東京"]),
        ('"of may"', "Of May, of  may; may of", ["Of May", "of  may"]),
        ("covid-19", "covid 19, COVID-19 and covid", ["covid 19", "COVID-19"]),
        ("فيضانات", "هذه الفَيضانات", ["الفَيضانات"]),
        ("dont", "I don’t and won't", ["don’t"]),
        ("may -flood", "flood in May", ["May"]),
        ("a b", "a b ab", ["a", "b"]),
    ],
)
def test_marks(typed: str, text: str, marked: list[str]) -> None:
    assert re.findall("<mark>(.*?)</mark>", snippet(typed, text)) == marked


@given(
    st.text(max_size=30) | st.sampled_from(["mark", "lt gt amp", "b", '"b i"']),
    st.text(max_size=400) | st.text("<b>/&mark ;中\n", max_size=400),
)
def test_everything_but_marks_is_escaped(typed: str, text: str) -> None:
    with Marker(read_query(typed).terms) as marker:
        for markup, limit in ((marker.marked(text), len(text)), (marker.snippet(text), 242)):
            bare = ENDS.sub("", markup)
            assert not {"<", ">", '"'} & set(bare)
            shown = unescape(bare).removeprefix("… ").removesuffix(" …")
            assert shown in text
            assert len(shown) <= limit
            assert markup.count("<mark>") == markup.count("</mark>")


@given(
    st.lists(st.sampled_from(["flood", "Ünder", "東京", "'s", "covid-19", "ال", "x"]), max_size=30)
)
def test_what_is_found_is_marked(corpus: sqlite3.Connection, words: list[str]) -> None:
    text = " ".join(words)
    put(corpus, made_article(1, text, title=""))
    for typed in ("floods", "unde", "東", "covid-19", '"flood x"'):
        query = read_query(typed)
        match = "SELECT count(*) FROM search WHERE search MATCH ?"
        assert corpus.execute(match, (query.match,)).fetchone()[0] == (
            "<mark>" in snippet(typed, text)
        )


def test_shows_the_piece_with_the_most_words() -> None:
    text = f"{'flood ' * 10}{'filler ' * 200}a flood in Saxony {'filler ' * 200}"
    found = snippet("flood saxony", text)
    assert "Saxony" in found
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert found.count("flood") == 1


def test_a_hostile_text_takes_no_time() -> None:
    """Bounded: a text of 10 MB, words of 1 MB, and thirty terms that match everywhere."""
    with Marker(read_query(" ".join("a" * n for n in range(1, 31))).terms) as marker:
        for text in ("a " * 5_000_000, "a" * 1_000_000, "'" * 1_000_000, "a\u0301" * 500_000):
            assert len(unescape(ENDS.sub("", marker.snippet(text)))) < 300
