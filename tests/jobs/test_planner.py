"""What a plan puts in, and what it remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.jobs.planner import Planner
from tests.rounds.sources import DAY, ENTRY, HOUR, NOW, SOURCE, ledger, read

_HOURLY = replace(ENTRY, every=HOUR)


def test_a_source_is_due_when_it_was_never_read_or_its_time_has_come(tmp_path: Path) -> None:
    fresh = replace(_HOURLY, key="fresh", source="fresh.test")
    with ledger(tmp_path) as store:
        planner = Planner(store)
        read(store, SOURCE, [NOW])
        assert list(planner.due([_HOURLY, fresh], NOW, ())) == [(fresh, 24 * 60)]
        later = NOW + HOUR + timedelta(minutes=7)
        assert list(planner.due([_HOURLY], later, ())) == [(_HOURLY, 7)]


def test_what_waits_or_is_read_is_not_put_in(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        assert list(Planner(store).due([_HOURLY], NOW, {"harbour"})) == []


def test_the_most_overdue_is_no_more_urgent_than_what_is_asked_for(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        read(store, SOURCE, [NOW - 1000 * DAY])
        assert list(Planner(store).due([_HOURLY], NOW, ())) == [(_HOURLY, 100_000)]


def test_only_what_was_read_is_looked_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(_HOURLY, key="other", source="other.test")
    with ledger(tmp_path) as store:
        for source in (SOURCE, "other.test"):
            read(store, source, [NOW])
        planner, asked = Planner(store), list[str]()
        look_up = planner.schedule.next_read

        def counted(source: object, now: object) -> object:
            asked.append(source.key)  # type: ignore[attr-defined]
            return look_up(source, now)  # type: ignore[arg-type]

        monkeypatch.setattr(planner.schedule, "next_read", counted)
        later = NOW + timedelta(minutes=10)
        for minutes in (5, 10):
            at = NOW + timedelta(minutes=minutes)
            assert not list(planner.due([_HOURLY, other], at, ()))
        read(store, SOURCE, [later])
        later += timedelta(minutes=1)
        assert not list(planner.due([_HOURLY, other], later, ()))
        assert asked == ["harbour", "other", "harbour"]
        more_often = replace(other, every=timedelta(minutes=5))  # its entry was changed
        assert [it.key for it, _ in planner.due([_HOURLY, more_often], later, ())] == ["other"]
