"""What people type finds what they mean, in every script; nothing that they type is syntax."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.export.browsing import search_words
from crawler.export.browsing.browse_search import search
from crawler.export.browsing.search_query import read_query
from crawler.export.browsing.search_words import prepared, words_version
from tests.export.made_corpus import made_article, made_corpus

TEXTS = {
    "english": "The floods of May: people don't know London's O'Brien. COVID-19, C++, 1,200 homes.",
    "german": "Nach der Überschwemmung ist die Hauptstraße gesperrt.",
    "french": "L’inondation et l'école d’été",
    "chinese": "中国的洪水淹没了东京路",
    "japanese": "東京で大雨。カタカナ ｶﾞｽ",
    "arabic": "الفَيَضَانات في المدينة أمس",
    "hebrew": "שָׁלוֹם עולם",
    "thai": "น้ำท่วมในประเทศไทย",
    "hindi": "हिन्दी में बाढ़",
    "persian": "می‌خواهم بروم",
    "turkish": "İstanbul'da sel",
    "agencies": "Agencies reported a happy end",
}
NUMBERS = dict(enumerate(TEXTS))


@pytest.fixture(scope="module")
def corpus() -> Iterator[sqlite3.Connection]:
    articles = (made_article(n, TEXTS[name], title="") for n, name in NUMBERS.items())
    with made_corpus(*articles) as db:
        yield db


def found(db: sqlite3.Connection, typed: str) -> set[str]:
    return {NUMBERS[int(hit.url.rpartition("/")[2])] for hit in search(db, typed).hits}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *(
            ("flood", "english"),
            ("flooding", "english"),
            ("FLOODS", "english"),
            ("don't", "english"),
        ),
        *(("dont", "english"), ("don’t", "english"), ("london", "english"), ("brien", "english")),
        *(("covid-19", "english"), ("C++", "english"), ("1,200", "english"), ("flo", "english")),
        *(('"people don\'t know"', "english"), ("“people dont know”", "english")),
        *(("uberschwemmung", "german"), ("Überschwemmung", "german"), ("hauptstr", "german")),
        *(("HAUPTSTRASSE", "german"), ("hauptstraße", "german")),
        *(("inondation", "french"), ("l'inondation", "french"), ("ecole", "french")),
        *(("中国", "chinese"), ("国", "chinese"), ("洪水", "chinese"), ("东京路", "chinese")),
        *(("東京", "japanese"), ("大雨", "japanese"), ("タカ", "japanese"), ("ガス", "japanese")),
        *(("الفيضانات", "arabic"), ("فيضانات", "arabic"), ("مدينه", "arabic"), ("امس", "arabic")),
        *(("שלום", "hebrew"), ("ประเทศไทย", "thai"), ("ไทย", "thai"), ("น้ำท่วม", "thai")),
        *(("हिन्दी", "hindi"), ("बाढ़", "hindi"), ("میخواهم", "persian"), ("می‌خواهم", "persian")),
        *(("istanbul", "turkish"), ("İstanbul", "turkish"), ("agency", "agencies")),
    ],
)
def test_is_found(corpus: sqlite3.Connection, typed: str, name: str) -> None:
    assert name in found(corpus, typed)


@pytest.mark.parametrize(
    "typed",
    ['"know people"', "国中", "京東", "fl", "floodx", "हन", "agency -agencies", "zzz flood"],
)
def test_is_not_found(corpus: sqlite3.Connection, typed: str) -> None:
    """Words of a phrase are in a row, two letters are a whole word, all words must be there."""
    assert found(corpus, typed) == set()


def test_minus(corpus: sqlite3.Connection) -> None:
    assert found(corpus, "-the") == set(TEXTS) - {"english"}
    assert found(corpus, "flood -happy") == {"english"}
    assert found(corpus, '-"people don\'t know" -中国') == set(TEXTS) - {"english", "chinese"}
    assert "english" in found(corpus, "covid -19x"), "a minus inside of a word is none"


@given(st.text(max_size=60) | st.text("ab\"-* ():^+{}'’“„\n\t\0中", max_size=40))
@example('"')
@example('a" OR "b')
@example("NEAR(a b, 2) title: ^x *")
@example("\ud800")
def test_nothing_is_syntax(corpus: sqlite3.Connection, typed: str) -> None:
    result = search(corpus, typed)
    assert result.total <= len(TEXTS)
    assert len(result.hits) == result.total
    query = read_query(typed)
    for term in (*query.terms, *query.without):
        assert all(word.isalnum() or not word.isascii() for word in term.words)


@given(st.text(max_size=80), st.text(max_size=80))
def test_prepared_words_stay_as_they_are(one: str, other: str) -> None:
    """A query is prepared as texts are, and a word does not depend on those around it."""
    words = prepared(one)
    assert prepared(words) == words
    assert prepared(f"{one} {other}").split() == [*words.split(), *prepared(other).split()]


@pytest.mark.parametrize(
    ("name", "value"), [("_ALIKE", {}), ("_LEFT_OUT", set()), ("_IN_WORDS", ("L",))]
)
def test_other_words_are_another_version(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    """Then a database is made anew: it could not delete the words that it has."""
    version = words_version()
    monkeypatch.setattr(search_words, name, value)
    monkeypatch.setattr(search_words, "_CHARACTERS", search_words._Characters())
    assert words_version.__wrapped__() != version


def test_what_is_not_looked_for_is_said() -> None:
    assert "+" in read_query("flood +").notes[0]
    many = read_query(" ".join(f"w{n}" for n in range(100)))
    assert len(many.terms) == 30
    assert "30" in many.notes[0]
    assert "500" in read_query("x" * 501).notes[0]
