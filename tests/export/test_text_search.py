"""Whether an article has words is the same with and without the browsing database."""

from __future__ import annotations

import pickle
import sqlite3
from contextlib import closing

import pytest

from crawler.export.browsing.browse_tables import SEARCH_TABLE
from crawler.export.browsing.search_query import read_query
from crawler.export.browsing.search_words import prepared
from crawler.export.browsing.text_search import TextSearch

ARTICLES = (
    ("Flooding at Millbrook", "The river rose by night.\nTwo hundred homes stood empty."),
    ("Überschwemmung im Tal", "Die Straße am Fluss ist gesperrt."),
    ("东京的洪水", "河水在夜里上涨。"),
    ("Harbour news", "No flood this year: the river kept to its bed."),
    ("", "A ship passed."),
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("flood", {0, 3}),
        ("floods river", {0, 3}),
        ("flood -year", {0}),
        ("uberschwem", {1}),
        ('"river rose"', {0}),
        ('"rose river"', set()),
        ("-river", {1, 2, 4}),
        ("洪水", {2}),
        ("strasse", {1}),
        ("flood OR ship", set()),
    ],
)
def test_what_is_found(typed: str, found: set[int]) -> None:
    search = TextSearch(typed)
    assert {number for number, article in enumerate(ARTICLES) if search.finds(*article)} == found
    assert database(typed) == found


def database(typed: str) -> set[int]:
    """Return what a table of all articles finds."""
    query = read_query(typed)
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(SEARCH_TABLE)
        rows = [(n, prepared(title), prepared(text)) for n, (title, text) in enumerate(ARTICLES)]
        db.executemany("INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)", rows)

        def matching(expression: str) -> set[int]:
            select = "SELECT rowid FROM search WHERE search MATCH ?"
            return {number for (number,) in db.execute(select, (expression,))}

        every = set(range(len(ARTICLES)))
        never = matching(query.never) if query.never else set()
        return (matching(query.match) if query.match else every) - never


@pytest.mark.parametrize("typed", ["", "?!", "flood ?", "word " * 200])
def test_what_cannot_be_looked_for_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        TextSearch(typed)


def test_it_can_be_sent_to_another_process() -> None:
    search = pickle.loads(pickle.dumps(TextSearch('flood -"storm surge"')))
    assert search.finds("Flood", "The river rose.")
    assert not search.finds("Flood", "A storm surge broke the dam.")
