"""The record of a run's end: it is read back, and of anybody's only what has its form."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.run_end_records import ended_run, read_run, run_record, told_problems
from crawler.archive.visit_records import groups
from crawler.reports.losses import add
from crawler.reports.named_things import NamedThings
from crawler.reports.run import Problem, RunReport
from crawler.state.backends import open_store
from crawler.state.store import EndedRun, Visit
from crawler.text.article import EXTRACTOR
from crawler.warc.reader import Record, read_records
from crawler.warc.records import new_ref
from tests.archive.recording import Recording
from tests.warc.examples import STARTED

ENDED = "2024-03-01T10:05:00.000000Z"


def report() -> RunReport:
    found = RunReport(
        spider="wire",
        source="harbour.test",
        started="2024-03-01T10:00:00.000000+00:00",
        arguments={"url": "https://harbour.test/"},
        reason="finished",
        exit_code=3,
        requests=12,
        responses=11,
        payload_bytes=4096,
        articles={"new": 2, "duplicate": 0, "gone": 2},
        changed={"gone": 1},
        dropped={"empty": 1},
        incomplete=1,
        held=5,
        problems=NamedThings([Problem("story_failed", "https://harbour.test/9: no answer")]),
        stats={"wire/links/feed": 7, "wire/links/sitemap": 3, "wordpress/listed_again": 4},
    )
    add(found.lost, "no_date", count=6)
    return found


def written(folder: Path, run: EndedRun, *, visits: Any = (), problems: Any = ()) -> Record:
    """Write the record of *run* into an archive, and return it as it is read from there."""
    with Recording(folder) as recording:
        ref = new_ref("", STARTED)
        run = replace(run, record=ref)
        recording.recorder.write([run_record(run, told_problems(problems), visits)], [ref])
        path = recording.end()
    return [item for item in read_records(path) if isinstance(item, Record)][-1]


def test_what_a_run_did_is_read_back(tmp_path: Path) -> None:
    run = ended_run(report(), "urn:uuid:1", ENDED)
    record = written(tmp_path, run, problems=report().problems)
    found = read_run(record, "x.warc.gz")
    assert found == (replace(run, record=record.ref("x.warc.gz")), [])
    assert run.counts == {
        "listed": 10,
        "new": 2,
        "gone": 3,
        "incomplete": 1,
        "held": 5,
        "problems": 1,
        "requests": 12,
        "answers": 11,
        "bytes": 4096,
    }
    assert (run.dropped, run.lost) == ({"empty": 1}, {"no_date": 6})
    assert (run.started, run.ended) == ("2024-03-01T10:00:00.000000Z", ENDED)
    assert json.loads(run.arguments) == {"url": "https://harbour.test/"}
    assert run.extractor == EXTRACTOR


def test_the_last_visits_are_told_with_it(tmp_path: Path) -> None:
    record_date = "2024-03-01T00:00:00Z"
    visits = [
        Visit(source="harbour.test", url=url, at=record_date, outcome="door")
        for url in ("https://harbour.test/feed#a", "https://harbour.test/map#a")
    ]
    store = open_store(f"sqlite:{tmp_path / 'other.sqlite'}")
    told = groups(visits, store)
    store.close()
    record = written(tmp_path, ended_run(report(), "urn:uuid:1", ENDED), visits=told)
    found = read_run(record, "x")
    assert found
    assert [one.visit for one in found[1]] == [replace(v, noted=record.date) for v in visits]


def test_very_many_problems_are_counted_by_kind(tmp_path: Path) -> None:
    problems = [Problem("story_failed", f"{n} " + "x" * 5000) for n in range(300)]
    problems += [Problem("warc_damaged", "y")] * 50
    record = written(tmp_path, ended_run(report(), "urn:uuid:1", ENDED), problems=problems)
    content = json.loads(bytes(record.block))
    assert [problem["message"][:4].split()[0] for problem in content["problems"]] == [
        str(n) for n in range(200)
    ]
    assert content["more_problems"] == {"story_failed": 100, "warc_damaged": 50}
    assert len(record.block) < 300_000


def test_bytes_of_the_command_line_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    odd = report()
    odd.arguments = {"url": "https://harbour.test/\udcff"}
    odd.dropped = {f"my_reason_{n}\ud800": 1 for n in range(3000)}
    run = ended_run(odd, "urn:uuid:1", ENDED)
    record = written(tmp_path, run, problems=[Problem("x", "\udcff")])
    assert read_run(record, "x") == (replace(run, record=record.ref("x")), [])
    with_row = open_store(f"sqlite:{tmp_path / 'other.sqlite'}")
    with_row.put_run(run)
    assert with_row.run(run.id) == run
    with_row.close()


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.pop(name)


def _with(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.update(values)


@pytest.mark.parametrize(
    "change",
    [
        *map(_without, ("run", "spider", "started", "exit_code", "arguments", "counts", "lost")),
        _with(run=""),
        _with(run=["x"]),
        _with(run="\ud800"),
        _with(exit_code="0"),
        _with(exit_code=True),
        _with(exit_code=256),
        _with(exit_code=-1),
        _with(started="yesterday"),
        _with(ended=7),
        _with(arguments=[]),
        _with(arguments={"url": 5}),
        _with(counts={"new": "many"}),
        _with(counts={"new": -1}),
        _with(counts={"new": 1 << 80}),
        _with(counts={"new": True}),
        _with(counts={"new": {}}),
        _with(dropped={f"{n}": 1 for n in range(1001)}),
        _with(lost={"\ud800": 1}),
    ],
)
def test_what_is_not_as_we_write_it_is_no_run(
    tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    record = written(tmp_path, ended_run(report(), "urn:uuid:1", ENDED))
    content = json.loads(bytes(record.block))
    assert read_run(_with_block(record, content), "x")
    change(content)
    assert read_run(_with_block(record, content), "x") is None


@pytest.mark.parametrize("block", [b"", b"[]", b"[" * 100_000, b"{}", b'{"run": ', b"\xff"])
def test_other_records_are_none(tmp_path: Path, block: bytes) -> None:
    record = written(tmp_path, ended_run(report(), "urn:uuid:1", ENDED))
    assert read_run(replace(record, block=block), "x") is None


def _with_block(record: Record, content: dict[str, Any]) -> Record:
    return replace(record, block=json.dumps(content).encode())
