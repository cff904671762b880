"""The verdicts on sources, by what the ledger has of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.rounds.publication_times import published_times
from crawler.rounds.source_health import SourceHealth, SourceVerdict, all_health, source_health
from crawler.rounds.source_reads import source_reads
from crawler.sources.round_sources import Source
from crawler.state.store import Store
from tests.rounds.sources import DAY, ENTRY, HOUR, NOW, SOURCE, every, hold, ledger, read


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with ledger(tmp_path) as store:
        yield store


def health(store: Store, entry: Source | None = None) -> SourceHealth:
    return source_health(store, SOURCE, entry, NOW)


def grown(store: Store, until: datetime = NOW - HOUR, days: int = 200) -> None:
    """Hold a story every three hours of *days* until then."""
    hold(store, SOURCE, every(3 * HOUR, NOW - days * DAY, until))


def test_a_good_source(store: Store) -> None:
    grown(store)
    read(store, SOURCE, every(6 * HOUR, NOW - 3 * DAY, NOW), counts={"listed": 9, "held": 9})
    found = health(store, ENTRY)
    assert (found.verdict, found.why) == (SourceVerdict.GOOD, "")
    assert found.last_read == found.last_answered == NOW
    assert found.last_story == NOW - HOUR
    assert found.last_collected == NOW
    assert found.week == 56
    assert found.usual_week == pytest.approx(56, rel=0.02)
    assert found.pause.longest == 3 * HOUR
    assert found.next_read is not None
    assert HOUR < found.next_read - NOW < 4 * HOUR


def test_a_young_source(store: Store) -> None:
    grown(store, days=20)
    read(store, SOURCE, [NOW])
    assert health(store).verdict is SourceVerdict.YOUNG


def test_a_quiet_source_and_a_silent_one(store: Store) -> None:
    grown(store, until=NOW - 12 * HOUR)
    read(store, SOURCE, [NOW])
    assert health(store).verdict is SourceVerdict.QUIET
    later = NOW + 3 * DAY
    read(store, SOURCE, [later])
    found = source_health(store, SOURCE, ENTRY, later)
    assert found.verdict is SourceVerdict.SILENT
    assert found.why == "no new story for 3.5 days, where its longest pause was 3 h"
    assert found.next_read == later + 6 * HOUR
    hold(store, SOURCE, [later - HOUR])
    assert source_health(store, SOURCE, None, later).verdict is SourceVerdict.GOOD


@pytest.mark.parametrize(
    ("exit_code", "arguments", "spider"),
    [
        (4, "{}", "wire"),
        (143, "{}", "wire"),
        (5, "{}", "wire"),
        (0, '{"before": "2023-01-01"}', "wordpress"),
        (0, '{"urls": "https://harbour.test/1"}', "wire"),
        (0, "{}", "seeds"),
    ],
)
def test_a_read_that_says_nothing_of_news_makes_no_silence(
    store: Store, exit_code: int, arguments: str, spider: str
) -> None:
    grown(store, until=NOW - 10 * DAY)
    read(store, SOURCE, [NOW - 9.9 * DAY])
    read(store, SOURCE, [NOW], exit_code, arguments=arguments, spider=spider)
    assert health(store).verdict is SourceVerdict.GOOD


def test_three_reads_in_a_row_without_an_answer(store: Store) -> None:
    grown(store)
    read(store, SOURCE, [NOW - DAY])
    read(store, SOURCE, [NOW - 3 * HOUR, NOW - 2 * HOUR], 4)
    assert health(store).verdict is SourceVerdict.GOOD
    assert health(store).failures == 2
    read(store, SOURCE, [NOW - HOUR], 143)  # stopped by somebody
    assert health(store).failures == 2
    read(store, SOURCE, [NOW], 4)
    found = health(store)
    assert (found.verdict, found.failures) == (SourceVerdict.FAILING, 3)
    assert found.why == "3 reads in a row had no answer"
    assert (found.last_read, found.last_answered) == (NOW, NOW - DAY)
    read(store, SOURCE, [NOW + HOUR], 3)
    assert health(store).failures == 0


def test_an_answer_is_found_behind_hundreds_of_failures(store: Store) -> None:
    grown(store)
    read(store, SOURCE, [NOW - 100 * DAY])
    read(store, SOURCE, every(HOUR, NOW - 10 * DAY, NOW), 4)
    found = health(store)
    assert (found.failures, found.last_answered) == (241, NOW - 100 * DAY)


def test_a_source_that_never_answered(store: Store) -> None:
    hold(store, SOURCE, every(DAY, NOW - 300 * DAY, NOW - 200 * DAY))  # imported
    read(store, SOURCE, [NOW - HOUR, NOW], 4)
    assert (health(store).verdict, health(store).why) == (
        SourceVerdict.YOUNG,
        "no read was answered yet",
    )
    read(store, SOURCE, [NOW + HOUR], 4)
    assert health(store).verdict is SourceVerdict.FAILING


@pytest.mark.parametrize(
    ("before", "lost", "verdict"),
    [
        (1, {"no_text": 5}, SourceVerdict.FAILING),
        (0, {"no_text": 3, "failed": 2}, SourceVerdict.FAILING),
        (0, {"no_text": 4}, SourceVerdict.GOOD),  # less than five
        (3, {"no_text": 6}, SourceVerdict.GOOD),  # twice its usual share, not more
        (0, {"listing": 9, "kind": 9}, SourceVerdict.GOOD),  # no losses
    ],
)
def test_more_lost_stories_than_usual(
    store: Store, before: int, lost: dict[str, int], verdict: SourceVerdict
) -> None:
    grown(store)
    usual = {"no_text": before} if before else {}
    read(store, SOURCE, every(HOUR, NOW - DAY, NOW - HOUR), counts={"listed": 40}, lost=usual)
    read(store, SOURCE, [NOW], 3, counts={"listed": 40}, lost=lost)
    found = health(store)
    assert found.verdict is verdict
    assert ("its report names them" in found.why) is (verdict is SourceVerdict.FAILING)


def test_the_first_reads_are_compared_with_nothing(store: Store) -> None:
    grown(store)
    read(store, SOURCE, every(HOUR, NOW - 4 * HOUR, NOW - HOUR), counts={"listed": 40})
    read(store, SOURCE, [NOW], counts={"listed": 40}, lost={"no_text": 30})
    assert health(store).verdict is SourceVerdict.GOOD


def test_the_median_is_of_twenty_reads(store: Store) -> None:
    def reads(count: int, end: datetime, lost: int) -> None:
        moments = every(HOUR, end - (count - 1) * HOUR, end)
        read(store, SOURCE, moments, counts={"listed": 40}, lost={"no_text": lost} if lost else {})

    reads(30, NOW - 30 * HOUR, 0)
    reads(20, NOW - HOUR, 10)
    reads(1, NOW, 15)
    assert source_reads(store, SOURCE, NOW).usual_lost_share == 0.25


def test_a_source_that_was_never_read(store: Store) -> None:
    assert health(store, ENTRY).verdict is SourceVerdict.NEVER_READ
    hold(store, SOURCE, every(DAY, NOW - 300 * DAY, NOW - 200 * DAY))
    read(store, SOURCE, [NOW], spider="seeds")
    found = health(store, ENTRY)
    assert (found.verdict, found.next_read, found.stories) == (SourceVerdict.NEVER_READ, None, 101)
    assert source_health(None, SOURCE, ENTRY, NOW).verdict is SourceVerdict.NEVER_READ


def test_a_failure_is_tried_again_soon(store: Store) -> None:
    grown(store)
    read(store, SOURCE, [NOW - DAY])
    read(store, SOURCE, [NOW], 4)
    assert health(store, ENTRY).next_read == NOW + timedelta(minutes=11)  # it takes a minute


def test_an_entry_says_how_often_it_is_read(store: Store) -> None:
    grown(store)
    read(store, SOURCE, [NOW])
    assert health(store, replace(ENTRY, every=2 * DAY)).next_read == NOW + 2 * DAY
    soon = health(store, replace(ENTRY, freshness=timedelta(minutes=10))).next_read
    late = health(store, replace(ENTRY, freshness=timedelta(minutes=160))).next_read
    assert soon is not None
    assert late is not None
    assert late - NOW > 3 * (soon - NOW)


def test_nothing_but_new_stories_is_followed_soon(store: Store) -> None:
    grown(store)
    read(store, SOURCE, [NOW], counts={"listed": 10, "new": 10})
    assert health(store, ENTRY).next_read == NOW + timedelta(minutes=10)
    for hours, (spider, held) in enumerate([("wire", 1), ("wordpress", 0)], 1):
        counts = {"listed": 10, "new": 9, "held": held}
        now = NOW + hours * HOUR
        read(store, SOURCE, [now], counts=counts, spider=spider)
        found = source_health(store, SOURCE, ENTRY, now).next_read
        assert found is not None
        assert found > now + HOUR


def test_the_first_read_brings_nothing_that_is_known(store: Store) -> None:
    grown(store)
    stories = store.extent(SOURCE).stories
    read(store, SOURCE, [NOW], counts={"listed": stories, "new": stories})
    found = health(store, ENTRY).next_read
    assert found is not None
    assert found > NOW + HOUR


def test_the_stories_of_a_dead_blog_are_found(store: Store) -> None:
    hold(store, SOURCE, every(30 * DAY, NOW - 3000 * DAY, NOW - 1500 * DAY))
    read(store, SOURCE, [NOW])
    found = health(store)
    assert found.verdict is SourceVerdict.SILENT
    assert found.last_story == NOW - 1500 * DAY
    assert (found.week, found.usual_week) == (0, None)


def test_what_a_read_collects_was_there_when_it_began(store: Store) -> None:
    grown(store, until=NOW - 12 * HOUR)
    read(store, SOURCE, [NOW])  # it takes a minute
    hold(store, SOURCE, [NOW + 9 * HOUR], collected=timedelta(seconds=30) - 9 * HOUR)  # in Tokyo
    found = health(store)
    assert (found.verdict, found.last_story) == (SourceVerdict.GOOD, NOW)
    hold(store, SOURCE, [NOW + 9 * HOUR])
    assert health(store) == replace(
        found, stories=found.stories + 1, last_collected=NOW + 10 * HOUR
    )


def test_the_usual_week_of_what_began_of_late(store: Store) -> None:
    hold(store, SOURCE, every(12 * HOUR, NOW - 17 * DAY, NOW))
    read(store, SOURCE, [NOW])
    assert health(store).usual_week == pytest.approx(14, abs=0.8)
    other = "lantern.test"
    hold(store, other, every(12 * HOUR, NOW - 10 * DAY, NOW))
    read(store, other, [NOW])
    assert source_health(store, other, None, NOW).usual_week is None


def test_what_has_no_entry_is_not_planned(store: Store) -> None:
    grown(store)
    read(store, SOURCE, [NOW])
    assert health(store).next_read is None


def test_all_sources_or_those_that_are_named(store: Store) -> None:
    hold(store, "held.test", [NOW])
    read(store, "read.test", [NOW])
    read(store, "", [NOW])  # a crawl warc has no source of its own

    def names(*wanted: str, left_out: tuple[str, ...] = ()) -> list[str]:
        found = all_health(store, [ENTRY], NOW, wanted, left_out)
        return [one.source for one in found]

    assert names() == [SOURCE, "held.test", "read.test"]
    assert names(left_out=("read.test",)) == [SOURCE, "held.test"]
    assert names("read.test", "harbour", left_out=("read.test",)) == ["read.test", SOURCE]
    with pytest.raises(LookupError, match="nowhere"):
        names("held.test", "nowhere")


def test_times_of_publication(store: Store) -> None:
    hold(store, SOURCE, [NOW], collected=-DAY)  # dated ahead
    hold(store, SOURCE, [NOW - 40 * DAY])
    assert sorted(published_times(store, SOURCE)) == [NOW - 40 * DAY, NOW - DAY]
    assert published_times(store, SOURCE, NOW - 2 * DAY) == [NOW - DAY]


def test_stories_with_a_day_alone_are_spread_over_it(store: Store) -> None:
    days = "days.test"
    hold(store, days, [NOW] * 200, collected=20 * DAY)
    by_key = {held.key: held for held in store.all()}
    for held in by_key.values():
        store.remove(held)
    store.add([replace(held, date="2024-03-05", date_gmt="") for held in by_key.values()])
    found = published_times(store, days)
    midnight = datetime(2024, 3, 5, tzinfo=UTC)
    assert len(found) == 200
    assert all(midnight <= moment < midnight + DAY for moment in found)
    hours = {moment.hour for moment in found}
    assert len(hours) == 24
    assert found == published_times(store, days)


def test_a_day_alone_is_before_it_was_collected(store: Store) -> None:
    hold(store, SOURCE, [NOW] * 50, collected=timedelta(0))
    for held in list(store.all()):
        store.remove(held)
        store.add([replace(held, date="2024-03-06", date_gmt="")])
    assert all(moment <= NOW for moment in published_times(store, SOURCE))
