"""When a source is read again, by a plan that the ledger keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.rounds.reading_plan import PlannedRead, kept_plan, make_plan, plan_read
from crawler.rounds.source_health import source_health
from crawler.rounds.waiting_rule import LONGEST_WAIT, SILENT_WAIT, UNKNOWN_WAIT, LastRead
from crawler.state.store import Store
from tests.rounds.sources import DAY, ENTRY, HOUR, NOW, SOURCE, every, hold, ledger, read

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with ledger(tmp_path) as store:
        yield store


def planned(store: Store, at: datetime, **last: Any) -> PlannedRead:
    """Plan the next read, and keep the plan as a round does."""
    found = plan_read(store, SOURCE, LastRead(at=at, **last))
    if found.is_new:
        store.put_fact(*found.plan.as_fact(SOURCE))
    return found


def test_a_plan_is_kept_for_a_day(store: Store) -> None:
    hold(store, SOURCE, every(3 * HOUR, NOW - 100 * DAY, NOW))
    first = planned(store, NOW)
    assert first.is_new
    assert first.plan == make_plan(store, SOURCE, NOW)
    second = planned(store, NOW + 2 * HOUR)
    assert not second.is_new
    assert second.plan.last_story == first.plan.last_story == NOW
    assert second.plan.rhythm.rates == pytest.approx(first.plan.rhythm.rates, rel=1e-5)
    assert not planned(store, NOW + 23 * HOUR).is_new
    assert planned(store, NOW + 25 * HOUR).is_new
    assert not planned(store, NOW + 26 * HOUR).is_new


def test_it_reads_again_when_health_says_so(store: Store) -> None:
    hold(store, SOURCE, every(3 * HOUR, NOW - 100 * DAY, NOW - HOUR))
    read(store, SOURCE, [NOW], counts={"listed": 10, "held": 10})
    health = source_health(store, SOURCE, ENTRY, NOW)
    assert health.next_read is not None
    for _ in range(2):  # with a new plan, and with the kept one
        assert abs(planned(store, NOW).at - health.next_read) < timedelta(seconds=1)


def test_a_kept_plan_knows_silence_and_its_end(store: Store) -> None:
    hold(store, SOURCE, every(3 * HOUR, NOW - 100 * DAY, NOW))
    plan = make_plan(store, SOURCE, NOW + 20 * HOUR)
    assert plan.silent_after is not None
    store.put_fact(*plan.as_fact(SOURCE))
    before = planned(store, NOW + plan.silent_after - MINUTE)
    after = planned(store, NOW + plan.silent_after + MINUTE)
    assert (before.is_new, before.is_silent) == (False, False)
    assert (after.is_new, after.is_silent) == (False, True)
    assert after.at == NOW + plan.silent_after + MINUTE + SILENT_WAIT
    hold(store, SOURCE, [NOW + plan.silent_after])
    assert not planned(store, NOW + plan.silent_after + 2 * MINUTE).is_silent


def test_a_story_that_comes_in_late_makes_a_new_plan(store: Store) -> None:
    hold(store, SOURCE, every(3 * HOUR, NOW - 100 * DAY, NOW - 3 * DAY))
    assert planned(store, NOW).is_silent
    hold(store, SOURCE, [NOW - 1.5 * DAY], collected=1.5 * DAY)
    late = planned(store, NOW + HOUR)
    assert late.is_new
    assert late.plan.last_story == NOW - 1.5 * DAY


def test_a_young_source_is_planned_anew_at_each_read(store: Store) -> None:
    assert planned(store, NOW).at == NOW + UNKNOWN_WAIT
    hold(store, SOURCE, every(3 * HOUR, NOW - 5 * DAY, NOW))
    for hours in range(3):
        found = planned(store, NOW + hours * HOUR)
        assert found.is_new
        assert found.at < NOW + hours * HOUR + LONGEST_WAIT


def test_what_may_lie_below(store: Store) -> None:
    hold(store, SOURCE, every(3 * HOUR, NOW - 100 * DAY, NOW))
    assert planned(store, NOW, brought_known=False).at == NOW + 10 * MINUTE


def test_a_plan_is_read_as_it_was_kept(store: Store) -> None:
    hold(store, SOURCE, every(3 * HOUR, NOW - 100 * DAY, NOW))
    name, value = make_plan(store, SOURCE, NOW).as_fact(SOURCE)
    store.put_fact(name, value)
    kept = kept_plan(store, SOURCE)
    assert kept is not None
    assert kept.as_fact(SOURCE) == (name, value)


@pytest.mark.parametrize(
    "changes",
    [
        {"rates": [1.0] * 167},
        {"rates": [-1.0] * 168},
        {"rates": ["nan"] * 168},
        {"mean": 1e999},
        {"known": 1e300},
        {"made": "2024-03-06T09:30:00"},
        {"made": 7},
        {"last_story": []},
    ],
)
def test_a_plan_that_cannot_be_used_is_made_anew(store: Store, changes: dict[str, Any]) -> None:
    hold(store, SOURCE, every(3 * HOUR, NOW - 100 * DAY, NOW))
    name, value = make_plan(store, SOURCE, NOW).as_fact(SOURCE)
    store.put_fact(name, json.dumps(json.loads(value) | changes))
    assert kept_plan(store, SOURCE) is None
    assert planned(store, NOW).is_new


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.text()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    ).map(json.dumps)
)
def test_any_fact_is_a_plan_or_none(store: Store, value: str) -> None:
    store.put_fact(f"reading plan of {SOURCE}", value.encode("utf-8", "replace").decode())
    assert kept_plan(store, SOURCE) is None
