from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import parse_moment
from crawler.sources.sitemap_parts import newest_parts, parts_of_days, periods_of
from crawler.sources.sitemaps import ChildSitemap

SITE = "https://press.example"
MONTHS = [(year, month) for year in range(2022, 2027) for month in range(1, 13)][:-1]
TODAY, FIRST_NEW_DAY = "2026-11-29", "2026-11-27"


def parts(places: Iterable[str], changed: str | Sequence[str] = "") -> list[ChildSitemap]:
    places = list(places)
    days = [changed] * len(places) if isinstance(changed, str) else changed
    return [
        ChildSitemap(url=SITE + place, modified=parse_moment(day) if day else None)
        for place, day in zip(places, days, strict=True)
    ]


def places(found: Iterable[ChildSitemap]) -> list[str]:
    return [child.url.removeprefix(SITE) for child in found]


@pytest.mark.parametrize(
    "written",
    [
        "/sitemap-{year}-{month:02d}.xml",
        "/sitemap-{year}-{month}.xml",
        "/sitemap.xml?yyyy={year}&mm={month:02d}",
        "/sitemap.xml?month={month}&year={year}",
        "/sitemap-posttype-post.{year}{month:02d}.xml",
        "/sitemaps/{year}/{month:02d}/sitemap_0.xml",
        "/archive/sitemap-{year}-{month:02d}-p00.xml.gz",
        "/index.xml?date={year}-{month:02d}-01&unit=months&period=1",
        "/articles_{month:02d}-{year}.xml",
    ],
)
def test_parts_of_months(written: str) -> None:
    row = parts(written.format(year=year, month=month) for year, month in MONTHS)
    wanted = [written.format(year=2024, month=month) for month in (5, 6)]
    assert places(parts_of_days(row, "2024-05-14", "2024-06-02")) == wanted
    assert places(newest_parts(row, FIRST_NEW_DAY)) == [written.format(year=2026, month=11)]
    assert len(places(newest_parts(row, "2026-10-31"))) == 2, "a run after a pause"


def test_months_by_their_names() -> None:
    row = parts(f"/2024-{name}.xml" for name in ("january", "february", "march", "april"))
    assert places(parts_of_days(row, "2024-02-10", "2024-02-12")) == ["/2024-february.xml"]


@pytest.mark.parametrize(
    "written", ["/s.xml?yyyy=2024&mm=05&dd={:02d}", "/all/202405{:02d}_1.xml", "/2024/05/{:02d}/s"]
)
def test_parts_of_days(written: str) -> None:
    row = parts(map(written.format, range(1, 32)))
    assert places(parts_of_days(row, "2024-05-10", "2024-05-12")) == [
        *map(written.format, (10, 11, 12))
    ]
    assert places(newest_parts(row, FIRST_NEW_DAY)) == [written.format(31)], "never none"


@pytest.mark.parametrize(
    "written", ["/stories-year~{}.xml", "/sitemap-index_{}.xml", "/posts{}.xml"]
)
def test_parts_of_years(written: str) -> None:
    row = parts(map(written.format, range(1999, 2027)))
    assert places(parts_of_days(row, "2023-12-31", "2024-01-02")) == [
        *map(written.format, (2023, 2024))
    ]
    assert places(newest_parts(row, FIRST_NEW_DAY)) == [written.format(2026)]


def test_a_range_of_days() -> None:
    row = parts(["/s_20240501-20240531.xml", "/s_20240601-20240630.xml"])
    assert places(parts_of_days(row, "2024-05-20", "2024-05-21")) == ["/s_20240501-20240531.xml"]


@pytest.mark.parametrize(
    "row",
    [
        [f"/sitemap-{year}-{n}.xml" for year in (2022, 2023, 2024) for n in range(1, 6)],
        [f"/sitemap-{year}-{n:02d}.xml" for year in (2022, 2023, 2024) for n in range(1, 14)],
        [f"/sitemap-{year}-{n:02d}.xml" for year in (2022, 2023, 2024) for n in range(1, 4)],
    ],
    ids=["few", "thirteen", "few-with-zeros"],
)
def test_numbers_of_parts_are_no_months(row: list[str]) -> None:
    found = places(parts_of_days(parts(row), "2024-02-10", "2024-02-12"))
    assert found == [place for place in row if "2024" in place]


