"""When a source is called silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.rounds.silence import HISTORY, Pause, read_pause, time_to_expect
from crawler.rounds.waiting_rule import read_rhythm

NOW = datetime(2024, 3, 6, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

STORIES = st.lists(st.floats(0, 500).map(lambda days: NOW - days * DAY), max_size=120)


def every(step: timedelta, start: datetime, end: datetime) -> list[datetime]:
    """Return stories *step* apart, each a little later or earlier, the last one at *end*."""
    count = (end - start) // step
    return [end - number * step + number % 7 * step / 10 for number in range(count)] + [end]


def silent_after(published: list[datetime], **known: object) -> timedelta | None:
    """Return how long the pause behind the stories may be."""
    return read_pause(published, max(published), **known).limit  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "least", "most"),
    [(HOUR, DAY, DAY), (4 * HOUR, 1.8 * DAY, 2.3 * DAY), (DAY, 11 * DAY, 14 * DAY)],
)
def test_silence_is_a_day_and_twelve_stories_that_did_not_come(
    step: timedelta, least: timedelta, most: timedelta
) -> None:
    limit = silent_after(every(step, NOW - 200 * DAY, NOW))
    assert limit is not None
    assert least <= limit <= most


def test_silence_is_longer_than_twice_the_longest_pause() -> None:
    published = every(HOUR, NOW - 200 * DAY, NOW - 100 * DAY) + every(HOUR, NOW - 80 * DAY, NOW)
    pause = read_pause(published, NOW + 5 * DAY)
    assert pause.longest > 19 * DAY
    assert pause.usual < pause.longest  # it was called silence after a day or two
    assert pause.is_silent


def test_a_pause_that_was_no_silence_counts_twice_in_full() -> None:
    step = 8 * HOUR
    early = every(step, NOW - 200 * DAY, NOW - 100 * DAY)
    holiday, longer = NOW - 100 * DAY + 3.5 * DAY, NOW - 60 * DAY + 6 * DAY
    published = [
        *early,
        *every(step, holiday, NOW - 60 * DAY),
        *every(step, longer, NOW),
    ]
    pause = read_pause(published, NOW)
    assert pause.usual == pause.longest > 5.5 * DAY
    assert pause.limit == 2 * pause.usual


def test_three_times_as_long_while_it_is_known_for_less_than_90_days() -> None:
    def limit(days: int) -> timedelta | None:
        before = every(HOUR, NOW - days * DAY, NOW - 20 * DAY)
        return silent_after(before + every(HOUR, NOW - 19 * DAY, NOW))

    young, grown = limit(60), limit(120)
    assert young is not None
    assert grown is not None
    assert young == pytest.approx(1.5 * grown, rel=0.05)


def test_one_long_pause_does_not_make_it_deaf() -> None:
    published = every(HOUR, NOW - 300 * DAY, NOW - 200 * DAY) + every(HOUR, NOW - 60 * DAY, NOW)
    limit = silent_after(published)
    assert limit is not None
    assert limit < 5 * DAY


def test_a_pause_of_more_than_a_year_ago_is_forgotten() -> None:
    steady = every(2 * HOUR, NOW - 370 * DAY, NOW)
    before = every(2 * HOUR, NOW - 500 * DAY, NOW - 370 * DAY - 40 * HOUR)
    assert silent_after(before + steady) == silent_after(steady)


@pytest.mark.parametrize(("days", "stories"), [(29, 500), (400, 19)])
def test_a_young_source_is_never_silent(days: int, stories: int) -> None:
    published = [NOW - (days - 1) * DAY * number / stories for number in range(stories)]
    pause = read_pause(published, NOW + DAY / 2)
    assert pause.is_young
    assert not pause.is_silent
    assert not pause.is_quiet


def test_a_source_grows_up_while_it_pauses() -> None:
    published = every(HOUR, NOW - 20 * DAY, NOW)
    assert read_pause(published, NOW + 9 * DAY).is_young
    assert read_pause(published, NOW + 11 * DAY).is_silent


def test_quiet_is_longer_than_usual_and_no_silence_yet() -> None:
    published = every(HOUR, NOW - 200 * DAY, NOW)
    assert not read_pause(published, NOW + HOUR / 2).is_quiet
    assert read_pause(published, NOW + 12 * HOUR).is_quiet
    assert not read_pause(published, NOW + 12 * DAY).is_quiet


def test_the_first_new_story_ends_it() -> None:
    published = every(HOUR, NOW - 200 * DAY, NOW)
    later = NOW + 12 * DAY
    assert read_pause(published, later).is_silent
    assert not read_pause([*published, later - HOUR], later).is_silent


def test_nothing_that_is_dated_ahead_ends_it() -> None:
    published = every(HOUR, NOW - 200 * DAY, NOW)
    ahead = [NOW + 13 * DAY, NOW + 30_000 * DAY]
    assert read_pause([*published, *ahead], NOW + 12 * DAY).is_silent


def test_nothing_is_known_of_a_source_without_stories() -> None:
    nothing = timedelta(0)
    assert read_pause([], NOW) == Pause(
        last_story=None, length=nothing, longest=nothing, usual=nothing, limit=None
    )


def test_stories_before_the_history_need_not_be_given() -> None:
    published = every(9 * HOUR, NOW - 1500 * DAY, NOW)
    given = [moment for moment in published if moment > NOW - HISTORY]
    whole = read_pause(published, NOW)
    known = {"known_since": min(published), "before": len(published) - len(given)}
    assert read_pause(given, NOW, **known) == whole  # type: ignore[arg-type]


def test_of_few_stories_long_ago_nothing_is_expected() -> None:
    published = [NOW - 300 * DAY]
    known = {"known_since": NOW - 320 * DAY, "before": 30}
    assert read_pause(published, NOW, **known).is_young  # type: ignore[arg-type]


def test_the_time_to_expect_is_that_of_the_rhythm() -> None:
    rhythm = read_rhythm(every(5 * HOUR, NOW - 100 * DAY, NOW), NOW)
    for stories in (0.5, 12, 100):
        length = time_to_expect(rhythm, NOW, stories)
        assert rhythm.expected(NOW, NOW + length) >= stories
        assert rhythm.expected(NOW, NOW + length - HOUR) < stories


@given(STORIES, st.floats(0, 300))
def test_silence_lasts_until_a_story_comes(published: list[datetime], days: float) -> None:
    answered = NOW + days * DAY
    pause, later = read_pause(published, answered), read_pause(published, answered + 9 * DAY)
    assert later.is_silent or not pause.is_silent
    assert pause.is_young + pause.is_silent + pause.is_quiet <= 1


@given(STORIES)
def test_silence_is_longer_than_a_day_and_than_any_usual_pause(published: list[datetime]) -> None:
    pause = read_pause(published, NOW)
    gaps = [end - start for start, end in pairwise(sorted(published))]
    assert pause.usual <= pause.longest <= max(gaps, default=timedelta(0))
    assert pause.limit is None or pause.limit >= max(DAY, 2 * pause.usual)


@given(STORIES, st.integers(-500, 500))
def test_all_moved_by_whole_weeks_is_the_same(published: list[datetime], weeks: int) -> None:
    moved = timedelta(weeks=weeks)
    there = read_pause([moment + moved for moment in published], NOW + moved)
    here = read_pause(published, NOW)
    assert (there.length, there.longest) == (here.length, here.longest)
    assert there.limit is None or here.limit is not None
    if there.limit and here.limit:
        assert abs(there.limit - here.limit) <= 2 * HOUR


@given(STORIES)
def test_the_order_does_not_matter(published: list[datetime]) -> None:
    assert read_pause(published[::-1], NOW) == read_pause(published, NOW)
