"""What a page of search shows: counts, facets, days, order, and what is hidden."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from crawler.export.browsing.browse_lists import day_counts, home, sources
from crawler.export.browsing.browse_results import NONE, DayCount, FacetCount, Facets
from crawler.export.browsing.browse_search import PAGE, search
from tests.export.made_corpus import key_of, made_article, made_corpus, put

NUMBER = 60


def made(number: int) -> dict[str, Any]:
    """Return the columns of an article: one a day, three sources, an agency for one in four."""
    return {
        "day": f"2024-{4 + number // 30:02d}-{number % 30 + 1:02d}",
        "source": ("herald", "courier", "post")[number % 3],
        "language": ("en", "de")[number % 2],
        "agency": "dpa" if number % 4 == 0 else None,
        "copy_of": key_of(number - 1) if number % 10 == 9 else None,
    }


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    texts = ("rain", "rain and flood")
    articles = (made_article(n, texts[n % 2] + f" {n}", **made(n)) for n in range(NUMBER))
    with made_corpus(*articles) as found:
        found.row_factory = sqlite3.Row  # as datasette has it
        yield found


def numbers(db: sqlite3.Connection, typed: str, facets: Facets, page: int = 1) -> list[int]:
    found = search(db, typed, facets, page)
    return [int(hit.url.rpartition("/")[2]) for hit in found.hits]


def test_counts_are_of_all_that_is_found(db: sqlite3.Connection) -> None:
    found = search(db, "flood", Facets(copies=True))
    assert (found.total, found.hidden_copies) == (30, 0)
    assert list(found.facets["source"]) == [
        *(FacetCount("courier", 10), FacetCount("herald", 10), FacetCount("post", 10))
    ]
    assert list(found.facets["language"]) == [FacetCount("de", 30)]
    assert list(search(db, "rain", Facets(copies=True)).facets["agency"]) == [
        *(FacetCount(NONE, 45), FacetCount("dpa", 15))
    ]
    assert found.days[0] == DayCount("2024-04-02", "courier", 1)
    assert sum(day.count for day in found.days) == 30


def test_copies_are_hidden_and_counted(db: sqlite3.Connection) -> None:
    found = search(db, "rain")
    assert (found.total, found.hidden_copies) == (NUMBER - 6, 6)
    assert not any(hit.is_copy for hit in found.hits)
    group = search(db, "", Facets(copy_group=key_of(8)))
    assert [(hit.key, hit.copies, hit.is_copy) for hit in group.hits] == [
        (key_of(9), 1, True),
        (key_of(8), 1, False),
    ]


@pytest.mark.parametrize("typed", ["", "rain", "-zzz"])
@pytest.mark.parametrize(
    ("facets", "wanted"),
    [
        (Facets(), lambda n: True),
        (Facets(source="post"), lambda n: n % 3 == 2),
        (Facets(agency="dpa", language="en"), lambda n: n % 4 == 0),
        (Facets(agency=NONE), lambda n: n % 4),
        (Facets(licence=NONE, source="herald"), lambda n: n % 3 == 0),
        (Facets(after="2024-04-30", before="2024-05-02"), lambda n: 29 <= n <= 31),
        (Facets(before="2024-04-01"), lambda n: n == 0),
        (Facets(source="nobody"), lambda n: False),
        (Facets(after="tomorrow"), lambda n: True),
    ],
)
def test_facets_narrow(db: sqlite3.Connection, typed: str, facets: Facets, wanted: object) -> None:
    assert callable(wanted)
    facets = replace(facets, copies=True)
    found = search(db, typed, facets)
    expected = [n for n in range(NUMBER) if wanted(n)]
    assert found.total == len(expected)
    shown = [n for page in range(1, found.pages + 1) for n in numbers(db, typed, facets, page)]
    assert sorted(shown) == expected
    if found.order == "newest":
        assert shown == expected[::-1]


def test_pages(db: sqlite3.Connection) -> None:
    facets = Facets(copies=True)
    assert search(db, "", facets).pages == -(-NUMBER // PAGE)
    assert numbers(db, "", facets, 2) == list(range(NUMBER - 1 - PAGE, NUMBER - 1 - 2 * PAGE, -1))
    assert search(db, "", facets, 10**9).page == search(db, "", facets).pages
    assert search(db, "", facets, -3).page == 1


def test_a_headline_counts_more_than_a_text() -> None:
    with made_corpus(
        made_article(1, "ferry " * 2 + "words " * 20, title="Other", day="2024-06-01"),
        made_article(2, "words " * 22, title="Ferry", day="2024-05-01"),
    ) as db:
        found = search(db, "ferry")
    assert found.order == "relevance"
    assert [hit.title for hit in found.hits] == ["Ferry", "Other"]
    assert found.hits[0].title_html == "<mark>Ferry</mark>"


def test_long_times_are_counted_by_month() -> None:
    with made_corpus(*(made_article(n, f"text {n}", day=day) for n, day in enumerate(DAYS))) as db:
        months = [DayCount("2019-02-01", "herald", 2), DayCount("2024-05-01", "herald", 1)]
        assert search(db, "text").days == months
        assert day_counts(db) == months
        assert search(db, "", Facets(before="2020-01-01")).days == [
            *(DayCount("2019-02-03", "herald", 1), DayCount("2019-02-27", "herald", 1))
        ]
        assert [hit.day for hit in search(db, "").hits] == sorted(DAYS, reverse=True)
        found = home(db)
        assert (found.first_day, found.last_day, found.articles) == ("2019-02-03", "2024-05-01", 3)
        (source,) = sources(db)
        assert (source.first_day, source.last_day, source.articles) == ("2019-02-03", DAYS[2], 3)


DAYS = ("2019-02-03", "2019-02-27", "2024-05-01")


def test_an_article_is_written_over(db: sqlite3.Connection) -> None:
    """Counts and words follow."""
    db.execute("SAVEPOINT before")
    put(db, made_article(0, "snow", source="herald", language="fr", day="2025-01-01"))
    assert search(db, "snow").total == 1
    assert numbers(db, "", Facets(language="fr")) == [0]
    assert 0 not in numbers(db, "rain", Facets(source="herald"))
    assert DayCount("2024-04-01", "herald", 1) not in day_counts(db)
    db.execute("ROLLBACK TO before")