@pytest.mark.parametrize(
    "row",
    [
        [f"/post-sitemap{n}.xml" for n in range(1, 2100, 70)],
        [f"/sitemap-{n}.xml" for n in (7, 2019, 20190)],
        [f"/s.xml?{digest}" for digest in ("a2019f", "0f2019c", "7e201905")],
    ],
    ids=["counted", "mixed", "digests"],
)
def test_other_numbers_say_nothing_of_days(row: list[str]) -> None:
    assert places(parts_of_days(parts(row), "2024-02-10", "2024-02-12")) == row


def test_true_days_of_change_count() -> None:
    row = parts(
        [f"/post-sitemap{n}.xml" for n in range(1, 5)],
        ["2021-01-01", "2023-02-02", "2024-03-03", "2026-11-28"],
    )
    assert places(parts_of_days(row, "2024-01-01", "")) == places(row[2:])
    assert places(newest_parts(row, FIRST_NEW_DAY)) == places(row[3:])
    assert places(newest_parts(row, "2026-12-24")) == places(row[3:]), "never none"


def test_days_of_change_that_are_all_the_same_say_nothing() -> None:
    row = [f"/sitemap/{n}.xml" for n in range(1, 41)]
    assert places(newest_parts(parts(row, TODAY), FIRST_NEW_DAY)) == [row[0], row[-1]]
    assert places(parts_of_days(parts(row, "2009-01-01"), "2024-01-01", "")) == row


def test_an_address_is_believed_before_a_day_of_change() -> None:
    row = parts(
        ["/s-2024-04.xml", "/s-2024-05.xml", "/s-2024-06.xml"],
        ["2026-11-20", "2010-01-01", "2026-11-21"],
    )
    assert places(parts_of_days(row, "2024-05-10", "2024-05-12")) == ["/s-2024-05.xml"]


def test_without_any_days_the_newest_is_at_an_end() -> None:
    index = parts(
        [
            *(f"/wp-sitemap-posts-post-{n}.xml" for n in (1, 2, 9, 10)),
            *("/wp-sitemap-posts-page-1.xml", "/wp-sitemap-taxonomies-category-1.xml"),
            "/wp-sitemap-users-1.xml",
        ]
    )
    assert places(newest_parts(index, FIRST_NEW_DAY)) == [
        *("/wp-sitemap-posts-post-1.xml", "/wp-sitemap-posts-post-10.xml"),
    ]
    assert places(parts_of_days(index, "2024-01-01", "")) == places(index)
    authors = parts(["/author-sitemap.xml"])
    assert newest_parts(authors, FIRST_NEW_DAY) == authors, "never none"


@pytest.mark.parametrize(
    "news",
    [
        ["/sitemap/news/ap.xml", "/sitemap/news/local.xml"],
        ["/sitemap.xml?type=news"],
        ["/googlenews.xml"],
        ["/sitemap_recent.xml"],
    ],
)
def test_what_is_called_news_is_opened(news: list[str]) -> None:
    archive = [f"/sitemap-{year}-{month:02d}.xml" for year, month in MONTHS]
    found = newest_parts(parts([*archive, *news, "/sitemap-topics.xml"]), FIRST_NEW_DAY)
    assert places(found) == ["/sitemap-2026-11.xml", *news]


def test_a_row_of_months_that_ended_does_not_hide_what_goes_on() -> None:
    index = parts([*(f"/s-2019-{month:02d}.xml" for month in range(1, 13)), "/stories.xml"])
    assert places(newest_parts(index, FIRST_NEW_DAY)) == ["/s-2019-12.xml", "/stories.xml"]


@given(st.lists(st.tuples(st.text(max_size=20), st.sampled_from(["", "2026-11-28", "2020-02-02"]))))
def test_any_index_is_read_in_part(index: list[tuple[str, str]]) -> None:
    children = [
        child for place, day in index for child in parts([f"/{place.replace('#', '')}"], day)
    ]
    assert len(periods_of(children)) == len(children)
    newest = newest_parts(children, FIRST_NEW_DAY)
    assert bool(newest) == bool(children)
    assert set(newest) <= set(children)
    assert list(parts_of_days(children, "", "")) == children
