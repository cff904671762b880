"""Records of visits: what is written is read back, and of anybody's only what has its form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.visit_records import (
    groups,
    in_records,
    read_visits,
    take_visits,
    told_visits,
    visits_record,
)
from crawler.state.backends import open_store
from crawler.state.identity import article_key
from crawler.state.store import Store, Visit
from crawler.warc.reader import Record, read_records
from crawler.warc.records import new_ref
from tests.archive.recording import Recording
from tests.state.test_store import HOLDING
from tests.warc.examples import STARTED

NOTED = "2024-03-01T10:05:00.000000Z"
STORY = Visit(
    source="harbour.test",
    url="https://harbour.test/1",
    at="2024-03-01T10:00:00.000000Z",
    outcome="article",
    guid="https://harbour.test/?p=1",
    date="2024-03-01T08:00:00",
    noted=NOTED,
)
ALIAS = replace(STORY, url="guid:tag:harbour.test,2024:1")
NOTHING = replace(STORY, url="https://harbour.test/2", outcome="no_date", guid="", date="")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")
    yield opened
    opened.close()


def hold(store: Store) -> None:
    store.add([replace(HOLDING, key=article_key(STORY.guid, STORY.date), source="another.test")])


def visits_of(store: Store) -> dict[str, Visit]:
    return store.visits(STORY.source, [v.url for v in (STORY, ALIAS, NOTHING)])


def test_what_is_written_is_read_back(tmp_path: Path, store: Store) -> None:
    hold(store)
    with Recording(tmp_path / "archives") as recording:
        ref = new_ref("", STARTED)
        told = groups([STORY, ALIAS, NOTHING], store)
        recording.recorder.write([visits_record(STORY.source, told, ref)], [ref])
        path = recording.end()
    record = [item for item in read_records(path) if isinstance(item, Record)][-1]
    found = read_visits(record)
    expected = [replace(visit, noted=record.date) for visit in (STORY, ALIAS, NOTHING)]
    assert [one.visit for one in found] == expected
    assert [one.is_held for one in found] == [True, True, False]
    assert len(told) == 2, "addresses of one story are told together"
    take_visits(store, found)
    assert visits_of(store) == {visit.url: visit for visit in expected}


def test_a_visit_whose_article_is_in_no_file_any_more_is_not_taken(store: Store) -> None:
    hold(store)
    told = told_visits(
        {"source": STORY.source, "visits": groups([STORY, ALIAS, NOTHING], store)}, NOTED
    )
    (held,) = store.all()
    store.remove(held)
    take_visits(store, told)
    assert visits_of(store) == {NOTHING.url: NOTHING}


def test_an_article_that_was_not_held_then_need_not_be_held_now(store: Store) -> None:
    """A pipeline of somebody's own had dropped it."""
    told = told_visits({"source": STORY.source, "visits": groups([STORY], store)}, NOTED)
    take_visits(store, told)
    assert visits_of(store) == {STORY.url: STORY}


def test_an_older_record_read_later_changes_nothing(store: Store) -> None:
    for noted, outcome in ((NOTED, "gone"), ("2024-02-01T00:00:00Z", "no_date")):
        content = {
            "source": STORY.source,
            "visits": groups([replace(NOTHING, outcome=outcome)], store),
        }
        take_visits(store, told_visits(content, noted))
    assert visits_of(store)[NOTHING.url].outcome == "gone"


def test_records_are_of_bounded_size(store: Store) -> None:
    many = [replace(NOTHING, url=f"https://harbour.test/{n}") for n in range(1000)]
    assert [len(batch) for batch in in_records(many)] == [400, 400, 200]
    long = [replace(NOTHING, url=f"https://harbour.test/{n}/" + "x" * 8000) for n in range(100)]
    batches = list(in_records(long))
    assert [visit for batch in batches for visit in batch] == long
    assert max(len(json.dumps(groups(batch, store))) for batch in batches) < 400_000
    endless = replace(NOTHING, url="guid:" + "x" * 10_000_000)
    assert [url for group in groups([NOTHING, endless], store) for url in group["urls"]] == [
        NOTHING.url
    ]


@pytest.mark.parametrize(
    "group",
    [
        None,
        [],
        {"at": STORY.at, "outcome": "article"},
        {"at": STORY.at, "outcome": "article", "urls": ["https://harbour.test/1"]},
        {"at": STORY.at, "outcome": "article", "date": "soon", "urls": ["https://harbour.test/1"]},
        {"at": STORY.at, "outcome": "gone", "urls": "https://harbour.test/1"},
        {"at": STORY.at, "outcome": "gone", "urls": [1]},
        {"at": STORY.at, "outcome": "gone", "urls": ["\ud800"]},
        {"at": STORY.at, "outcome": ["gone"], "urls": ["https://harbour.test/1"]},
        {"at": "", "outcome": "gone", "urls": ["https://harbour.test/1"]},
        {"at": "2024-99-01", "outcome": "gone", "urls": ["https://harbour.test/1"]},
        {"at": STORY.at, "outcome": "gone", "guid": 5, "urls": ["https://harbour.test/1"]},
    ],
)
def test_what_is_not_as_we_write_it_is_not_taken(group: Any) -> None:
    good = {"at": STORY.at, "outcome": "gone", "urls": [NOTHING.url]}
    found = told_visits({"source": STORY.source, "visits": [group, good]}, NOTED)
    assert [one.visit.url for one in found] == [NOTHING.url]


@pytest.mark.parametrize(
    ("content", "noted"),
    [
        ({"visits": []}, NOTED),
        ({"source": 5, "visits": []}, NOTED),
        ({"source": "x", "visits": {}}, NOTED),
        ({"source": "x", "visits": [{"at": STORY.at, "outcome": "gone", "urls": ["u"]}]}, "soon"),
    ],
)
def test_other_records_tell_none(content: dict[str, Any], noted: str) -> None:
    assert told_visits(content, noted) == []
