"""The contract of a ledger, run against every implementation."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.items import RecordRef
from crawler.state.backends import open_store
from crawler.state.store import (
    WALK,
    Bookmark,
    Capture,
    EndedRun,
    Holding,
    LifeEvent,
    Outcome,
    Relocation,
    SourceExtent,
    Store,
    Visit,
    WarcFile,
)
from tests.limits import small_files

RECORD = RecordRef(
    record_id="<urn:uuid:1>", uri="u", date="2024-01-01T00:00:00Z", file="a", offset=3, length=9
)
HOLDING = Holding(
    key="0123456789abcdef",
    source="example.org",
    guid="//example.org/?p=1",
    date="2024-01-01T10:00:00",
    modified="2024-01-01T10:00:00",
    url="https://example.org/1",
    text_digest=b"1" * 32,
    ordinal=0,
    file="000_0123456789abcdef.txt",
    conversion=RECORD,
)

WARC = WarcFile(name="a", size=1000)
OTHER_WARC = WarcFile(name="b", size=500, sealed=True)
VISIT = Visit(
    source="a.test",
    url="https://a.test/1",
    at="2024-01-01T00:00:00Z",
    outcome="article",
    guid="//a.test/1",
    date="2024-01-01T10:00:00",
)
OUTCOME = Outcome(
    source="a.test",
    url="https://a.test/1",
    run="urn:uuid:1",
    reason="no_date",
    detail="it tells no day",
    at="2024-01-01T00:00:00Z",
    record=RECORD,
)
EVENT = LifeEvent(
    key=HOLDING.key,
    source=HOLDING.source,
    kind="redated",
    at="2024-01-01T00:00:00Z",
    alias="a" * 16,
    detail="{}",
    record=RECORD,
)
RUN = EndedRun(
    id="urn:uuid:1",
    spider="wire",
    source="a.test",
    arguments='{"url": "https://a.test/"}',
    started="2024-01-01T00:00:00.000000+00:00",
    ended="2024-01-01T00:01:00.000000+00:00",
    exit_code=3,
    reason="finished",
    version="0.3.0",
    extractor="x/1",
    counts={"new": 2, "problems": 1},
    dropped={"empty_text": 4},
    lost={"no_date": 1},
    record=RECORD,
)
ONE, TWO = ("sha1:" + letter * 32 for letter in "AB")


def capture(file: str, offset: int, digest: str = ONE, uri: str = "https://a.test/") -> Capture:
    ref = RecordRef(
        record_id=f"<urn:{file}:{offset}>",
        uri=uri,
        date=f"2024-01-01T00:00:{offset % 60:02d}Z",
        file=file,
        offset=offset,
        length=100,
    )
    return Capture(ref=ref, payload_digest=digest)


def text_at(file: str, offset: int, holding: Holding = HOLDING, **changes: object) -> Holding:
    """Return *holding*, its text in the record at *offset* of *file*."""
    place = replace(RECORD, file=file, offset=offset, length=50)
    return replace(holding, conversion=place, **changes)  # type: ignore[arg-type]


def moved(ref: RecordRef, file: str, offset: int) -> RecordRef:
    return replace(ref, file=file, offset=offset, length=ref.length + 1)


def sketch(*bands: int) -> bytes:
    """Return a sketch that begins with *bands*; its other bands are in no other sketch."""
    rest = (f"{bands}{n}".encode().rjust(6, b"-")[-6:] for n in range(len(bands), 16))
    return b"".join([*(band.to_bytes(6, "little") for band in bands), *rest, bytes(bands)])


def sorted_by_ordinal(found: list[tuple[Holding, bytes]]) -> list[tuple[Holding, bytes]]:
    return sorted(found, key=lambda pair: pair[0].ordinal)


def in_threads(*jobs: Callable[[], object]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def text_of_day(day: int) -> Holding:
    """Return the text that was captured on a *day* of 2024, in a WARC file of its own."""
    captured = replace(RECORD, date=f"2024-01-{day:02d}T00:00:00Z", file=f"day{day}.warc.gz")
    return replace(
        HOLDING, text_digest=bytes([day]) * 32, conversion=captured, origin=replace(captured)
    )


def _drop_and_fail(store: Store) -> None:
    with store.transaction():
        store.drop_fact("sketched")
        store.revise(HOLDING)


class StoreContract:
    """What each backend must do; a subclass gives its URI."""

    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        raise NotImplementedError

    @pytest.fixture
    def store(self, uri: str) -> Iterator[Store]:
        store = open_store(uri)
        yield store
        store.close()

    def test_new_store_holds_nothing(self, store: Store) -> None:
        assert store.holdings([HOLDING.key]) == {}
        assert store.last_ordinal() == -1

    def test_outcomes_of_addresses(self, store: Store, uri: str) -> None:
        others = [
            replace(OUTCOME, url=f"https://a.test/{n:04d}", record=None) for n in range(2, 1200)
        ]
        store.put_outcomes([OUTCOME, *others])
        with closing(open_store(uri)) as again:
            urls = [OUTCOME.url, *(other.url for other in others), "https://a.test/none"]
            assert again.outcomes("a.test", urls) == {o.url: o for o in (OUTCOME, *others)}
        assert store.outcomes("b.test", [OUTCOME.url]) == {}
        assert list(store.all_outcomes("a.test")) == sorted((OUTCOME, *others), key=lambda o: o.url)
        gone = replace(OUTCOME, reason="gone", run="urn:uuid:2")
        store.put_outcomes([gone])
        assert store.outcomes("a.test", [OUTCOME.url]) == {OUTCOME.url: gone}
        store.drop_outcomes("a.test", [OUTCOME.url, "https://a.test/none"])
        assert store.outcomes("a.test", [OUTCOME.url]) == {}
        assert len(list(store.all_outcomes("a.test"))) == len(others)

    def test_runs_of_a_source(self, store: Store, uri: str) -> None:
        assert (store.runs("a.test", 9), store.last_run("a.test"), store.run("x")) == (
            [],
            None,
            None,
        )
        assert store.run_sources() == []
        runs = [
            replace(RUN, id=f"{day:09d}", started=f"2024-02-{day:02d}T00:00:00", record=None)
            for day in range(1, 30)
        ]
        others = [replace(RUN, id=source, source=source) for source in ("b.test", "", "A")]
        for run in (*reversed(runs), *others, RUN):
            store.put_run(run)
        with closing(open_store(uri)) as again:
            assert again.runs("a.test", 3) == [runs[28], runs[27], runs[26]]
            assert again.runs("a.test", 99) == [*reversed(runs), RUN]
            assert again.last_run("a.test") == runs[28]
            assert again.runs("a.test", 2, "2024-02-05T12:00:00Z") == [runs[4], runs[3]]
            assert again.last_run("a.test", "2024-02-05T00:00:00") == runs[4]
            assert again.last_run("a.test", "2024-01-05T12:00:00Z") == RUN
            assert again.run(RUN.id) == RUN
            assert again.run_sources() == ["", "A", "a.test", "b.test"]
        assert store.last_run("none.test") is None

    def test_runs_that_ended_on_a_day(self, store: Store, uri: str) -> None:
        assert (list(store.runs_ended("", "9")), store.first_run()) == ([], None)
        assert store.latest_runs(9) == []
        ends = ("2024-02-28T23:59:59.9Z", *["2024-02-29T12:00:00Z"] * 1_100, "2024-03-01T00:00:00Z")
        runs = [
            replace(RUN, id=f"{number:04d}", source=f"{number % 3}", ended=ended, record=None)
            for number, ended in enumerate(ends)
        ]
        with store.transaction():
            for run in reversed(runs):
                store.put_run(run)
        with closing(open_store(uri)) as again:
            assert list(again.runs_ended("2024-02-29", "2024-03-01")) == runs[1:-1]
            assert again.first_run() == runs[0]
            assert again.latest_runs(2) == [runs[-1], runs[-2]]

    def test_what_is_held_of_a_source(self, store: Store) -> None:
        nothing = SourceExtent(stories=0, first_published="", last_collected="")
        assert (store.article_sources(), store.extent("a.test"), store.published("a.test")) == (
            [],
            nothing,
            [],
        )
        days = ("2024-03-02", "2024-03-01T08:00:00", "2024-03-03T08:00:00")
        held = [
            replace(text_at("a", n), key=f"{n:016x}", date=day, source="a.test")
            for n, day in enumerate(days)
        ]
        held[2] = replace(held[2], date_gmt="2024-03-02T23:00:00", conversion=None)
        others = [replace(HOLDING, source=name) for name in ("b.test", "", "A")]
        store.add([*held, *others])
        assert store.article_sources() == ["", "A", "a.test", "b.test"]
        collected = RECORD.date
        assert store.extent("a.test") == SourceExtent(
            stories=3, first_published="2024-03-01T08:00:00", last_collected=collected
        )
        first, second, third = (
            ("2024-03-01T08:00:00", collected, held[1].key),
            ("2024-03-02", collected, held[0].key),
            ("2024-03-02T23:00:00", "", held[2].key),
        )
        assert sorted(store.published("a.test")) == [first, second, third]
        assert sorted(store.published("a.test", "2024-03-02")) == [second, third]
        assert store.published("a.test", "2024-03-04") == []

    def test_what_was_told_of_sources(self, store: Store, uri: str) -> None:
        assert store.told() == {}
        store.put_told({"a.test": "silent", "b.test": "failing"})
        store.put_told({"a.test": "failing", "b.test": "", "c.test": ""})
        with closing(open_store(uri)) as again:
            assert again.told() == {"a.test": "failing"}

    def test_a_run_noted_again_is_the_same_one(self, store: Store) -> None:
        store.put_run(RUN)
        ended = replace(RUN, exit_code=5, reason="StorageError", counts={}, record=None)
        store.put_run(ended)
        assert store.runs(RUN.source, 9) == [ended]

    def test_runs_are_forgotten_with_their_records(self, store: Store) -> None:
        store.put_warc(WARC)
        places = [("a", 5), ("a", 50), ("b", 70), ("a", -1)]
        before, behind, elsewhere, unrecorded = (
            replace(RUN, id=str(n), record=replace(RECORD, file=file, offset=offset))
            for n, (file, offset) in enumerate(places)
        )
        unrecorded = replace(unrecorded, record=None)
        for run in (before, behind, elsewhere, unrecorded):
            store.put_run(run)
        store.forget("a", 50)
        assert sorted(run.id for run in store.runs(RUN.source, 9)) == ["0", "2", "3"]

    def test_a_run_whose_record_moved_is_told_from_its_new_place(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_warc(OTHER_WARC)
        store.put_run(RUN)
        now = moved(RECORD, "b", 60)
        assert store.relocate([now], ["a"]) == Relocation(moved={"a": 1}, left={}, lost=[])
        assert store.run(RUN.id) == replace(RUN, record=now)
        store.relocate([], ["b"], forgetting=["b"])
        assert store.run(RUN.id) is None

    def test_an_article_is_collected_with_its_first_text(self, store: Store, uri: str) -> None:
        first, second, third = (text_of_day(day) for day in (1, 2, 3))

        def collected() -> str:
            (held,) = store.holdings([HOLDING.key])[HOLDING.key]
            return held.collected

        store.add([second])
        assert collected() == "2024-01-02T00:00:00Z"
        store.revise(third)
        assert collected() == "2024-01-02T00:00:00Z"
        store.put_earlier(first)
        assert collected() == "2024-01-01T00:00:00Z"
        with closing(open_store(uri)) as again:
            assert [held.collected for held in again.all()] == ["2024-01-01T00:00:00Z"]
        store.forget("day1.warc.gz", 0)
        assert collected() == "2024-01-02T00:00:00Z"
        store.forget("day3.warc.gz", 0)
        assert collected() == "2024-01-02T00:00:00Z"

    def test_what_has_no_archive_was_collected_at_no_known_time(self, store: Store) -> None:
        store.add([replace(HOLDING, conversion=None)])
        assert [held.collected for held in store.all()] == [""]
        store.revise(text_of_day(5))
        assert [held.collected for held in store.all()] == ["2024-01-05T00:00:00Z"]

    def test_an_article_keeps_its_time_when_it_is_identified(self, store: Store) -> None:
        unknown = replace(text_of_day(1), guid="")
        store.add([unknown])
        store.identify(unknown, replace(unknown, key="b" * 16, guid="g", conversion=None))
        assert [held.collected for held in store.all()] == ["2024-01-01T00:00:00Z"]

    def test_earlier_texts_go_with_an_article_that_is_identified(self, store: Store) -> None:
        unknown = replace(text_of_day(1), guid="")
        store.add([unknown])
        store.put_earlier(replace(unknown, text_digest=b"2" * 32))
        store.identify(unknown, replace(unknown, key="b" * 16, guid="g"))
        earlier = store.history("b" * 16, unknown.source)
        assert [text.text_digest for text in earlier] == [b"2" * 32]

    def test_the_articles_of_a_source_come_by_date(self, store: Store) -> None:
        dates = ["2024-01-02", "2024-01-02T10:00:00", "2023-12-31T23:59:59", "2024-02-01"]
        held = [
            replace(HOLDING, key=f"{n:016x}", ordinal=n, date=dates[n % 4]) for n in range(1200)
        ]
        store.add([*held, replace(HOLDING, source="b.test")])
        in_order = sorted(held, key=lambda h: (h.date, h.key))
        assert list(store.of_source(HOLDING.source)) == in_order
        january = [h for h in in_order if h.date.startswith("2024-01")]
        assert list(store.of_source(HOLDING.source, "2024-01-01", "2024-02-01")) == january
        assert list(store.of_source("c.test")) == []

    def test_all_sketches_of_an_algorithm(self, store: Store) -> None:
        store.put_sketch(HOLDING.key, HOLDING.source, "x", sketch(1, 2))
        store.put_sketch(HOLDING.key, "b.test", "y", sketch(3, 4))
        assert list(store.sketches("x")) == [(HOLDING.key, HOLDING.source, sketch(1, 2))]

    def test_of_two_visits_the_one_noted_later_counts(self, store: Store) -> None:
        later = replace(VISIT, at="2023-01-01T00:00:00Z", noted="2024-01-02T00:00:00Z")
        earlier = replace(VISIT, outcome="gone", noted="2024-01-01T00:00:00Z")
        store.put_visits([earlier])
        store.put_visits([later])
        store.put_visits([earlier, VISIT])
        assert store.visits(VISIT.source, [VISIT.url]) == {VISIT.url: later}
        again = replace(later, outcome="empty_text")
        store.put_visits([again])
        assert store.visits(VISIT.source, [VISIT.url]) == {VISIT.url: again}

    def test_facts(self, store: Store, uri: str) -> None:
        assert store.fact("sketched") is None
        store.drop_fact("sketched")
        store.put_fact("sketched", "x")
        store.put_fact("walked", "text")
        store.put_fact("sketched", "y")
        with closing(open_store(uri)) as again:
            assert (again.fact("sketched"), again.fact("walked")) == ("y", "text")
            again.drop_fact("sketched")
        assert (store.fact("sketched"), store.fact("walked")) == (None, "text")

    def test_a_fact_goes_back_with_its_transaction(self, store: Store) -> None:
        store.put_fact("sketched", "x")
        with pytest.raises(KeyError):  # it has no such article
            _drop_and_fail(store)
        assert store.fact("sketched") == "x"

    def test_texts_found_in_the_corpus(self, store: Store, uri: str) -> None:
        assert store.found_text("a" * 16) is None
        store.put_found_texts({"old.txt": ("c" * 16, 1)})
        store.put_found_texts({f"{n}.txt": (f"{n:016x}", n) for n in range(1200)})
        with closing(open_store(uri)) as again:
            assert again.found_text(f"{1199:016x}") == (1199, "1199.txt")
            assert again.found_text("c" * 16) is None

    def test_the_text_of_a_forgotten_article_is_found(self, store: Store) -> None:
        store.put_warc(WARC)
        lost = replace(text_at("a", 90), ordinal=7, file="007.txt")
        store.add([lost])
        store.forget("a", 50)
        assert store.found_text(lost.key) == (7, "007.txt")
        assert store.last_ordinal() == 7  # no other article gets its ordinal
        store.put_found_texts({})
        assert store.last_ordinal() == -1

    def test_ordinals_are_taken_in_a_row(self, store: Store, uri: str) -> None:
        assert store.take_ordinals(2) == 0
        store.add([replace(HOLDING, ordinal=6)])
        assert store.take_ordinals(3) == 7
        with closing(open_store(uri)) as other:
            assert other.take_ordinals(1) == 10
        assert store.last_ordinal() == 6
        store.restart_ordinals()
        assert store.take_ordinals(1) == 7

    def test_ordinals_are_given_back_if_nobody_took_more(self, store: Store) -> None:
        first = store.take_ordinals(5)
        store.give_back_ordinals(first + 2, first + 5)
        assert store.take_ordinals(5) == 2
        assert store.take_ordinals(1) == 7
        store.give_back_ordinals(3, 7)
        assert store.take_ordinals(1) == 8

    def test_an_ordinal_is_claimed_if_none_behind_it_was_given(self, store: Store) -> None:
        assert store.claim_ordinal(40, 3)
        assert not store.claim_ordinal(42)
        assert store.take_ordinals(1) == 43
        store.put_found_texts({"x.txt": ("a" * 16, 90)})
        assert not store.claim_ordinal(90)
        assert store.claim_ordinal(91)

    def test_texts_are_due_from_their_writers(self, store: Store, uri: str) -> None:
        files = ["1.txt", "2.txt", "3.txt", "4.txt"]
        texts = [replace(HOLDING, key=f"{n:016x}", file=file) for n, file in enumerate(files)]
        store.add(texts[:1])
        with closing(open_store(uri, "one")) as one, closing(open_store(uri, "two")) as two:
            one.add(texts[1:3])
            two.add(texts[3:])
            two.revise(replace(texts[2], text_digest=b"2" * 32))
            one.note_written(files[1:])
            assert store.due() == {"1.txt", "3.txt", "4.txt"}
            assert one.take_over_due(["one", "two"]) == {"1.txt"}
            assert one.take_over_due(["one"]) == {"3.txt", "4.txt"}
            one.note_written(files[2:])
            assert store.due() == {"1.txt"}
            assert two.take_over_due(["one"]) == set()
        store.note_written(files)  # who is no writer has no others
        assert store.due() == set()

    def test_holdings_by_their_files(self, store: Store) -> None:
        many = [replace(HOLDING, key=f"{n:016x}", ordinal=n, file=f"{n}.txt") for n in range(1200)]
        store.add(many)
        assert store.with_files(["7.txt", "x.txt", "7.txt"]) == [many[7]]
        found = store.with_files(held.file for held in many)
        assert {held.file for held in found} == {held.file for held in many}
        assert store.with_files([]) == []

    def test_outcomes_are_forgotten_with_their_records(self, store: Store) -> None:
        store.put_warc(WARC)
        lies = [
            replace(RECORD, file=file, offset=n) for file, n in (("a", 5), ("a", 50), ("b", 70))
        ]
        before, behind, elsewhere = (
            replace(OUTCOME, url=f"https://a.test/{n}", record=record)
            for n, record in enumerate(lies)
        )
        store.put_outcomes([before, behind, elsewhere])
        store.forget("a", 50)
        assert list(store.all_outcomes("a.test")) == [before, elsewhere]

    def test_what_happened_to_an_article(self, store: Store, uri: str) -> None:
        gone = replace(EVENT, kind="gone", alias="", record=None)
        store.put_events([EVENT, gone, EVENT])
        assert store.events(HOLDING.key, HOLDING.source) == [EVENT, gone], "a record counts once"
        assert store.events(HOLDING.key, "another") == store.events("b" * 16, EVENT.source) == []
        with closing(open_store(uri)) as again:
            assert again.events(HOLDING.key, HOLDING.source) == [EVENT, gone]

    def test_an_article_is_held_under_its_alias_too(self, store: Store) -> None:
        store.add([HOLDING])
        assert store.holdings([EVENT.alias]) == {}
        store.put_events([EVENT])
        assert store.holdings([EVENT.alias]) == {EVENT.alias: [HOLDING]}
        own = replace(HOLDING, key=EVENT.alias)
        store.add([own, replace(own, source="another")])
        assert {h.key for h in store.holdings([EVENT.alias])[EVENT.alias]} == {EVENT.alias}

    def test_absent_is_what_was_not_back_since(self, store: Store) -> None:
        missing, gone, back = (
            replace(EVENT, kind=kind, alias="", record=None) for kind in ("missing", "gone", "back")
        )
        other = replace(missing, key="b" * 16)
        store.put_events([missing, gone, EVENT, other, replace(other, source="another")])
        assert store.absent(EVENT.source) == {EVENT.key: gone, other.key: other}
        store.put_events([back])
        assert store.absent(EVENT.source) == {other.key: other}

    def test_events_are_forgotten_with_their_records(self, store: Store) -> None:
        store.put_warc(WARC)
        store.add([text_at("a", 10, modified="2024-05-01T00:00:00")])
        later = replace(RECORD, file="a", offset=500, record_id="<urn:uuid:2>")
        early = replace(EVENT, record=replace(RECORD, file="a", offset=90))
        store.put_events([early, replace(EVENT, kind="updated", alias="", record=later)])
        store.forget("a", 400)
        assert store.events(HOLDING.key, HOLDING.source) == [early]
        assert store.holdings([HOLDING.key])[HOLDING.key][0].modified == ""

    def test_earlier_texts_come_in_the_order_of_their_captures(self, store: Store) -> None:
        first, second, third = (text_of_day(day) for day in (1, 2, 3))
        store.add([second])
        store.revise(third)
        store.put_earlier(first)
        assert store.history(HOLDING.key, HOLDING.source) == [first, second]
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [third]}
        assert store.due() == {HOLDING.file}
        assert store.count_articles(["day1.warc.gz"]) == 1
        assert store.count_articles(["day1.warc.gz", "day3.warc.gz"]) == 1
        assert store.count_articles(["another.warc.gz"]) == store.count_articles([]) == 0
        store.forget("day3.warc.gz", 0)
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [second]}
        assert store.history(HOLDING.key, HOLDING.source) == [first]

    def test_another_name_is_that_of_earlier_texts_too(self, store: Store) -> None:
        store.add([text_of_day(1)])
        store.revise(text_of_day(2))
        store.note_written([HOLDING.file])
        store.refile(HOLDING.key, HOLDING.source, 7, "007_0123456789abcdef.txt")
        (held,) = store.holdings([HOLDING.key])[HOLDING.key]
        texts = [held, *store.history(HOLDING.key, HOLDING.source)]
        assert {(text.ordinal, text.file) for text in texts} == {(7, "007_0123456789abcdef.txt")}
        assert store.due() == {"007_0123456789abcdef.txt"}
        store.refile("f" * 16, HOLDING.source, 8, "008.txt")
        assert store.due() == {"007_0123456789abcdef.txt"}

    def test_articles_that_share_a_key_or_an_ordinal(self, store: Store) -> None:
        elsewhere = replace(HOLDING, source="other.example", ordinal=1)
        neighbour = replace(HOLDING, key="b" * 16, ordinal=1)
        alone = replace(HOLDING, key="c" * 16, ordinal=2)
        store.add([HOLDING, elsewhere, neighbour, alone])
        assert store.sharing_keys() == [HOLDING, elsewhere]
        shared = sorted(held.key for held in store.sharing_ordinals())
        assert shared == sorted([elsewhere.key, neighbour.key])
        store.remove(elsewhere)
        assert store.sharing_keys() == store.sharing_ordinals() == []
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [HOLDING]}

    def test_a_time_of_change_never_goes_back(self, store: Store) -> None:
        store.add([HOLDING])
        store.touch(HOLDING.key, HOLDING.source, "2023-01-01T00:00:00")
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [HOLDING]}

    def test_events_come_in_their_order_in_time(self, store: Store) -> None:
        gone = replace(EVENT, kind="gone", alias="", at="2024-03-01T00:00:00Z", record=None)
        back = replace(gone, kind="back", at="2024-04-01T00:00:00Z")
        store.put_events([back, gone])
        assert store.events(HOLDING.key, HOLDING.source) == [gone, back]
        assert store.absent(HOLDING.source) == {}
        store.put_events([replace(gone, kind="refiled"), replace(EVENT, kind="refiled")])
        assert len(store.events_of_kind("refiled")) == 2
        store.drop_unrecorded("refiled")
        assert store.events_of_kind("refiled") == [replace(EVENT, kind="refiled")]
        assert store.events_of_kind("gone") == [gone]

    def test_posts_of_a_source(self, store: Store) -> None:
        other = replace(HOLDING, key="b" * 16)
        store.add([HOLDING, other])
        posts = [("posts/12", HOLDING.key), ("posts/12", other.key), ("wp/books/7", other.key)]
        store.put_posts(HOLDING.source, [*posts, *posts, ("posts/13", "c" * 16)])
        assert store.posts(HOLDING.source, "posts") == {12: [HOLDING.key, other.key]}
        assert store.posts(HOLDING.source, "wp/books") == {7: [other.key]}
        assert store.posts("another", "posts") == {}
        assert store.posts_of(other.key, other.source) == {"posts/12", "wp/books/7"}
        assert store.has_source(HOLDING.source)
        assert not store.has_source("another")

    def test_added_is_held_after_reopening(self, store: Store, uri: str) -> None:
        assert store.add([HOLDING]) == [HOLDING]
        again = open_store(uri)
        assert again.holdings([HOLDING.key, "ffff"]) == {HOLDING.key: [HOLDING]}
        assert again.last_ordinal() == 0
        again.close()

    def test_add_returns_what_was_new(self, store: Store) -> None:
        other = replace(HOLDING, key="f" * 16, ordinal=1)
        store.add([HOLDING])
        assert store.add([replace(HOLDING, ordinal=9), other]) == [other]
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [HOLDING]}

    def test_two_sources_may_hold_one_key(self, store: Store) -> None:
        other = replace(HOLDING, source="other.example", ordinal=1)
        assert store.add([HOLDING, other]) == [HOLDING, other]
        assert store.holdings([HOLDING.key])[HOLDING.key] == [HOLDING, other]

    def test_many_keys_at_once(self, store: Store) -> None:
        many = [replace(HOLDING, key=f"{n:016x}", ordinal=n) for n in range(1200)]
        store.add(many)
        assert len(store.holdings([h.key for h in many])) == 1200

    def test_revision_keeps_the_older_text_in_the_history(self, store: Store) -> None:
        store.add([HOLDING])
        second = replace(HOLDING, text_digest=b"2" * 32, modified="2024-01-02T00:00:00")
        third = replace(HOLDING, text_digest=b"3" * 32, modified="2024-01-03T00:00:00")
        store.revise(second)
        store.revise(third)
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [third]}
        assert list(store.history(HOLDING.key, HOLDING.source)) == [HOLDING, second]

    def test_how_whole_a_text_is(self, store: Store) -> None:
        part = replace(HOLDING, incomplete=446)
        store.add([part])
        store.revise(HOLDING)
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [HOLDING]}
        assert store.history(HOLDING.key, HOLDING.source) == [part]

    def test_revision_of_nothing_is_an_error(self, store: Store) -> None:
        with pytest.raises(KeyError):
            store.revise(HOLDING)
        assert store.holdings([HOLDING.key]) == {}

    def test_touch_changes_the_time_alone(self, store: Store) -> None:
        store.add([HOLDING])
        store.touch(HOLDING.key, HOLDING.source, "2025-01-01T00:00:00")
        expected = replace(HOLDING, modified="2025-01-01T00:00:00")
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [expected]}

    def test_touch_leaves_what_is_not_told(self, store: Store) -> None:
        store.add([HOLDING])
        store.touch(HOLDING.key, HOLDING.source, "", "https://example.org/new")
        expected = replace(HOLDING, url="https://example.org/new")
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [expected]}

    def test_imported_text_gets_its_identity(self, store: Store) -> None:
        imported = replace(HOLDING, key="a" * 16, guid="", source="import", date="2024-01-01")
        store.add([imported])
        assert store.with_text(HOLDING.text_digest) == [imported]
        store.identify(imported, HOLDING)
        assert store.with_text(HOLDING.text_digest) == [HOLDING]

    def test_an_identity_that_is_taken_costs_nothing(self, store: Store) -> None:
        imported = replace(HOLDING, key="a" * 16, guid="", source="import")
        store.add([imported, HOLDING])
        with pytest.raises(OSError, match="ledger"):
            store.identify(imported, HOLDING)
        assert len(store.with_text(HOLDING.text_digest)) == 2

    def test_one_text_in_many_articles_earliest_first(self, store: Store) -> None:
        later = replace(HOLDING, key="b" * 16, date="2024-01-02T00:00:00", ordinal=1)
        earlier = replace(HOLDING, key="c" * 16, date="2023-12-31T00:00:00", ordinal=2)
        store.add([later, HOLDING, earlier])
        assert store.with_text(HOLDING.text_digest) == [earlier, HOLDING, later]

    def test_the_universal_date_goes_before_the_local_one(self, store: Store) -> None:
        local = replace(HOLDING, key="b" * 16, date="2024-01-01T09:00:00", ordinal=1)
        abroad = replace(local, key="c" * 16, ordinal=2, date_gmt="2024-01-01T00:00:00")
        store.add([HOLDING, local, abroad])
        assert store.with_text(HOLDING.text_digest) == [abroad, local, HOLDING]

    def test_similar_are_those_with_a_band_in_common(self, store: Store) -> None:
        other = replace(HOLDING, source="b.test", ordinal=1)
        store.add([HOLDING, other, replace(HOLDING, key="c" * 16)])
        both, one = sketch(1, 2), sketch(3, 2)
        store.put_sketch(HOLDING.key, HOLDING.source, "x", both)
        store.put_sketch(other.key, other.source, "x", one)
        assert sorted_by_ordinal(store.similar("x", both)) == [(HOLDING, both), (other, one)]
        assert store.similar("x", sketch(1, 9)) == [(HOLDING, both)]
        assert store.similar("x", sketch(7, 9)) == []
        assert store.similar("y", both) == []

    def test_a_sketch_replaces_the_one_before(self, store: Store, uri: str) -> None:
        store.add([HOLDING])
        store.put_sketch(HOLDING.key, HOLDING.source, "x", sketch(1, 2))
        store.put_sketch(HOLDING.key, HOLDING.source, "y", sketch(3, 4))
        with closing(open_store(uri)) as again:
            assert again.similar("x", sketch(1, 2)) == again.similar("y", sketch(1, 2)) == []
            assert again.similar("y", sketch(3, 9)) == [(HOLDING, sketch(3, 4))]

    def test_an_empty_sketch_is_like_no_other(self, store: Store) -> None:
        store.add([HOLDING])
        store.put_sketch(HOLDING.key, HOLDING.source, "x", b"")
        assert store.similar("x", b"") == store.similar("x", sketch(1)) == []
        assert list(store.unsketched("x")) == []

    def test_a_sketch_without_bands_is_named(self, store: Store) -> None:
        store.add([HOLDING])
        with pytest.raises(ValueError, match="95 bytes"):
            store.put_sketch(HOLDING.key, HOLDING.source, "x", bytes(95))

    def test_a_sketch_is_that_of_the_text_held(self, store: Store) -> None:
        store.put_warc(WARC)
        store.add([text_at("a", 0)])
        store.put_sketch(HOLDING.key, HOLDING.source, "x", sketch(1))
        assert list(store.unsketched("x")) == []
        assert list(store.unsketched("y")) == [text_at("a", 0)]
        second = text_at("a", 50, text_digest=b"2" * 32)
        store.revise(second)
        assert list(store.unsketched("x")) == [second]
        assert store.similar("x", sketch(1)) == []
        store.put_sketch(HOLDING.key, HOLDING.source, "x", sketch(2))
        store.forget("a", 50)
        assert list(store.unsketched("x")) == [text_at("a", 0)]
        assert store.similar("x", sketch(2)) == []

    def test_texts_that_are_not_archived_need_no_sketch(self, store: Store) -> None:
        store.add([replace(HOLDING, conversion=None)])
        assert list(store.unsketched("x")) == []

    def test_a_sketch_goes_with_the_identity(self, store: Store) -> None:
        imported = replace(HOLDING, key="a" * 16, guid="", source="import")
        store.add([imported])
        store.put_sketch(imported.key, imported.source, "x", sketch(1))
        store.identify(imported, HOLDING)
        assert store.similar("x", sketch(1)) == [(HOLDING, sketch(1))]

    def test_a_transaction_is_one(self, store: Store, uri: str) -> None:
        with closing(open_store(uri)) as other:
            with store.transaction():
                store.add([HOLDING])
                with store.transaction():
                    store.put_warc(WARC)
                store.put_captures([capture("a", 0)])
                assert list(other.all()) == []
            assert list(other.all()) == [HOLDING]
            assert other.warcs() == [WARC]
            assert other.original(ONE) == capture("a", 0).ref

    def test_a_transaction_that_fails_leaves_nothing_of_it(self, store: Store) -> None:
        store.add([HOLDING])

        def write() -> None:
            with store.transaction():
                store.revise(replace(HOLDING, text_digest=b"2" * 32))
                with store.transaction():
                    store.put_warc(WARC)
                    store.put_captures([capture("a", 0)])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write()
        assert list(store.all()) == [HOLDING]
        assert list(store.history(HOLDING.key, HOLDING.source)) == []
        assert not [*store.warcs(), *store.captures("a")]

    def test_an_error_within_takes_what_is_around_it_along(self, store: Store) -> None:
        def write() -> None:
            with store.transaction():
                store.put_warc(WARC)
                store.revise(HOLDING)

        with pytest.raises(KeyError):
            write()
        assert store.warcs() == []

    def test_a_thread_sees_what_another_committed(self, store: Store) -> None:
        seen: list[list[Holding]] = []
        in_threads(lambda: store.add([HOLDING]))
        in_threads(lambda: seen.append(list(store.all())))
        assert seen == [[HOLDING]]

    def test_transactions_of_two_threads_wait_for_one_another(self, store: Store) -> None:
        def add_ten(first: int) -> None:
            for number in range(first, first + 10):
                with store.transaction():
                    ordinal = store.last_ordinal() + 1
                    store.add([replace(HOLDING, key=f"{number:016x}", ordinal=ordinal)])

        in_threads(lambda: add_ten(0), lambda: add_ten(100), lambda: add_ten(200))
        assert [holding.ordinal for holding in store.all()] == list(range(30))

    def test_a_thread_reads_what_was_while_another_writes(self, store: Store) -> None:
        seen: list[object] = []
        with store.transaction():
            store.add([HOLDING])
            in_threads(lambda: seen.extend([list(store.all()), store.holdings([HOLDING.key])]))
        assert seen == [[], {}]

    def test_a_transaction_rolled_back_here_leaves_that_of_another_thread(
        self, store: Store
    ) -> None:
        def fail() -> None:
            with store.transaction():
                store.put_warc(WARC)
                raise ZeroDivisionError

        def failing() -> None:
            with pytest.raises(ZeroDivisionError):
                fail()

        in_threads(lambda: store.put_warc(OTHER_WARC), failing)
        assert store.warcs() == [OTHER_WARC]

    def test_files_are_noted_in_their_order_and_grow(self, store: Store) -> None:
        store.put_warc(OTHER_WARC)
        store.put_warc(WARC)
        grown = replace(WARC, size=2000, sealed=True)
        store.put_warc(grown)
        assert store.warcs() == [OTHER_WARC, grown]

    def test_files_of_a_node(self, store: Store, uri: str) -> None:
        store.put_warc(WARC)
        with closing(open_store(uri, node="north")) as north:
            north.put_warc(OTHER_WARC)
            north.put_warc(replace(WARC, size=2000, node="east"))  # known: it stays where it is
        there = replace(OTHER_WARC, node="north")
        assert store.warcs() == [replace(WARC, size=2000), there]
        assert store.warcs("north") == [there]
        assert store.warcs("") == [replace(WARC, size=2000)]

    def test_an_upload_is_noted_and_stays(self, store: Store) -> None:
        store.put_warc(OTHER_WARC)
        uploaded = replace(
            OTHER_WARC,
            address="s3://bucket/b",
            sha256=b"2" * 32,
            uploaded="2024-01-02T00:00:00Z",
        )
        store.put_upload(uploaded)
        store.put_warc(OTHER_WARC)
        assert store.warcs() == [uploaded]
        elsewhere = replace(uploaded, name="c", node="east")
        store.put_warc(elsewhere)
        assert store.warcs("east") == [elsewhere]

    def test_what_another_node_has_is_referred_to_once_it_is_uploaded(
        self, store: Store, uri: str
    ) -> None:
        store.put_warc(WARC)
        store.put_captures([capture("a", 5)])
        store.put_pages({"u": capture("a", 5).ref})
        with closing(open_store(uri, node="north")) as north:
            assert (north.original(ONE), north.latest("u")) == (None, None)
            north.put_warc(OTHER_WARC)
            north.put_captures([capture("b", 7)])
            assert north.original(ONE) == capture("b", 7).ref
            store.put_upload(replace(WARC, address="s3://bucket/a"))
            assert north.original(ONE) == north.latest("u") == capture("a", 5).ref
        assert store.original(ONE) == capture("a", 5).ref

    def test_captures_of_a_file_in_the_order_of_offsets(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_warc(OTHER_WARC)
        captures = [capture("a", 300), capture("a", 20, TWO), capture("b", 40)]
        store.put_captures(captures)
        assert list(store.captures("a")) == [captures[1], captures[0]]
        assert list(store.captures("b")) == [captures[2]]
        assert list(store.captures("c")) == []

    def test_a_capture_held_stays_as_it_is(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_captures([capture("a", 1)])
        store.put_captures([capture("a", 1, TWO), capture("a", 1)])
        assert list(store.captures("a")) == [capture("a", 1)]

    def test_original_is_the_first(self, store: Store) -> None:
        store.put_warc(OTHER_WARC)  # noted first, so written first, whatever its name
        store.put_warc(WARC)
        first, second = capture("b", 400), capture("a", 5)
        store.put_captures([second, first, capture("a", 9, TWO)])
        assert store.original(ONE) == first.ref
        assert store.original("sha1:" + "C" * 32) is None

    def test_a_capture_is_known_by_its_digest_and_its_id(self, store: Store) -> None:
        store.put_warc(WARC)
        one, two = capture("a", 0), capture("a", 100)
        store.put_captures([one, two])
        assert store.has_capture(ONE, one.ref.record_id)
        assert store.has_capture(ONE, two.ref.record_id)
        assert not store.has_capture(TWO, two.ref.record_id)
        assert not store.has_capture(ONE, "<urn:other>")

    def test_latest_is_the_page_that_was_noted_last(self, store: Store) -> None:
        old, new = capture("a", 0), capture("a", 100, TWO)
        store.put_warc(WARC)
        store.put_captures([old, new])
        assert store.latest("https://a.test/") is None
        for page in (old, new, old):
            store.put_pages({"https://a.test/": page.ref, "https://a.test/new": new.ref})
            assert store.latest("https://a.test/") == page.ref
            assert store.latest("https://a.test/new") == new.ref

    def test_a_page_whose_capture_is_forgotten_is_none(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_captures([capture("a", 0), capture("a", 100)])
        store.put_pages({"u": capture("a", 100).ref, "v": capture("a", 0).ref})
        store.forget("a", 100)
        assert store.latest("u") is None
        assert store.latest("v") == capture("a", 0).ref

    def test_a_page_forgotten_with_its_file_is_none_in_another_file(self, store: Store) -> None:
        """The first record is at about the same place in every file."""
        store.put_warc(WARC)
        store.put_captures([capture("a", 400)])
        store.put_pages({"u": capture("a", 400).ref})
        store.forget("a", 0)
        store.put_warc(OTHER_WARC)
        store.put_captures([capture("b", 400, TWO, "https://a.test/robots.txt")])
        assert store.latest("u") is None

    @pytest.mark.parametrize("bad", ["", "md5:AAAA", "sha256:" + "A" * 52])
    def test_a_digest_that_is_not_kept_is_named(self, store: Store, bad: str) -> None:
        store.put_warc(WARC)
        with pytest.raises(ValueError, match="sha1"):
            store.put_captures([capture("a", 1, bad)])
        assert list(store.captures("a")) == []

    def test_files_of_all_that_is_held(self, store: Store) -> None:
        store.add([HOLDING, replace(HOLDING, key="b" * 16, file="2024/x.txt")])
        assert sorted(store.files()) == [HOLDING.file, "2024/x.txt"]

    def test_due_are_the_files_of_texts_until_they_are_written(self, store: Store) -> None:
        other = replace(HOLDING, key="b" * 16, file="b.txt")
        store.add([HOLDING, other])
        store.add([replace(HOLDING, file="of no article.txt")])
        assert store.due() == {HOLDING.file, "b.txt"}
        store.note_written([HOLDING.file, "unknown.txt"])
        assert store.due() == {"b.txt"}
        store.revise(replace(HOLDING, text_digest=b"2" * 32))
        assert store.due() == {HOLDING.file, "b.txt"}
        store.note_written(store.due())
        store.touch(HOLDING.key, HOLDING.source, "2025-01-01T00:00:00")
        assert store.due() == set()

    def test_due_is_the_text_that_a_forgotten_one_gives_way_to(self, store: Store) -> None:
        store.put_warc(WARC)
        lost = replace(HOLDING, key="b" * 16, file="b.txt")
        store.add([text_at("a", 0), text_at("a", 60, lost)])
        store.revise(text_at("a", 50))
        store.note_written(store.due())
        store.forget("a", 50)
        assert store.due() == {HOLDING.file}

    def test_due_is_nothing_of_a_transaction_that_failed(self, store: Store) -> None:
        def write() -> None:
            with store.transaction():
                store.add([HOLDING])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write()
        assert store.due() == set()

    def test_forgotten_are_captures_behind_the_end(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_warc(OTHER_WARC)
        kept = [capture("a", 0, TWO), capture("b", 900, TWO)]
        store.put_captures([*kept, capture("a", 100), capture("a", 200)])
        assert store.forget("a", 100) == []
        assert [*store.captures("a"), *store.captures("b")] == kept
        assert store.original(ONE) is None
        assert store.warcs() == [replace(WARC, size=100), OTHER_WARC]

    def test_what_was_seen_of_sites_is_forgotten_with_captures(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_captures([capture("a", 100)])
        store.put_fact(f"{WALK}many.example 0", "{}")
        store.put_fact("sketched", "x")
        store.forget("a", 200)
        assert store.fact(f"{WALK}many.example 0") == "{}"
        store.forget("a", 100)
        assert store.fact(f"{WALK}many.example 0") is None
        assert store.fact("sketched") == "x"

    def test_forgotten_are_articles_whose_text_was_there(self, store: Store) -> None:
        gone = text_at("a", 100)
        stay = [text_at("a", 99, key="b" * 16), text_at("b", 100, key="c" * 16)]
        stay.append(replace(HOLDING, key="d" * 16, conversion=None))
        store.put_warc(WARC)
        store.add([gone, *stay])
        assert store.forget("a", 100) == [gone]
        assert sorted(store.all(), key=lambda held: held.key) == stay

    def test_a_revision_that_is_forgotten_gives_way_to_the_text_before(self, store: Store) -> None:
        texts = [text_at("a", n * 10, text_digest=bytes([n]) * 32) for n in range(4)]
        store.put_warc(WARC)
        store.add(texts[:1])
        for text in texts[1:]:
            store.revise(text)
        assert store.forget("a", 20) == [texts[3]]
        assert list(store.all()) == [texts[1]]
        assert list(store.history(HOLDING.key, HOLDING.source)) == [texts[0]]
        assert store.forget("a", 0) == [texts[1]]
        assert list(store.all()) == list(store.history(HOLDING.key, HOLDING.source)) == []

    def test_a_text_before_that_is_forgotten_leaves_the_one_held(self, store: Store) -> None:
        first, second, third = (text_at(file, 10) for file in "bab")
        store.put_warc(WARC)
        store.add([first])
        store.revise(second)
        store.revise(third)
        assert store.forget("a", 5) == []
        assert list(store.all()) == [third]
        assert list(store.history(HOLDING.key, HOLDING.source)) == [first]

    def test_a_file_of_which_nothing_is_left_is_noted_no_more(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_captures([capture("a", 0)])
        store.forget("a", 0)
        assert not [*store.warcs(), *store.captures("a")]
        assert store.latest("https://a.test/") is None

    def test_records_are_found_again_in_another_file(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_captures([capture("a", 0), capture("a", 50, TWO)])
        store.put_pages({"https://a.test/": capture("a", 0).ref})
        old = text_at("a", 100)
        store.add([replace(old, origin=capture("a", 50).ref)])
        store.put_events([replace(EVENT, record=old.conversion)])
        store.put_outcomes([replace(OUTCOME, record=old.conversion)])
        store.put_warc(OTHER_WARC)
        found = [moved(capture(*place).ref, "b", 500 - place[1]) for place in (("a", 0), ("a", 50))]
        assert old.conversion
        text = moved(old.conversion, "b", 7)
        assert store.relocate([*found, text], ["a"]) == Relocation(moved={"a": 3}, left={}, lost=[])
        assert [held.ref for held in store.captures("b")] == found[::-1]
        assert not list(store.captures("a"))
        assert store.latest("https://a.test/") == store.original(ONE) == found[0]
        assert list(store.all()) == [replace(old, conversion=text, origin=found[1])]
        assert [event.record for event in store.events(EVENT.key, EVENT.source)] == [text]
        assert [outcome.record for outcome in store.all_outcomes(OUTCOME.source)] == [text]

    def test_records_that_changed_places_in_one_file(self, store: Store) -> None:
        store.put_warc(WARC)
        one, two = capture("a", 0), capture("a", 100, TWO)
        store.put_captures([one, two])
        store.put_pages({"https://one.test/": one.ref, "https://two.test/": two.ref})
        swapped = [moved(two.ref, "a", 0), moved(one.ref, "a", 100)]
        assert store.relocate(swapped, ["a"], ["a"]).moved == {"a": 2}
        assert [held.ref for held in store.captures("a")] == swapped
        assert store.latest("https://one.test/") == swapped[1]
        assert store.latest("https://two.test/") == swapped[0]

    def test_what_is_not_found_stays_or_is_forgotten(self, store: Store) -> None:
        for warc in (WARC, OTHER_WARC):
            store.put_warc(warc)
            store.put_captures([capture(warc.name, 0), capture(warc.name, 100, TWO)])
        stays, goes = text_at("b", 200), text_at("a", 200, source="c.test")
        store.add([stays, goes])
        store.put_pages({"https://gone.test/": capture("a", 100).ref})
        store.put_events([replace(EVENT, record=goes.conversion)])
        found = [moved(capture("a", 0).ref, "a", 90)]
        done = store.relocate(found, ["a", "b"], ["a"])
        assert (done.moved, done.left) == ({"a": 1}, {"a": 2, "b": 3})
        assert [(held.source, held.file) for held in done.lost] == [(goes.source, goes.file)]
        assert [held.ref for held in store.captures("a")] == found
        assert list(store.captures("b")) == [capture("b", 0), capture("b", 100, TWO)]
        assert list(store.all()) == [stays]
        assert store.latest("https://gone.test/") is None
        assert not store.events(EVENT.key, EVENT.source)

    def test_an_origin_that_is_not_found_is_no_loss(self, store: Store) -> None:
        store.put_warc(WARC)
        held = replace(text_at("a", 100), origin=capture("a", 0).ref)
        store.add([held])
        assert held.conversion
        assert store.relocate([held.conversion], ["a"], ["a"]).lost == []
        assert list(store.all()) == [held]

    def test_a_file_that_is_not_noted_is_looked_at_and_a_foreign_one_is_not(
        self, store: Store
    ) -> None:
        store.put_warc(WARC)
        before, foreign = (capture(name, 0).ref for name in ("renamed", "/elsewhere/b"))
        store.add([replace(text_at("a", 9), origin=before)])
        store.add([replace(text_at("a", 19, key="f" * 16), origin=foreign)])
        found = [moved(before, "a", 70), moved(foreign, "a", 80)]
        assert store.relocate(found, []).moved == {"renamed": 1}
        origins = {held.key: held.origin for held in store.all()}
        assert origins == {HOLDING.key: found[0], "f" * 16: foreign}

    def test_a_bookmark_is_that_of_a_file_and_a_query(self, store: Store) -> None:
        bookmark = Bookmark(file="/data/x.warc.gz", query="{}", state="10 bytes", offset=5)
        other = replace(bookmark, query='{"domains": ["a.test"]}', offset=9)
        store.put_bookmarks([bookmark, other])
        assert store.bookmark(bookmark.file, bookmark.query) == bookmark
        assert store.bookmark(other.file, other.query) == other
        assert store.bookmark("/data/y.warc.gz", "{}") is None
        store.put_bookmarks([replace(bookmark, offset=10, state="11 bytes")])
        assert store.bookmark(bookmark.file, bookmark.query) == replace(
            bookmark, offset=10, state="11 bytes"
        )
        assert store.bookmark(other.file, other.query) == other

    def test_bookmarks_are_gone_when_an_article_is_forgotten(self, store: Store) -> None:
        bookmark = Bookmark(file="/data/x.warc.gz", query="{}", state="10 bytes", offset=5)
        store.put_warc(WARC)
        store.put_captures([capture("a", 900)])
        store.add([text_at("a", 50)])
        store.put_bookmarks([bookmark])
        store.forget("a", 100)
        assert store.bookmark(bookmark.file, bookmark.query) == bookmark
        store.forget("a", 50)
        assert store.bookmark(bookmark.file, bookmark.query) is None

    def test_a_visit_is_the_last_one_of_an_address_by_a_source(
        self, store: Store, uri: str
    ) -> None:
        other = replace(VISIT, url="https://a.test/2", outcome="empty", guid="", date="")
        elsewhere = replace(VISIT, source="b.test", at="2024-01-03T00:00:00Z")
        again = replace(VISIT, at="2024-01-02T00:00:00Z")
        store.put_visits([VISIT, other, elsewhere])
        store.put_visits([again])
        with closing(open_store(uri)) as reopened:
            urls = [VISIT.url, other.url, VISIT.url, "https://a.test/unknown"]
            assert reopened.visits("a.test", urls) == {VISIT.url: again, other.url: other}
            assert reopened.visits("b.test", urls) == {VISIT.url: elsewhere}
        assert store.visits("c.test", [VISIT.url]) == store.visits("a.test", []) == {}

    def test_visits_with_an_outcome(self, store: Store) -> None:
        fronts = [replace(VISIT, url=f"https://a.test/{n}#x", outcome="door") for n in (2, 1)]
        elsewhere = replace(fronts[0], source="b.test")
        store.put_visits([VISIT, *fronts, elsewhere])
        assert list(store.visits_with("door", "a.test")) == fronts[::-1]
        assert list(store.visits_with("door", "c.test")) == []
        assert list(store.visits_with("door")) == [*fronts[::-1], elsewhere]

    def test_many_visits_at_once(self, store: Store) -> None:
        many = [replace(VISIT, url=f"https://a.test/{n}") for n in range(1200)]
        store.put_visits(many)
        by_url = {visit.url: visit for visit in many}
        assert store.visits("a.test", iter(by_url)) == by_url

    def test_visits_are_of_the_transaction_around_them(self, store: Store) -> None:
        def write() -> None:
            with store.transaction():
                store.put_visits([VISIT])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write()
        assert store.visits(VISIT.source, [VISIT.url]) == {}

    @pytest.mark.parametrize("what", ["an article", "a capture"])
    def test_visits_are_gone_when_their_articles_are_forgotten(
        self, store: Store, what: str
    ) -> None:
        store.put_warc(WARC)
        if what == "an article":
            store.add([text_at("a", 50)])
        else:
            store.put_captures([capture("a", 50)])
        store.put_visits([VISIT])
        store.forget("a", 100)
        assert store.visits(VISIT.source, [VISIT.url]) == {VISIT.url: VISIT}
        store.forget("a", 50)
        assert store.visits(VISIT.source, [VISIT.url]) == {}

    def test_forgetting_more_than_there_is_changes_nothing(self, store: Store) -> None:
        store.put_warc(WARC)
        store.put_captures([capture("a", 900)])
        store.add([text_at("a", 950)])
        assert store.forget("a", 5000) == store.forget("unknown", 0) == []
        assert store.warcs() == [WARC]
        assert list(store.captures("a")) == [capture("a", 900)]


class TestSqlite(StoreContract):
    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        return f"sqlite:{tmp_path / 'deep' / 'ledger.sqlite'}"

    def test_unknown_version_is_refused(self, uri: str) -> None:
        open_store(uri).close()
        path = uri.removeprefix("sqlite:")
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version=99")
        db.close()
        with pytest.raises(OSError, match="ledger version 99"):
            open_store(uri)

    def test_a_full_disk_is_an_os_error_and_nothing_is_lost(self, uri: str, store: Store) -> None:
        store.add([HOLDING])
        many = [replace(HOLDING, key=f"{n:016x}", url="x" * 10_000) for n in range(500)]
        with pytest.raises(OSError, match="the ledger fails"), small_files(200_000):
            store.add(many)
        assert store.add([replace(HOLDING, key="d" * 16)])
        assert store.holdings([HOLDING.key, "d" * 16]).keys() == {HOLDING.key, "d" * 16}

    def test_a_path_may_hold_what_a_url_may_not(self, tmp_path: Path) -> None:
        path = tmp_path / "a#2?x"
        open_store(f"sqlite:{path / 'ledger.sqlite'}").close()
        assert (path / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    "uri", ["", "ledger.sqlite", "postgres://host/db", "sqlite:", "sqlite::memory:"]
)
def test_unknown_stores_are_named(uri: str) -> None:
    with pytest.raises(ValueError, match="is no ledger: use sqlite:PATH"):
        open_store(uri)
