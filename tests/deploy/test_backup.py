"""``deploy/backup.py``: what it copies while rounds write, and what comes of the copy."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from crawler.state.lock import ArchiveLock
from tests.rounds.round_sites import RoundSite, run_round, serve, write_sources
from tests.running import LIMIT, ROOT, Run, scrapy

ALL = 3 * 24
SEED = " date 2019-05-04 The lamp was lit\nIt burned all night.\n"
SEED_FILE = "000_00ab54a98ceb1f0a.txt"


class UnendedSite(RoundSite):
    """Does not answer for its last two stories before ``closing`` is set."""

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        if head.split(b" ", 2)[1].endswith((b"/story-1", b"/story-2")):
            self.closing.wait()
        super().__call__(head, out)


def back_up(archives: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the script."""
    return subprocess.run(
        [sys.executable, "deploy/backup.py", archives, folder, *options],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip


def backed_up(archives: Path, folder: Path, *options: str) -> str:
    """Run the script, which gets everything; return what it printed."""
    done = back_up(archives, folder, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def restored(copy: Path, folder: Path) -> Run:
    """Do what the page for operators says: copy a backup to a new folder, and repair that."""
    shutil.copytree(copy, folder)
    return scrapy(folder, "verify", "--repair")


def report(run: Run) -> dict[str, Any]:
    """Return the report of the last round."""
    path = max((run.archives / "reports").glob("*-round.json"))
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def held(archives: Path) -> set[str]:
    """Return the names of the texts that the ledger has committed."""
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as ledger:
        return {file for (file,) in ledger.execute("SELECT file FROM article")}


@contextmanager
def watching(archives: Path, sources: Path, *settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``round --watch``, killed at the end if it is still there."""
    named = (f"ARCHIVES_DIR={archives}", f"SOURCES_FILE={sources}", *settings)
    network = ("ADDRESS_GUARD_ALLOW=127.0.0.0/8", "DOWNLOAD_DELAY=0")
    options = [f"--set={setting}" for setting in (*named, *network)]
    with subprocess.Popen(
        [sys.executable, "-m", "scrapy", "round", "--watch", *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def wait_until_held(archives: Path, count: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + LIMIT
    while len(list(archives.glob("text/*.txt"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def test_while_rounds_write(tmp_path: Path) -> None:
    """Nothing that was committed when a backup began is missing, and the copy goes on."""
    sites = [UnendedSite(name, stories=24, slow=0.1) for name in ("gull", "tern", "skua")]
    archives, sources, copy = (tmp_path / name for name in ("archives", "s.toml", "copy"))
    ledgers: list[bytes] = []
    with serve(sites):
        write_sources(sources, sites)
        with watching(archives, sources, "ARCHIVE_FILE_SIZE=30000") as watch:
            for count in (2, 12, 22):
                wait_until_held(archives, count, watch)
                committed = held(archives)
                assert watch.poll() is None
                backed_up(archives, copy, "--also", str(sources))
                assert committed <= held(copy)
                assert len(held(copy)) < ALL
                ledgers.append((copy / "ledger.sqlite").read_bytes())
            assert len(list((archives / "warc").glob("*.gz"))) > 1
            for site in sites:
                site.closing.set()
            wait_until_held(archives, ALL, watch)
            watch.send_signal(signal.SIGTERM)
            _, log = watch.communicate(timeout=LIMIT)
            assert watch.returncode == 143, log
        repaired = restored(copy, tmp_path / "restored")
        assert repaired.exit_code == 0, repaired.stdout + repaired.log
        assert "0 faults" in repaired.stdout
        texts, original = repaired.texts, Run(0, "", "", archives).texts
        assert 22 <= len(texts) == len(held(copy))
        assert texts.items() <= original.items()
        goes_on = run_round(repaired.archives, repaired.archives / "s.toml", "--now")
        assert goes_on.exit_code == 0, goes_on.log
        # One that was cut off has the older ledger still; recovery reads what lies behind that.
        (copy / "ledger.sqlite").write_bytes(ledgers[0])
        (copy / "warc" / ".half.warc.gz.new").write_bytes(b"half")
        cut_off = run_round(copy, sources, "--now")
        assert cut_off.exit_code == 0, cut_off.log
        assert sum(result["new"] for result in report(cut_off)["results"]) == ALL - len(texts)
    for run in (goes_on, cut_off):
        assert sorted(run.texts.values()) == sorted(original.values())
    verified = scrapy(goes_on.archives, "verify")
    assert f"{ALL} texts, 0 faults" in verified.stdout, verified.stdout + verified.log
    assert sources.read_bytes() == (copy / "s.toml").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with an archive of three stories, and a seed that is in no WARC file."""
    folder, site = tmp_path_factory.mktemp("whole"), RoundSite("gull")
    (folder / "archives" / "text").mkdir(parents=True)
    (folder / "archives" / "text" / SEED_FILE).write_text(SEED, encoding="utf-8")
    with serve([site]):
        write_sources(folder / "sources.toml", [site])
        run = run_round(folder / "archives", folder / "sources.toml")
    assert run.exit_code == 0, run.log
    assert len(run.texts) == 4
    return folder


@pytest.fixture
def archive(whole: Path, tmp_path: Path) -> Run:
    """Give a test a copy of its own."""
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    return Run(0, "", "", tmp_path / "archives")


def test_an_older_backup_is_restored(tmp_path: Path) -> None:
    """What came after it is fetched again."""
    archives, sources, copy = (tmp_path / name for name in ("archives", "s.toml", "copy"))
    site = RoundSite("gull")
    with serve([site]):
        write_sources(sources, [site])
        earlier = run_round(archives, sources).texts
        backed_up(archives, copy)
        site.stories = 5
        later = run_round(archives, sources, "--now").texts
        assert (len(earlier), len(later)) == (3, 5)
        repaired = restored(copy, tmp_path / "restored")
        assert repaired.exit_code == 0, repaired.stdout + repaired.log
        assert repaired.texts == earlier
        again = run_round(repaired.archives, sources, "--now")
    assert sorted(again.texts.values()) == sorted(later.values())  # in whichever order they came
    assert "5 texts, 0 faults" in scrapy(again.archives, "verify").stdout


def test_texts_that_are_in_no_warc_file(archive: Run, tmp_path: Path) -> None:
    backed_up(archive.archives, tmp_path / "copy")
    (copied,) = (tmp_path / "copy" / "text").iterdir()
    assert copied.name == SEED_FILE
    assert copied.read_text(encoding="utf-8") == SEED


def test_what_is_there_is_not_copied_again(archive: Run, tmp_path: Path) -> None:
    ledger = archive.archives / "ledger.sqlite"
    before = ledger.stat().st_mtime_ns
    first = backed_up(archive.archives, tmp_path / "copy")
    (warc,) = (tmp_path / "copy" / "warc").iterdir()
    made = warc.stat().st_ino
    assert not first.endswith(": 0 files copied, 0 bytes\n")
    second = backed_up(archive.archives, tmp_path / "copy")
    assert second.endswith(": 0 files copied, 0 bytes\n")
    assert warc.stat().st_ino == made
    # The next start need not read the ledger through for it.
    assert ledger.stat().st_mtime_ns == before
    assert not list(archive.archives.glob("ledger.sqlite-wal"))


def test_what_is_not_committed_is_not_copied(archive: Run, tmp_path: Path) -> None:
    (warc,) = (archive.archives / "warc").iterdir()
    committed = warc.read_bytes()
    with warc.open("ab") as file:
        file.write(b"a record that is being written")
    warc.rename(warc.with_name(f"{warc.name}.open"))
    backed_up(archive.archives, tmp_path / "copy")
    assert (tmp_path / "copy" / "warc" / warc.name).read_bytes() == committed


def test_what_is_gone_is_named(archive: Run, tmp_path: Path) -> None:
    (warc,) = (archive.archives / "warc").iterdir()
    size = warc.stat().st_size
    os.truncate(warc, size - 10)
    done = back_up(archive.archives, tmp_path / "copy")
    assert done.returncode == 3
    assert done.stderr == f"not got: {warc}: lacks 10 of {size} bytes that the ledger has\n"
    warc.unlink()
    done = back_up(archive.archives, tmp_path / "copy")
    assert done.returncode == 3
    assert done.stderr == f"not got: {warc.name}: not in {warc.parent}\n"
    assert held(tmp_path / "copy") == held(archive.archives)


def test_what_was_uploaded_is_not_missing(archive: Run, tmp_path: Path) -> None:
    (warc,) = (archive.archives / "warc").iterdir()
    warc.unlink()
    with closing(sqlite3.connect(archive.archives / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE warc SET address = 's3://news/' || name")
    done = back_up(archive.archives, tmp_path / "copy")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(", 1 are in the object store alone\n")


def test_a_file_moved_to_the_copy_alone_is_there(archive: Run, tmp_path: Path) -> None:
    backed_up(archive.archives, tmp_path / "copy")
    (warc,) = (archive.archives / "warc").iterdir()
    warc.unlink()
    backed_up(archive.archives, tmp_path / "copy")
    assert (tmp_path / "copy" / "warc" / warc.name).exists()


def test_a_damaged_ledger_replaces_no_good_one(archive: Run, tmp_path: Path) -> None:
    copy, ledger = tmp_path / "copy", archive.archives / "ledger.sqlite"
    backed_up(archive.archives, copy)
    good = (copy / "ledger.sqlite").read_bytes()
    with ledger.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * 8 * 4096)
    done = back_up(archive.archives, copy)
    assert done.returncode == 5, done.stderr
    assert (copy / "ledger.sqlite").read_bytes() == good


def test_who_has_what_alone(archive: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backed_up(archive.archives, copy)
    with (copy / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        busy = back_up(archive.archives, copy)
    assert (busy.returncode, busy.stderr) == (75, f"backup: {copy} is in use\n")
    alone = ArchiveLock.alone(archive.archives)
    with subprocess.Popen(
        [sys.executable, "deploy/backup.py", archive.archives, copy],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as waits:  # fmt: skip
        assert waits.stderr
        said, has_waited = waits.stderr.readline(), waits.poll() is None
        alone.release()
        assert waits.wait(LIMIT) == 0
    assert said == f"waiting: a command has the archive {archive.archives} alone\n"
    assert has_waited


@pytest.mark.parametrize("folder", ["archives", "archives/copy"])
def test_no_copy_within_the_archive(archive: Run, tmp_path: Path, folder: str) -> None:
    done = back_up(archive.archives, tmp_path / folder)
    assert done.returncode == 2
    assert "is in the archive itself" in done.stderr
    assert back_up(tmp_path / "nothing", tmp_path / "copy").returncode == 2


def set_version(archives: Path, version: int) -> None:
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as ledger:
        ledger.execute(f"PRAGMA user_version={version}")


def test_a_ledger_of_a_newer_newsreel(archive: Run, tmp_path: Path) -> None:
    """It is backed up, refused with what to do, and left as it is; an older copy is opened."""
    backed_up(archive.archives, tmp_path / "copy")
    set_version(archive.archives, 999)
    backed_up(archive.archives, tmp_path / "newer")
    before = (archive.archives / "ledger.sqlite").read_bytes()
    for command in (["round", "--now"], ["verify"], ["health"]):
        sources = ["-s", f"SOURCES_FILE={tmp_path / 'sources.toml'}"]
        run = scrapy(archive.archives, *command, *sources)
        assert run.exit_code == 5, run.stdout + run.log
        assert "was written by a newer Newsreel (ledger version 999" in run.log
        assert "install that, or name another STATE_URI" in run.log
    assert (archive.archives / "ledger.sqlite").read_bytes() == before
    opened = scrapy(tmp_path / "copy", "health")
    assert opened.exit_code == 0, opened.log


def test_a_ledger_of_an_old_newsreel(archive: Run, tmp_path: Path) -> None:
    set_version(archive.archives, 1)
    done = back_up(archive.archives, tmp_path / "copy")
    assert done.returncode == 5
    assert "run scrapy health once" in done.stderr
