"""At the start of a run: texts that are due and missing indexes come from the WARCs."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from crawler.warc.reader import records
from tests.checks.crawled import Copy, copy, crawled
from tests.running import Run, scrapy
from tests.warc.index_folder import all_lines

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


def test_nothing_is_done_where_nothing_is_missing(copy: Copy, nothing: Path) -> None:
    stamps = {path: path.stat().st_mtime_ns for path in copy.texts}
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert not [name for name in run.report["stats"] if name.startswith(("restore/", "recover/"))]
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_missing_texts_stay_away(copy: Copy, nothing: Path) -> None:
    """Nothing looks for them at a start: that would cost more, the larger the archive is."""
    for path in copy.texts[2:7]:
        path.unlink()
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert "restore/texts" not in run.report["stats"]
    run = scrapy(copy.folder, "verify")
    assert run.exit_code == 1
    assert run.stdout.count("is missing; it is the text of") == 5


def test_a_text_that_the_last_run_did_not_come_to_is_written(copy: Copy, nothing: Path) -> None:
    before, old, own = texts(copy), copy.texts[3], copy.texts[4]
    old.write_bytes(b" date 2024-01-01 The text before\n")
    own.write_bytes(b"somebody's own change\n")
    copy.sql("INSERT INTO due (file) VALUES (?)", old.name)
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert old.read_bytes() == before[old.name]
    assert own.read_bytes() == b"somebody's own change\n"
    assert "restore/texts" not in begin(copy, nothing).report["stats"]


def test_what_is_gone_is_named_with_the_fix(copy: Copy, nothing: Path) -> None:
    run = begin(copy, nothing, "-s", "RESTORE_TEXTS=False")
    assert run.exit_code == 2
    assert "RESTORE_TEXTS='False' cannot be used: remove it" in run.log
    assert "scrapy verify --repair" in run.log


def make_due(copy: Copy, *paths: Path) -> None:
    for path in paths:
        path.unlink()
        copy.sql("INSERT INTO due (file) VALUES (?)", path.name)


def test_what_cannot_be_restored_is_named(copy: Copy, nothing: Path) -> None:
    before = texts(copy)
    path, record = copy.record("conversion", 9)  # the first five were collected twice
    copy.flip((path, record))
    lost = next(p for p in copy.texts if p.read_bytes() == record.block[:])
    other = next(p for p in copy.texts if p != lost)
    make_due(copy, lost, other)
    run = begin(copy, nothing)
    assert run.exit_code == 3, run.log
    (message,) = problems(run)["text_missing"]
    assert lost.name in message
    assert str(record.offset) in message
    assert other.read_bytes() == before[other.name]


def test_a_file_that_is_gone_is_named(copy: Copy, nothing: Path) -> None:
    make_due(copy, copy.texts[0])
    for path in copy.warcs:
        path.unlink()
    run = begin(copy, nothing)
    assert run.exit_code == 3, run.log
    assert len(problems(run)["text_missing"]) == 1


def test_an_article_without_an_archive_is_named(copy: Copy, nothing: Path) -> None:
    victim = copy.texts[0]
    make_due(copy, victim)
    copy.sql("UPDATE article SET conversion = NULL WHERE file = ?", victim.name)
    run = begin(copy, nothing)
    assert run.exit_code == 3, run.log
    (message,) = problems(run)["text_missing"]
    assert "collected without an archive" in message


@pytest.mark.parametrize("lost", range(6))
def test_an_index_that_is_missing_is_made_again(copy: Copy, nothing: Path, lost: int) -> None:
    before = all_lines(copy.index)
    sorted(copy.index.iterdir())[lost].unlink()
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert set(before) <= set(all_lines(copy.index))
    assert copy.faults() == []


def test_the_index_of_a_file_that_is_handled_is_made_again(copy: Copy, nothing: Path) -> None:
    """Nothing of the time: `cp -p` and `gzip` keep it."""
    path = copy.warcs[1]
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    members = [gzip.decompress(path.read_bytes()[r.offset :][: r.length]) for r in records(path)]
    path.write_bytes(b"".join(gzip.compress(member, 1) for member in members))
    os.utime(path, ns=times)
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert run.report["stats"]["restore/indexes"] == 1
    assert copy.faults() == []


def test_a_run_that_writes_no_file_leaves_the_index_as_it_is(copy: Copy, nothing: Path) -> None:
    begin(copy, nothing)
    before = {path: written_at(path) for path in copy.index.iterdir()}
    warcs = copy.warcs
    run = scrapy(copy.folder, "import", str(nothing), "-s", "ARCHIVE_MODE=off")
    assert run.exit_code == 0, run.log
    assert copy.warcs == warcs
    assert {path: written_at(path) for path in copy.index.iterdir()} == before


def written_at(path: Path) -> tuple[int, int]:
    return path.stat().st_ino, path.stat().st_mtime_ns


def test_what_could_not_be_indexed_is_named(copy: Copy, nothing: Path) -> None:
    path, record = copy.record("response", 3)
    at = copy.flip((path, record))
    (copy.index / f"{path.name}.cdxj").unlink()
    run = begin(copy, nothing)
    assert run.exit_code == 3, run.log
    (message,) = problems(run)["warc_damaged"]
    assert path.name in message
    assert at.rpartition(":")[2] in message
