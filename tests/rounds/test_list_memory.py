"""What is remembered while an archive is read: how its runs ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.rounds import list_memory
from crawler.rounds.list_memory import RunEnds
from crawler.state.backends import open_store
from crawler.state.store import EndedRun, Store
from crawler.warc.runs import Run
from tests.state.test_store import RUN

DAY = "2026-03-02T05:00:00.000000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")) as made:
        yield made


def run(number: int) -> Run:
    return Run(id=f"urn:uuid:{number}", spider="wire", source="a", arguments={}, started=DAY)


def report(folder: Path, name: str, number: int, reason: str = "finished") -> None:
    content = {"run": f"urn:uuid:{number}", "reason": reason}
    (folder / f"{name}-wire.json").write_text(json.dumps(content))


def test_interleaved_runs_are_looked_up_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        reason = "finished" if number % 2 else "shutdown"
        store.put_run(replace(RUN, id=f"urn:uuid:{number}", reason=reason))
    asked: list[str] = []
    known = type(store).run

    def counting(self: Store, run_id: str) -> EndedRun | None:
        asked.append(run_id)
        return known(self, run_id)

    monkeypatch.setattr(type(store), "run", counting)
    ends = RunEnds(store, tmp_path)
    for _ in range(5):  # records of each come in turn
        assert [ends.ended(run(number)) for number in range(60)] == [False, True] * 30
    assert len(asked) == 60


def test_reports_are_asked_of_runs_that_no_ledger_had(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a run that was killed since there is none: those of all others are not read for it."""
    store.put_run(replace(RUN, started=DAY, ended="2026-03-02T05:10:00.000000Z"))
    report(tmp_path, "20260301T050000000000", 1)
    report(tmp_path, "20260301T060000000000", 2, "shutdown")
    for hour in range(6, 20):
        report(tmp_path, f"20260302T{hour:02d}0000000000", 100 + hour)
    read: list[str] = []
    told = list_memory._told_end

    def counting(path: Path) -> tuple[str, str] | None:
        read.append(path.name)
        return told(path)

    monkeypatch.setattr(list_memory, "_told_end", counting)
    ends = RunEnds(store, tmp_path)
    assert [ends.ended(run(number)) for number in (1, 2, 3)] == [True, False, False]
    assert read == ["20260301T050000000000-wire.json", "20260301T060000000000-wire.json"]


def test_without_runs_in_the_ledger_every_report_counts(store: Store, tmp_path: Path) -> None:
    report(tmp_path, "20260301T050000000000", 1)
    assert RunEnds(store, tmp_path).ended(run(1))
