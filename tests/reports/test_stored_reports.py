"""Reports as JSON: what is written is read again, and what is no report is named."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from crawler.reports.html_page import html_page
from crawler.reports.named_things import MOST_IN_MEMORY, NamedThings
from crawler.reports.report_json import write_report
from crawler.reports.run import Problem
from crawler.reports.run_page import run_document
from crawler.reports.stored_reports import UnreadableReportError, read_round, read_run
from tests.reports.some_reports import a_hostile_report, a_report


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    names = [f"{number}.txt" for number in range(MOST_IN_MEMORY + 2)]
    report = a_report(text_files=NamedThings(names))
    for number in range(MOST_IN_MEMORY + 2):
        report.problems.append(Problem("story_failed", f"no answer {number}\n  ],", fix="again"))
    write_report(report, path)
    found = read_run(path)
    assert list(found.text_files) == names
    assert list(found.problems) == list(report.problems)
    assert found == report
    assert json.loads(path.read_text(encoding="utf-8"))["text_files"] == names


def test_a_page_made_anew_is_the_same(tmp_path: Path) -> None:
    for report in (a_report(), a_hostile_report()):
        write_report(report, tmp_path / "a.json")
        again = read_run(tmp_path / "a.json")
        assert "".join(html_page(run_document(again, tmp_path))) == "".join(
            html_page(run_document(report, tmp_path))
        )


def test_a_report_of_an_earlier_release(tmp_path: Path) -> None:
    """It knew neither hosts nor examples, and was written in one piece."""
    report = a_report()
    old = json.loads(json.dumps(asdict(replace(report, problems=[], text_files=[]))))  # type: ignore[arg-type]
    for name in ("page", "previous", "came", "examples", "hosts", "settings", "versions"):
        del old[name]
    old["problems"] = [{"kind": "story_failed", "message": "https://harbour.test/9: no answer"}]
    old["text_files"] = ["a.txt"]
    for indent in (None, 2):
        (tmp_path / "a.json").write_text(json.dumps(old, indent=indent), encoding="utf-8")
        found = read_run(tmp_path / "a.json")
        assert list(found.problems) == [Problem(**old["problems"][0])]
        assert list(found.text_files) == ["a.txt"]
        page = "".join(html_page(run_document(found, tmp_path)))
        assert "https://harbour.test/9" in page


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"spider": 1, "started": 2}',
        '{"spider": "wire"',
        '{\n  "text_files": [\n    "a',
        '{\n  "problems": [\n    {\n',
    ],
)
def test_what_is_no_report_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "20260307T200000131057-wire.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableReportError, match=r"20260307T200000131057-wire\.json"):
        read_run(path)
    with pytest.raises(UnreadableReportError, match=r"20260307T200000131057-wire\.json"):
        read_round(path)


def test_values_of_another_form_are_left_out(tmp_path: Path) -> None:
    found = {name: [1, {"a": 2}] for name in asdict(a_report(problems=[], text_files=[]))}
    found |= {"spider": "wire", "started": "yesterday", "lost": {"gone": {"count": "x"}}}  # type: ignore[dict-item]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    assert "".join(html_page(run_document(read_run(path), tmp_path)))
