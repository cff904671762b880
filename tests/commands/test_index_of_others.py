"""``scrapy index PATH`` of archives in the shapes that other tools write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.warc.archive_lines import IndexedFile, lines_by_file
from crawler.warc.reader import Record, read_records
from tests.checks import deadly_checks
from tests.conftest import Scrapy
from tests.replay import captured
from tests.warc import files, shapes


def lines_of(index: str) -> list[dict[str, Any]]:
    return [json.loads(line.split(" ", 2)[2]) for line in index.splitlines()]


def test_every_capture_of_every_shape_has_a_line_with_its_place(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    for name in shapes.SHAPES:
        shapes.write(folder, name)
    run = scrapy("index", str(folder))
    assert run.exit_code == 0, run.log
    (said,) = run.log.splitlines()
    assert said.startswith(f"{folder}/{shapes.DEFLATED}: its WARCs are deflated: only a replay of")
    assert run.stdout.splitlines() == sorted(run.stdout.splitlines())
    lines = lines_of(run.stdout)
    found = sorted((line["filename"], line["url"], line["status"]) for line in lines)
    assert found == sorted((name, url, "200") for name in shapes.SHAPES for url in shapes.URLS)
    for line in lines:
        start = int(line["offset"])
        end = start + int(line["length"])
        items = list(read_records(folder / line["filename"], strict=False, start=start, end=end))
        assert line["url"] in {item.target_uri for item in items if isinstance(item, Record)}


@pytest.mark.parametrize("name", shapes.SHAPES)
def test_a_replay_answers_by_the_index_and_by_the_archive(
    scrapy: Scrapy, tmp_path: Path, name: str
) -> None:
    path = shapes.write(tmp_path, name)
    index = tmp_path / "x.cdxj"
    assert scrapy("index", str(path), "-o", str(index)).exit_code == 0
    for source in (index, path):
        playback = captured.replay(source, run=None)
        for number, url in enumerate(shapes.URLS, 1):
            answered = playback.answer(captured.get(url))
            assert captured.body(answered) == shapes.message(number)[len(shapes.HEAD) :]


def test_what_cannot_be_read_is_named_and_the_rest_indexed(scrapy: Scrapy, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    shapes.write(folder, "old.arc")
    shapes.write_wacz(folder / "empty.wacz", {"datapackage.json": b"{}"})
    (folder / "gone.warc").symlink_to(tmp_path / "nowhere")
    run = scrapy("index", str(folder))
    assert run.exit_code == 1
    assert len(run.stdout.splitlines()) == 3
    assert f"{folder}/empty.wacz:0: cannot be read: " in run.log
    assert f"{folder}/gone.warc:0: cannot be read: " in run.log


def test_a_folder_without_archives(scrapy: Scrapy, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "readme.txt").write_text("nothing")
    run = scrapy("index", str(tmp_path / "x"))
    assert (run.exit_code, run.stdout) == (1, "")
    assert "holds no archive" in run.log


def test_a_response_without_a_uri_is_named(scrapy: Scrapy, tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(shapes.record(1, WARC_Target_URI="") + shapes.record(2))
    run = scrapy("index", str(path))
    assert run.exit_code == 1
    assert f"{path}:0: the response has no WARC-Target-URI" in run.log
    assert len(run.stdout.splitlines()) == 1


# By all cores


def test_processes_give_the_same_lines_and_faults_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.warc.archive_lines._WORTH_PROCESSES", 0)
    indexed = [
        IndexedFile(shapes.write(tmp_path, name), name, is_ours=False) for name in shapes.SHAPES
    ]
    files.write(tmp_path / "no-uri.warc", files.record(WARC_Type="response") * 9)
    indexed.append(IndexedFile(tmp_path / "no-uri.warc", "no-uri.warc", is_ours=False))

    def made(workers: int) -> tuple[list[tuple[str, list[str]]], list[tuple[object, int]]]:
        faults: list[tuple[object, int]] = []
        by_file = lines_by_file(indexed, lambda path, f: faults.append((path, f.offset)), workers)
        return [(file.name, list(lines)) for file, lines in by_file], faults

    assert made(3) == made(1)
    assert len(made(1)[1]) == 9


def test_a_process_that_dies_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.warc.archive_lines._WORTH_PROCESSES", 0)
    monkeypatch.setattr("crawler.warc.archive_lines.make_lines", deadly_checks.make_lines)
    first, second = shapes.write(tmp_path, "standard.warc"), shapes.write(tmp_path, "old.arc")
    indexed = [IndexedFile(path, path.name, is_ours=False) for path in (second, first)]
    named: list[str] = []
    by_file = lines_by_file(indexed, lambda path, f: named.append(f"{path.name} {f.reason}"), 2)
    assert {file.name: len(list(lines)) for file, lines in by_file} == {
        "old.arc": 0,
        "standard.warc": 3,
    }
    assert named == ["old.arc cannot be read: the process at it ended with exit code -9"]
