"""At the start of a run: texts and indexes that are missing or old come back from the WARCs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.checks.crawled import Copy, copy, crawled
from tests.running import Run, scrapy

__all__ = ["copy", "crawled"]


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    """Write a document that the archive holds already: its import only begins and ends."""
    path = tmp_path / "seed" / "one.txt"
    path.parent.mkdir()
    path.write_text(" date 2024-01-01 Headline\n", encoding="utf-8")
    return path


def begin(copy: Copy, nothing: Path, *options: str) -> Run:
    return scrapy(copy.folder, "import", str(nothing), *options)


def problems(run: Run) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in run.report["problems"]:
        found.setdefault(problem["kind"], []).append(problem["message"])
    return found


def texts(copy: Copy) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in copy.texts}


def index(copy: Copy) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in copy.index.iterdir()}


def test_nothing_is_done_where_nothing_is_missing(copy: Copy, nothing: Path) -> None:
    stamps = {path: path.stat().st_mtime_ns for path in copy.texts}
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert not [name for name in run.report["stats"] if name.startswith(("restore/", "recover/"))]
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_missing_texts_come_back_byte_for_byte(copy: Copy, nothing: Path) -> None:
    before = texts(copy)
    for path in copy.texts[2:7]:
        path.unlink()
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert texts(copy).items() >= before.items()
    assert run.report["stats"]["restore/texts"] == 5
    assert copy.texts[2].name in run.log


def test_all_texts_come_back(copy: Copy, nothing: Path) -> None:
    before = texts(copy)
    shutil.rmtree(copy.folder / "text")
    assert begin(copy, nothing).exit_code == 0
    assert texts(copy).items() >= before.items()


def test_a_text_that_the_last_run_did_not_come_to_is_written(copy: Copy, nothing: Path) -> None:
    before, old, own = texts(copy), copy.texts[3], copy.texts[4]
    old.write_bytes(b" date 2024-01-01 The text before\n")
    own.write_bytes(b"somebody's own change\n")
    copy.sql("INSERT INTO due VALUES (?)", old.name)
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert old.read_bytes() == before[old.name]
    assert own.read_bytes() == b"somebody's own change\n"
    assert "restore/texts" not in begin(copy, nothing).report["stats"]


def test_who_takes_texts_away_may_keep_them_away(copy: Copy, nothing: Path) -> None:
    before, missing, old = texts(copy), copy.texts[2], copy.texts[3]
    missing.unlink()
    old.write_bytes(b"old\n")
    copy.sql("INSERT INTO due VALUES (?)", old.name)
    run = begin(copy, nothing, "-s", "RESTORE_TEXTS=False")
    assert run.exit_code == 0, run.log
    assert not missing.exists()
    assert old.read_bytes() == before[old.name]


def test_what_cannot_be_restored_is_named(copy: Copy, nothing: Path) -> None:
    before = texts(copy)
    path, record = copy.record("conversion", 9)  # the first five were collected twice
    copy.flip((path, record))
    lost = next(p for p in copy.texts if p.read_bytes() == record.block[:])
    other = next(p for p in copy.texts if p != lost)
    lost.unlink()
    other.unlink()
    run = begin(copy, nothing)
    assert run.exit_code == 3, run.log
    (message,) = problems(run)["text_missing"]
    assert lost.name in message
    assert str(record.offset) in message
    assert other.read_bytes() == before[other.name]


def test_a_file_that_is_gone_is_named(copy: Copy, nothing: Path) -> None:
    copy.texts[0].unlink()
    for path in copy.warcs:
        path.unlink()
    run = begin(copy, nothing)
    assert run.exit_code == 3, run.log
    assert len(problems(run)["text_missing"]) == 1


def test_an_article_without_an_archive_is_named(copy: Copy, nothing: Path) -> None:
    victim = copy.texts[0]
    victim.unlink()
    copy.sql("UPDATE article SET conversion = NULL WHERE file = ?", victim.name)
    run = begin(copy, nothing)
    assert run.exit_code == 3, run.log
    (message,) = problems(run)["text_missing"]
    assert "collected without an archive" in message


@pytest.mark.parametrize("lost", [0, 1, -1])
def test_an_index_that_is_missing_is_made_again(copy: Copy, nothing: Path, lost: int) -> None:
    before = index(copy)
    (copy.index / sorted(before)[lost]).unlink()
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    after = index(copy)
    merged = before.pop("index.cdxj")
    assert after.items() >= before.items()
    assert set(merged.splitlines()) <= set(after["index.cdxj"].splitlines())


def test_what_could_not_be_indexed_is_named(copy: Copy, nothing: Path) -> None:
    path, record = copy.record("response", 3)
    at = copy.flip((path, record))
    run = begin(copy, nothing)
    assert run.exit_code == 3, run.log
    (message,) = problems(run)["warc_damaged"]
    assert path.name in message
    assert at.rpartition(":")[2] in message
