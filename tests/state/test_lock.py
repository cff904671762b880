"""Writers side by side, a command alone, a source once; real processes, some of them killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.state.lock import ArchiveLock, SourceLock, live_writers, opening

_HOLDS = "; import sys; print(getattr(held, 'writer', ''), flush=True); sys.stdin.read()"
_IMPORT = "from pathlib import Path; from crawler.state.lock import *; "


@contextmanager
def another(folder: Path, take: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Have a process that holds what *take* makes of ``folder``; yield it, and its token."""
    code = f"{_IMPORT} folder = Path({str(folder)!r}); held = {take}{_HOLDS}"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_second_lock_names_the_first(tmp_path: Path) -> None:
    lock = ArchiveLock.alone(tmp_path)
    with pytest.raises(BlockingIOError, match=f"held by process {os.getpid()}"):
        ArchiveLock.alone(tmp_path)
    lock.release()
    ArchiveLock.alone(tmp_path).release()


def test_writers_are_side_by_side(tmp_path: Path) -> None:
    with another(tmp_path, "ArchiveLock.shared(folder)") as (process, token):
        lock = ArchiveLock.shared(tmp_path)
        assert live_writers(tmp_path) == {token, lock.writer}
        with pytest.raises(BlockingIOError) as raised:
            ArchiveLock.alone(tmp_path)
        for pid in (process.pid, os.getpid()):
            assert str(pid) in str(raised.value)
        lock.release()
        assert live_writers(tmp_path) == {token}
        with pytest.raises(BlockingIOError, match=f"held by process {process.pid}$"):
            ArchiveLock.alone(tmp_path)
    ArchiveLock.alone(tmp_path).release()


def test_no_writer_beside_one_who_is_alone(tmp_path: Path) -> None:
    with another(tmp_path, "ArchiveLock.alone(folder)") as (process, _):
        message = f"held by process {process.pid}$"
        with pytest.raises(BlockingIOError, match=message):
            ArchiveLock.shared(tmp_path)
        with pytest.raises(BlockingIOError, match=message), opening(tmp_path):
            pass
        with pytest.raises(BlockingIOError, match=message):
            ArchiveLock.alone(tmp_path)
    ArchiveLock.shared(tmp_path).release()
    assert not list(tmp_path.glob(".locks/writer-*"))


def test_a_dead_writer_is_told_from_a_live_one(tmp_path: Path) -> None:
    with (
        another(tmp_path, "ArchiveLock.shared(folder)") as (dies, dead),
        another(tmp_path, "ArchiveLock.shared(folder)") as (_, alive),
    ):
        assert live_writers(tmp_path) == {dead, alive}
        dies.kill()
        dies.wait()
        assert (tmp_path / f".locks/writer-{dead}").exists()
        with opening(tmp_path) as opened:
            assert not opened.is_only
            assert opened.others == {alive}
        assert not (tmp_path / f".locks/writer-{dead}").exists()
        opened.lock.release()
    with opening(tmp_path) as opened:
        assert (opened.is_only, opened.others) == (True, frozenset())
    opened.lock.release()
    assert [path.name for path in (tmp_path / ".locks").iterdir()] == ["opening"]


def test_one_opens_at_a_time_and_the_others_wait(tmp_path: Path) -> None:
    opens = (
        f"{_IMPORT} import sys\n"
        f"with opening(Path({str(tmp_path)!r})) as opened:\n"
        "    print(opened.is_only, flush=True)\n"
        "sys.stdin.read()"
    )
    with opening(tmp_path) as opened:
        assert opened.is_only
        with pytest.raises(BlockingIOError, match=f"held by process {os.getpid()}"):
            ArchiveLock.alone(tmp_path)
        process = subprocess.Popen(
            [sys.executable, "-c", opens], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
    assert process.stdout
    assert process.stdout.readline() == "False\n"
    process.communicate()
    opened.lock.release()


def test_an_opening_that_fails_leaves_no_lock(tmp_path: Path) -> None:
    def fail() -> None:
        with opening(tmp_path):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    ArchiveLock.alone(tmp_path).release()
    assert not live_writers(tmp_path)


def test_a_writer_that_was_killed_while_it_came_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / ".locks").mkdir()
    (tmp_path / ".locks/.new-writer-a").touch()
    with opening(tmp_path) as opened:
        assert opened.others == set()
    opened.lock.release()
    assert not list(tmp_path.glob(".locks/.new-*"))


def test_a_source_is_read_once_at_a_time(tmp_path: Path) -> None:
    lock = SourceLock(tmp_path, "a.test")
    with pytest.raises(BlockingIOError, match=f"'a.test' in .* is held by process {os.getpid()}"):
        SourceLock(tmp_path, "a.test")
    SourceLock(tmp_path, "A.test").release()  # another source, whose name is spelt as this one's
    with another(tmp_path, "SourceLock(folder, 'b.test')") as (process, _):
        with pytest.raises(BlockingIOError, match=f"held by process {process.pid}"):
            SourceLock(tmp_path, "b.test")
        process.kill()
        process.wait()
        SourceLock(tmp_path, "b.test").release()
    lock.release()
    SourceLock(tmp_path, "a.test").release()


@pytest.mark.parametrize("source", ["../../x", "", "мир", "a" * 1000, "a\0b"])
def test_any_source_has_a_lock_in_its_folder(tmp_path: Path, source: str) -> None:
    SourceLock(tmp_path, source).release()
    (path,) = (tmp_path / ".locks").iterdir()
    assert path.name.startswith("source-")
    assert path.name.endswith(".lock")
