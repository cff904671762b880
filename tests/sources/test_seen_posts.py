"""From where on the next run asks: never behind what may still come, whatever the clocks say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.wordpress.post_listing import ListedPost
from crawler.sources.wordpress.seen_posts import OVERLAP, Seen, WalkState, latest, list_name

_NOW = datetime(2026, 11, 29, 12)
_TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2150, 1, 1))


def listed(date: object, modified: object) -> ListedPost:
    return ListedPost(id=1, date=str(date), guid="", modified=str(modified), link="")


@given(st.lists(st.tuples(_TIMES, _TIMES), max_size=5), _TIMES, st.timedeltas(timedelta(0)))
def test_what_appears_later_is_asked_for(
    pairs: list[tuple[datetime, datetime]], now: datetime, passed: timedelta
) -> None:
    """A post of now in any zone, and one that was changed now, whatever stood on the list."""
    seen = latest([listed(*pair) for pair in pairs], now, None)
    if seen:
        then = min(now + min(passed, timedelta(days=10_000)), datetime(2190, 1, 1))
        for time in (None, now, then):
            assert max(seen.bounds(time)) < now + timedelta(hours=14) - timedelta(days=1)


def test_what_lies_ahead_tells_nothing() -> None:
    posts = [
        listed("2026-11-20T10:00:00", "2026-11-21T10:00:00"),
        listed("2090-01-01T00:00:00", "0000-00-00T00:00:00"),
        listed("", "2091-01-01T00:00:00"),
    ]
    seen = latest(posts, _NOW, None)
    assert seen
    assert seen.bounds(_NOW) == (
        datetime(2026, 11, 18, 10),
        datetime(2026, 11, 19, 10),
    )
    assert latest(posts[1:], _NOW, None) is None
    assert latest(posts[1:], _NOW, seen) == seen


def test_a_clock_that_was_set_back() -> None:
    seen = Seen(_NOW, _NOW)
    earlier = _NOW - timedelta(days=100)
    assert seen.bounds(earlier)[0] == earlier + timedelta(hours=14) - OVERLAP


def test_the_state_comes_back() -> None:
    seen = {list_name("posts", "fr"): Seen(_NOW, _NOW)}
    state = WalkState(
        walked=datetime.now(UTC), seen=seen, owed={"posts": [3, 4]}, miscounts={"posts": -2}
    )
    assert WalkState.from_json(state.as_json()) == state


@pytest.mark.parametrize("text", [None, "", "{", "[]", "7", "{}", '{"walked": 1}', '{"seen": []}'])
def test_what_is_no_state_means_a_whole_walk(text: str | None) -> None:
    assert WalkState.from_json(text) is None
