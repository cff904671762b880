"""When a source is read again: the figures it was chosen by, and what holds for any source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.rounds.waiting_rule import (
    FRESHNESS,
    LONGEST_WAIT,
    SHORTEST_WAIT,
    SILENT_WAIT,
    UNKNOWN_WAIT,
    LastRead,
    level_of,
    next_read,
    read_rhythm,
)

NOW = datetime(2024, 3, 6, 9, 30, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
GOLDEN = 0.6180339887498949  # its multiples are spread evenly over the hours of the day

AGES = st.floats(0, 200 * 24 * 60).map(lambda minutes: minutes * MINUTE)
STORIES = st.lists(AGES, max_size=150)
READS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
FRESHNESSES = st.floats(1, 3000).map(lambda minutes: minutes * MINUTE)


def wait(
    published: list[datetime],
    *,
    at: datetime = NOW,
    freshness: timedelta = FRESHNESS,
    known_since: datetime | None = None,
    **read: object,
) -> timedelta:
    rhythm = read_rhythm(published, at, known_since)
    last = LastRead(at=at, **read)  # type: ignore[arg-type]
    return next_read(rhythm, published, last, freshness) - at


def evenly(rate: float, days: int) -> list[datetime]:
    """Return *rate* stories a day, at no hour more than at others."""
    return [NOW - (number + number * GOLDEN % 1) / rate * DAY for number in range(int(rate * days))]


@pytest.mark.parametrize(
    ("rate", "minutes"),
    [(1, 5.7 * 60), (10, 1.8 * 60), (50, 48), (200, 24)],
)
def test_at_an_even_rate_it_waits_as_the_square_root_says(rate: int, minutes: float) -> None:
    found = wait(evenly(rate, 180))
    assert found / MINUTE == pytest.approx(minutes, rel=0.06)
    assert found / MINUTE == pytest.approx((2 * 40 * 1440 / rate) ** 0.5, rel=0.06)


def test_four_times_the_freshness_is_half_the_requests() -> None:
    published = evenly(20, 180)
    ratio = wait(published, freshness=4 * FRESHNESS) / wait(published)
    assert ratio == pytest.approx(2, rel=0.05)


def test_it_reads_after_the_busy_hours_and_sleeps_at_night() -> None:
    days = [NOW.replace(hour=0, minute=0) - day * DAY for day in range(60)]
    published = [day + hour * HOUR for day in days for hour in (8, 9, 10) for _ in range(3)]
    morning, night = NOW.replace(hour=8, minute=0), NOW.replace(hour=20, minute=0)
    assert wait(published, at=morning) < HOUR
    assert wait(published, at=night) > 4 * HOUR


def test_it_knows_weekends_after_some_weeks() -> None:
    days = [NOW - day * DAY for day in range(120)]
    published = [
        day - number * 2.3 * HOUR for day in days if day.weekday() < 5 for number in range(4)
    ]
    saturday = NOW + 3 * DAY
    assert wait(published, at=saturday) > 1.5 * wait(published, at=NOW)


def test_a_new_source_is_read_again_within_the_hour() -> None:
    assert wait([]) == wait([NOW - HOUR]) == UNKNOWN_WAIT
    assert wait([NOW - 2 * HOUR, NOW - HOUR]) < UNKNOWN_WAIT * 3


def test_that_nothing_came_for_the_whole_window_is_known() -> None:
    assert wait([], known_since=NOW - 200 * DAY) == LONGEST_WAIT
    assert wait([NOW - HOUR], known_since=NOW - 30 * DAY) == UNKNOWN_WAIT


def test_two_stories_of_a_source_that_is_known_for_long_are_no_flood() -> None:
    published = [NOW - 2 * HOUR, NOW - HOUR]
    assert wait(published, known_since=NOW - 150 * DAY) > 2 * wait(published)


def test_an_answer_without_any_known_item_is_followed_soon() -> None:
    published = evenly(1, 180)
    assert wait(published, brought_known=False) == SHORTEST_WAIT


def test_a_silent_source_is_asked_four_times_a_day() -> None:
    assert wait(evenly(200, 20), is_silent=True) == SILENT_WAIT


def test_more_stories_than_expected_are_followed_closer() -> None:
    usual = evenly(4, 90)
    burst = [NOW - number * 20 * MINUTE for number in range(40)]
    assert level_of(read_rhythm(usual, NOW), usual, NOW) == pytest.approx(1, abs=0.15)
    rhythm = read_rhythm(usual, NOW)  # of this morning: the burst is not in it
    assert level_of(rhythm, usual + burst, NOW) > 3
    last = LastRead(at=NOW)
    assert next_read(rhythm, usual + burst, last) < next_read(rhythm, usual, last) - HOUR / 2


def test_stories_dated_ahead_and_long_ago_do_not_count() -> None:
    published = evenly(10, 30)
    others = [NOW + HOUR, NOW + 40_000 * DAY, NOW - 300 * DAY, datetime(1, 1, 2, tzinfo=UTC)]
    assert wait(published + others) == wait(published)


def test_a_rhythm_holds_for_a_day_once_the_source_is_known() -> None:
    grown, young = read_rhythm(evenly(5, 60), NOW), read_rhythm(evenly(5, 10), NOW)
    assert grown.holds(NOW + 23 * HOUR)
    assert not grown.holds(NOW + 25 * HOUR)
    assert not grown.holds(NOW - HOUR)
    assert not young.holds(NOW + MINUTE)


def test_the_stories_expected_in_a_week_are_seven_times_the_mean() -> None:
    rhythm = read_rhythm(evenly(5, 60), NOW)
    assert rhythm.expected(NOW, NOW + 21 * DAY) == pytest.approx(rhythm.mean * 24 * 21)
    parts = [rhythm.expected(NOW + n * 7 * HOUR, NOW + (n + 1) * 7 * HOUR) for n in range(24)]
    assert sum(parts) == pytest.approx(rhythm.mean * 24 * 7)
    assert rhythm.expected(NOW, NOW - DAY) == 0


@given(STORIES, READS, FRESHNESSES, st.booleans(), st.booleans())
def test_the_wait_is_within_the_bounds(
    ages: list[timedelta],
    at: datetime,
    freshness: timedelta,
    brought_known: bool,
    is_silent: bool,
) -> None:
    published = [at - age for age in ages]
    read = {"brought_known": brought_known, "is_silent": is_silent}
    found = wait(published, at=at, freshness=freshness, **read)  # type: ignore[arg-type]
    assert (SILENT_WAIT if is_silent else SHORTEST_WAIT) <= found <= LONGEST_WAIT


@given(STORIES, FRESHNESSES, st.floats(1, 10))
def test_who_lets_stories_wait_longer_reads_later(
    ages: list[timedelta], freshness: timedelta, factor: float
) -> None:
    published = [NOW - age for age in ages]
    longer = wait(published, freshness=factor * freshness)
    assert longer >= wait(published, freshness=freshness)


@given(STORIES, st.integers(-500, 500))
def test_all_moved_by_whole_weeks_is_the_same(ages: list[timedelta], weeks: int) -> None:
    published = [NOW - age for age in ages]
    moved = timedelta(weeks=weeks)
    there = wait([moment + moved for moment in published], at=NOW + moved)
    assert there / MINUTE == pytest.approx(wait(published) / MINUTE, rel=1e-6)


@given(
    st.lists(st.floats(0, 180).map(lambda days: days * DAY), min_size=2, max_size=150),
    st.lists(st.floats(0, 1), min_size=1, max_size=40),
)
def test_more_stories_never_make_it_wait_much_longer(
    ages: list[timedelta], places: list[float]
) -> None:
    published = [NOW - age for age in ages]
    more = published + [NOW - place * max(ages) for place in places]
    assert wait(more) <= 2 * wait(published)
