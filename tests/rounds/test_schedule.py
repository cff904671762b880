"""When rounds read a source again, where its site has asked to be left in peace."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.rounds.schedule import Schedule
from crawler.rounds.source_health import SourceVerdict, source_health
from crawler.rounds.source_reads import SLICE
from crawler.sources.round_sources import Source
from tests.rounds.round_sites import RoundSite, run_round, serve, write_sources
from tests.rounds.sources import DAY, ENTRY, HOUR, NOW, SOURCE, every, hold, ledger, read
from tests.running import ROOT

MINUTE = timedelta(minutes=1)
_BUSY = {"asked_wait": 2 * 24 * 3600}


@pytest.mark.parametrize("exit_code", [0, 4, 143])
@pytest.mark.parametrize("entry", [ENTRY, replace(ENTRY, every=HOUR)])
def test_what_the_site_asks_for_holds(tmp_path: Path, entry: Source, exit_code: int) -> None:
    with ledger(tmp_path) as store:
        hold(store, SOURCE, every(HOUR, NOW - 30 * DAY, NOW))
        read(store, SOURCE, [NOW], exit_code)
        assert Schedule(store).next_read(entry, NOW).at < NOW + DAY
        read(store, SOURCE, [NOW + HOUR], exit_code, counts=_BUSY)
        assert Schedule(store).next_read(entry, NOW).at == NOW + HOUR + 2 * DAY


@pytest.mark.parametrize("interval", [None, timedelta(minutes=5), HOUR, 30 * DAY])
def test_a_source_whose_run_was_stopped_waits_for_no_interval(
    tmp_path: Path, interval: timedelta | None
) -> None:
    entry, shortest = replace(ENTRY, every=interval), timedelta(minutes=10)
    with ledger(tmp_path) as store:
        read(store, SOURCE, [NOW - DAY])
        read(store, SOURCE, [NOW], exit_code=143)
        (ended,) = (run.ended for run in store.runs(SOURCE, 1))
        wait = min(interval or shortest, shortest)
        assert Schedule(store).next_read(entry, NOW).at == datetime.fromisoformat(ended) + wait


def test_a_mistake_of_a_site_does_not_hold_for_ever(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        read(store, SOURCE, [NOW], counts={"asked_wait": 1 << 60})
        assert Schedule(store).next_read(ENTRY, NOW).at == NOW + 30 * DAY


@pytest.mark.parametrize(
    ("robots", "retry_after"), [("", "7200"), ("User-agent: *\nCrawl-delay: 7200\n", "")]
)
def test_a_busy_site_is_left_in_peace(tmp_path: Path, robots: str, retry_after: str) -> None:
    site = RoundSite("gull", fails=bool(retry_after), retry_after=retry_after, robots=robots)
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    begin = datetime.fromisoformat("2026-06-01T06:00:00+00:00")

    def requests_at(minutes: int) -> int:
        before = len(site.requested)
        clock = {
            "PYTHONPATH": str(ROOT / "tests" / "wire" / "clock"),
            "NEWSREEL_NOW": (begin + timedelta(minutes=minutes)).isoformat(),
        }
        brief = ("RETRY_AFTER_MAX=0.01", "CRAWL_DELAY_MAX=0.01", "RETRY_ENABLED=False")
        options = [f"--set={setting}" for setting in brief]
        run_round(archives, sources, *options, env=clock)
        return len(site.requested) - before

    with serve([site]):
        write_sources(sources, [site])
        assert requests_at(0)
        assert not requests_at(100)  # an hour is its interval, ten minutes the wait after a failure
        assert requests_at(125)


def test_a_clock_that_was_ahead_stops_nothing(tmp_path: Path) -> None:
    """A machine that began years ahead, more runs than are looked at, and was set right since."""
    with ledger(tmp_path) as store:
        hold(store, SOURCE, every(HOUR, NOW - 30 * DAY, NOW))
        ahead = [NOW + 3650 * DAY + number * HOUR for number in range(200)]
        read(store, SOURCE, ahead, counts=_BUSY)
        assert Schedule(store).next_read(ENTRY, NOW).at == NOW
        assert source_health(store, SOURCE, ENTRY, NOW).last_read is None
        read(store, SOURCE, [NOW], counts={"held": 10})
        following = Schedule(store).next_read(ENTRY, NOW + MINUTE).at
        assert NOW + 10 * MINUTE <= following <= NOW + 12 * HOUR
        assert source_health(store, SOURCE, ENTRY, NOW + MINUTE).last_read == NOW


def test_clocks_of_machines_that_differ_a_little(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        read(store, SOURCE, [NOW + 5 * MINUTE], counts={"held": 10})
        assert Schedule(store).next_read(ENTRY, NOW).at > NOW + 5 * MINUTE


@pytest.mark.parametrize(
    ("counts", "wait", "failures"),
    [
        ({"listed": 9, "new": 3}, timedelta(), 0),
        ({"listed": 9}, timedelta(minutes=10), 0),
        ({"requests": 8, "answers": 1}, timedelta(minutes=20), 2),
    ],
)
def test_a_slice_that_brought_nothing_waits(
    tmp_path: Path, counts: dict[str, int], wait: timedelta, failures: int
) -> None:
    """A site that keeps each request waiting would be asked without a pause, for ever."""
    with ledger(tmp_path) as store:
        for began in (NOW - HOUR, NOW):
            read(store, SOURCE, [began], 3, counts=counts, reason=SLICE)
        assert Schedule(store).next_read(ENTRY, NOW).at == NOW + MINUTE + wait
        assert source_health(store, SOURCE, ENTRY, NOW).failures == failures


@pytest.mark.parametrize("exit_code", [1, 2, 4])
def test_what_cannot_begin_fails_too(tmp_path: Path, exit_code: int) -> None:
    with ledger(tmp_path) as store:
        read(store, SOURCE, every(HOUR, NOW - 2 * HOUR, NOW), exit_code)
        assert source_health(store, SOURCE, ENTRY, NOW).verdict is SourceVerdict.FAILING
        assert Schedule(store).next_read(ENTRY, NOW).at == NOW + MINUTE + timedelta(minutes=40)
        read(store, SOURCE, every(HOUR, NOW + HOUR, NOW + 9 * HOUR), exit_code)
        longest = HOUR if exit_code == 2 else 12 * HOUR
        assert (
            Schedule(store).next_read(ENTRY, NOW + 9 * HOUR).at == NOW + 9 * HOUR + MINUTE + longest
        )
