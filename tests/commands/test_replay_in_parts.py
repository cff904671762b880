"""``scrapy replay --check`` in several processes: what it says is what one process says."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.golden_archives.test_golden import HERE as GOLDEN
from tests.replaying import offline
from tests.running import LIMIT, ROOT, Run, scrapy

NAMES = ("shared", "whole", "wire")
CAPTIONS = ("-s", "CLEAN_CAPTIONS=1")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archives_of_many_sources(tmp_path_factory.mktemp("archives"))


def archives_of_many_sources(folder: Path) -> Path:
    """Make an archive in *folder* of the runs of four sources, with its ledger."""
    (folder / "warc").mkdir()
    for path in (path for name in NAMES for path in (GOLDEN / name / "warc").iterdir()):
        shutil.copy(path, folder / "warc")
    assert scrapy(folder, "rebuild").exit_code == 0
    return folder


def check(archives: Path, *words: str) -> Run:
    options = ("-s", f"ARCHIVES_DIR={archives}", *CAPTIONS)
    run = offline("replay", "--check", *words, *options, archives=archives)
    assert not list(archives.glob(".replay-*"))
    return run


def test_two_processes_say_what_one_does(archives: Path) -> None:
    one, two = check(archives), check(archives, "--workers", "2")
    assert (two.exit_code, two.stdout) == (one.exit_code, one.stdout), two.log
    assert one.exit_code == 1
    assert "changed " in one.stdout


def test_one_source(archives: Path) -> None:
    one = check(archives, "--source", "s1")
    two = check(archives, "--source", "s1", "--workers", "2")
    assert (two.exit_code, two.stdout) == (one.exit_code, one.stdout), two.log
    assert one.stdout.endswith("3 identical, 0 changed, 0 missing, 0 new\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--check", "--workers", "two"), "use 1 to 1000"),
        (("--check", "--engine", "dask"), "use local, spark or spark:MASTER"),
        (("--apply", "--workers", "2"), "--apply goes on in one process"),
        (("--check", "--workers", "2", "-s", "DEDUP_SYNDICATED=1"), "depends on the others"),
    ],
)
def test_what_cannot_be_used_is_named(archives: Path, words: tuple[str, ...], said: str) -> None:
    run = scrapy(archives, "replay", *words)
    assert run.exit_code == 2
    assert said in run.log


def killing(archives: Path, source: str, times: int) -> tuple[int, str, str]:
    """Check the archive, and kill the first processes that replay *source*, so many *times*."""
    words = [sys.executable, "-m", "scrapy", "replay", "--check", "--workers", "2"]
    words += ["-s", f"ARCHIVES_DIR={archives}", *CAPTIONS, "--nolog"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as command:
        killed: set[int] = set()
        deadline = time.monotonic() + LIMIT
        while len(killed) < times and time.monotonic() < deadline:
            for pid in {pid for pid, part in parts_below(command.pid) if source in part} - killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            time.sleep(0.01)
        said, log = command.communicate(timeout=LIMIT)
    assert len(killed) == times, log
    return command.returncode, said, log


def parts_below(pid: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the processes that *pid* has begun for parts, and the sources of each."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError, ValueError):
            line = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"--part" in line:
                task = Path(os.fsdecode(line[line.index(b"--part") + 1]))
                yield int(child), json.loads(task.read_text(encoding="utf-8"))


def test_a_process_that_is_killed_is_begun_again(archives: Path) -> None:
    one = check(archives)
    code, said, log = killing(archives, "s1", 1)
    assert (code, said) == (one.exit_code, one.stdout), log


def test_sources_whose_processes_are_killed_are_named(archives: Path) -> None:
    code, said, log = killing(archives, "s1", 2)
    assert code == 1
    assert "not replayed: s1: its process died twice\n" in log
    assert said.endswith(" 0 missing, 0 new\n")
    assert not list(archives.glob(".replay-*"))
