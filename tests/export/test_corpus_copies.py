"""Copy groups that are kept in step are those that all articles together have."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.export.browsing import corpus_copies
from crawler.export.browsing.browse_results import Facets
from crawler.export.browsing.browse_search import search
from crawler.export.browsing.browse_tables import SEARCH_TABLE, TABLES
from crawler.export.browsing.corpus_copies import Name
from crawler.export.browsing.corpus_writer import CorpusWriter
from tests.export.made_corpus import key_of, made_article

NUMBERS = st.integers(0, 7)


@dataclass(frozen=True)
class Change:
    """The article *number* comes or changes; without a *text* it goes.

    A text is near to one whose number is the next: chains of near texts are groups.
    """

    number: int
    text: int | None
    copy_of: int | None = None
    day: int = 1


CHANGES = st.builds(
    Change,
    number=NUMBERS,
    text=st.none() | st.integers(0, 12),
    copy_of=st.none() | NUMBERS,
    day=st.integers(1, 3),
)


def similar(db: sqlite3.Connection, name: Name, paragraphs: Sequence[str]) -> list[Name]:
    near = [str(int(paragraphs[0]) + step) for step in (-1, 1)]
    query = "SELECT article.key, article.source FROM article JOIN text ON text.id = text_id "
    rows = db.execute(f"{query} WHERE text IN (?, ?)", near)
    return [row for row in rows if row != name]


def expected(held: dict[int, Change]) -> dict[int, tuple[str, bool]]:
    """Return group and whether it is a copy, of each article that is in a group."""
    groups = {number: {number} for number in held}
    for one in held.values():
        for other in held.values():
            assert one.text is not None
            assert other.text is not None
            if abs(one.text - other.text) <= 1 or one.copy_of == other.number:
                joined = groups[one.number] | groups[other.number]
                groups |= dict.fromkeys(joined, joined)
    found = {}
    for number, group in groups.items():
        earliest = min(group, key=lambda n: (held[n].day, key_of(n)))
        if len(group) > 1:
            found[number] = key_of(earliest), number != earliest
    return found


def stored(db: sqlite3.Connection) -> dict[int, tuple[str, bool]]:
    rows = db.execute(
        "SELECT ordinal, copy_group, is_copy FROM article WHERE copy_group IS NOT NULL OR is_copy"
    )
    return {number: (group, bool(is_copy)) for number, group, is_copy in rows}


def counted(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    return sorted(db.execute("SELECT day, source, is_copy, n FROM day_count"))


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as found:
        found.executescript(TABLES)
        found.execute(SEARCH_TABLE)
        yield found


@given(st.lists(st.lists(CHANGES, min_size=1, max_size=4), max_size=12))
@settings(max_examples=60)
def test_groups_and_counts(db: sqlite3.Connection, steps: list[list[Change]]) -> None:
    db.execute("BEGIN")
    writer = CorpusWriter(db, partial(similar, db))
    held: dict[int, Change] = {}
    for step in steps:
        for change in step:
            apply(writer, held, change)
        writer.settle()
        assert stored(db) == expected(held)
        found = db.execute(
            "SELECT day, source, is_copy, count(*) FROM article GROUP BY 1, 2, 3"
        ).fetchall()
        totals: dict[tuple[object, ...], int] = {}
        for day, source, is_copy, n in counted(db):
            totals[day, source, is_copy] = totals.get((day, source, is_copy), 0) + int(str(n))
        assert totals == {tuple(name): n for *name, n in found}
    db.execute("ROLLBACK")


def apply(writer: CorpusWriter, held: dict[int, Change], change: Change) -> None:
    number = change.number
    if change.text is None:
        held.pop(number, None)
        writer.remove(key_of(number), "herald")
        return
    held[number] = change
    copy_of = None if change.copy_of is None else key_of(change.copy_of)
    day = f"2024-05-{change.day:02d}"
    writer.put(made_article(number, str(change.text), title="", copy_of=copy_of, day=day))


def test_a_large_group_costs_each_of_it_little(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that changes is looked at alone; the others stay together."""
    monkeypatch.setattr(corpus_copies, "_MOST_REJOINED", 10)
    asked: list[Name] = []

    def near(name: Name, paragraphs: Sequence[str]) -> list[Name]:
        asked.append(name)
        return []

    db.execute("BEGIN")
    writer = CorpusWriter(db, near)
    days = [f"2024-05-{n + 1:02d}" for n in range(30)]
    for number, day in enumerate(days):
        writer.put(made_article(number, "the same", title="", day=day))
    writer.settle()
    assert {group for group, _ in stored(db).values()} == {key_of(0)}
    asked.clear()
    writer.put(made_article(0, "another", title="", day=days[0]))
    writer.settle()
    assert asked == [(key_of(0), "herald")]
    assert {group for group, _ in stored(db).values()} == {key_of(1)}
    assert len(stored(db)) == 29
    result = search(db, "same")
    assert (result.total, result.hidden_copies) == (1, 28)
    assert result.hits[0].copies == 28
    assert search(db, "same", Facets(copies=True)).total == 29
    assert search(db, "", Facets(copy_group=key_of(1))).total == 29
    db.execute("ROLLBACK")
