"""``scrapy verify``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crawler.state.lock import ArchiveLock
from tests.checks.crawled import Copy, copy, crawled
from tests.running import scrapy
from tests.warc.files import record, write

__all__ = ["copy", "crawled"]


def test_a_sound_archive(copy: Copy) -> None:
    run = scrapy(copy.folder, "verify")
    assert run.exit_code == 0, run.log
    (line,) = run.stdout.splitlines()
    assert line.startswith("3 files, ")
    assert line.endswith(f"{len(copy.texts)} texts, 0 faults")


def test_an_archive_whose_only_run_kept_nothing(tmp_path: Path, archives: Path) -> None:
    write(tmp_path / "x.warc", record(WARC_Type="resource"))
    scrapy(archives, "crawl", "warc", "-a", f"path={tmp_path}/x.warc")
    assert not (archives / "warc").exists()
    run = scrapy(archives, "verify")
    assert run.exit_code == 0, run.log
    assert run.stdout == "0 files, 0 records, 0 bytes, 0 texts, 0 faults\n"


def test_one_line_a_fault(copy: Copy) -> None:
    text = copy.texts[3]
    text.unlink()
    at = copy.flip(copy.record("request"))
    run = scrapy(copy.folder, "verify")
    assert run.exit_code == 1, run.log
    damaged, missing, counted = run.stdout.splitlines()
    assert damaged.startswith(f"{copy.folder}/{at}: found ")
    assert missing.startswith(f"{text}: is missing")
    assert counted.endswith(", 2 faults")


def test_files_and_folders(copy: Copy, archives: Path) -> None:
    run = scrapy(archives, "verify", str(copy.warcs[0]), str(copy.folder / "warc"))
    assert run.exit_code == 0, run.stdout
    assert run.stdout.startswith("3 files, ")  # each once
    run = scrapy(archives, "verify", str(copy.warcs[0]))
    assert run.exit_code == 0, run.stdout
    assert run.stdout.startswith("1 files, ")


def test_no_control_character_reaches_the_terminal(tmp_path: Path, archives: Path) -> None:
    write(tmp_path / "x.warc", record(WARC_Date="\x1b[31m2024\u202e\x9b"))
    run = scrapy(archives, "verify", str(tmp_path / "x.warc"))
    line, _ = run.stdout.splitlines()
    assert line.isprintable()
    assert "WARC-Date" in line


@pytest.mark.parametrize("arguments", [("/no/such/folder",), ("--nonsense",), ()])
def test_wrong_usage_is_exit_code_2(archives: Path, arguments: tuple[str, ...]) -> None:
    run = scrapy(archives, "verify", *arguments)
    assert run.exit_code == 2, run.log
    assert "Traceback" not in run.log
    assert not archives.exists()


def test_beside_writers_but_not_beside_who_has_it_alone(copy: Copy) -> None:
    lock = ArchiveLock.shared(copy.folder)
    run = scrapy(copy.folder, "verify")
    lock.release()
    assert run.exit_code == 0, run.log
    lock = ArchiveLock.alone(copy.folder)
    run = scrapy(copy.folder, "verify")
    lock.release()
    assert run.exit_code == 75
    assert "is held by process" in run.log


def test_a_uri_that_is_no_ledger(copy: Copy) -> None:
    run = scrapy(copy.folder, "verify", "-s", "STATE_URI=mysql:x")
    assert run.exit_code == 2
    assert "STATE_URI='mysql:x' cannot be used" in run.log


def test_nothing_is_changed(copy: Copy) -> None:
    def content() -> dict[str, bytes]:
        files = [path for path in copy.folder.rglob("*") if path.is_file()]
        kept = [path for path in files if path.name[:1] not in ".l" and path.name != "opening"]
        return {path.name: path.read_bytes() for path in kept}

    before = content()
    scrapy(copy.folder, "verify")
    assert content() == before


def test_missing_and_damaged_texts_come_back_byte_for_byte(copy: Copy) -> None:
    before = {path: path.read_bytes() for path in copy.texts}
    stamps = {path: path.stat().st_mtime_ns for path in copy.texts}
    missing, damaged, same = copy.texts[2:7], copy.texts[8], copy.texts[9:]
    for path in missing:
        path.unlink()
    damaged.write_bytes(b"half a te")
    unfinished = damaged.with_name(f".{damaged.name}.4711.part")
    unfinished.write_bytes(b"half")
    run = scrapy(copy.folder, "verify", "--repair")
    assert not unfinished.exists()
    assert run.exit_code == 0, run.stdout
    *lines, counted = run.stdout.splitlines()
    assert lines == [
        f"{damaged.parent}: removed 1 files that were never finished",
        *(f"{path}: restored, it was missing" for path in missing),
        f"{damaged}: restored, it had other bytes than its record",
    ]
    assert counted.endswith(", 0 faults")
    assert {path: path.read_bytes() for path in copy.texts} == before
    assert all(path.stat().st_mtime_ns == stamps[path] for path in same)
    assert scrapy(copy.folder, "verify", "--repair").stdout == f"{counted}\n"


def test_a_whole_folder_of_texts_and_indexes_comes_back(copy: Copy) -> None:
    before = {path: path.read_bytes() for path in copy.texts}
    shutil.rmtree(copy.folder / "text")
    shutil.rmtree(copy.index)
    run = scrapy(copy.folder, "verify", "--repair")
    assert run.exit_code == 0, run.stdout
    assert {path: path.read_bytes() for path in copy.texts} == before
    assert f"{copy.index}: made the index of 3 WARC files" in run.stdout.splitlines()


def test_what_cannot_be_repaired_is_a_fault(copy: Copy) -> None:
    place = copy.record("conversion", 9)  # the first five were collected twice
    lost = next(path for path in copy.texts if path.read_bytes() == place[1].block[:])
    copy.flip(place)
    lost.unlink()
    victim = copy.texts[0]
    victim.unlink()
    copy.sql("UPDATE article SET conversion = NULL WHERE file = ?", victim.name)
    run = scrapy(copy.folder, "verify", "--repair")
    assert run.exit_code == 1, run.stdout
    assert f"{victim}: cannot be restored: " in run.stdout
    assert "collected without an archive" in run.stdout
    assert f"{lost}: cannot be restored: " in run.stdout
    assert f"{lost}: is missing" in run.stdout


def test_a_damaged_ledger_is_named_and_no_text_touched(copy: Copy) -> None:
    (copy.folder / "ledger.sqlite").write_bytes(b"garbage " * 1000)
    missing = copy.texts[0]
    missing.unlink()
    run = scrapy(copy.folder, "verify", "--repair")
    assert run.exit_code == 1
    assert "scrapy rebuild makes it again" in run.stdout
    assert not missing.exists()


def test_repairing_is_for_the_own_archive(copy: Copy) -> None:
    run = scrapy(copy.folder, "verify", "--repair", str(copy.warcs[0]))
    assert run.exit_code == 2
    assert "give no PATH" in run.log
    lock = ArchiveLock.alone(copy.folder)
    assert scrapy(copy.folder, "verify", "--repair").exit_code == 75
    lock.release()
