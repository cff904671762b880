"""Open WARC files have a lock as long as their writer lives, and only then."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.warc.open_files import create_locked, is_being_written, remove_begun, taken_over
from crawler.warc.records import exchange_records
from crawler.warc.writer import WarcWriter
from tests.warc.examples import exchange

WRITER = """
import sys
from pathlib import Path
from crawler.warc.records import exchange_records
from crawler.warc.writer import WarcWriter
from tests.warc.examples import exchange
writer = WarcWriter(Path(sys.argv[1]), "x", software="x")
writer.write(exchange_records(exchange()))
writer.sync()
print("written", flush=True)
sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def living_writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that has an open file in *folder*; it is killed at the end."""
    command = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "written\n"
            yield process
        finally:
            process.kill()


def test_an_open_file_is_another_writers_until_that_is_dead(tmp_path: Path) -> None:
    with living_writer(tmp_path) as process:
        (path,) = tmp_path.glob("*.open")
        assert is_being_written(path)
        with taken_over(path) as is_dead:
            assert not is_dead
        process.kill()
        process.wait()
        assert not is_being_written(path)
        with taken_over(path) as is_dead:
            assert is_dead
            assert is_being_written(path), "two would mend it at once"
            with taken_over(path) as again:
                assert not again
        assert not is_being_written(path)


def test_a_file_is_locked_until_it_has_its_last_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between closing and renaming, another would seal it, and the rename find nothing."""
    writer = WarcWriter(tmp_path, "x", software="x")
    writer.write(exchange_records(exchange()))
    seen = []
    rename = Path.rename

    def look_and_rename(path: Path, target: Path) -> Path:
        seen.append(is_being_written(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", look_and_rename)
    writer.close()
    assert seen == [True]
    assert not is_being_written(tmp_path / writer.name)


def test_no_moment_shows_a_file_without_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.warc.gz.open"
    seen = []
    for name in ("open", "link", "fsync"):
        real = getattr(os, name)

        def look_behind(*arguments: object, real: object = real, **how: object) -> object:
            done = real(*arguments, **how)  # type: ignore[operator]
            if path.exists():
                seen.append(is_locked(path))
            return done

        monkeypatch.setattr(os, name, look_behind)
    descriptor = create_locked(path)
    monkeypatch.undo()
    assert descriptor is not None
    assert seen == [True]
    assert names(tmp_path) == [path.name], "the hidden name is gone"
    os.close(descriptor)


def is_locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_file_that_was_sealed_as_it_was_looked_at_is_let_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.warc.gz.open"
    descriptor = create_locked(path)
    assert descriptor is not None
    flock = fcntl.flock

    def seal_and_lock(locked: int, how: int) -> None:
        path.rename(tmp_path / "a.warc.gz")
        os.close(descriptor)
        flock(locked, how)

    monkeypatch.setattr(fcntl, "flock", seal_and_lock)
    with taken_over(path) as is_dead:
        assert not is_dead
    monkeypatch.undo()
    with taken_over(path) as is_dead:
        assert not is_dead, "it is not there"
    assert not is_being_written(path)


def test_another_file_of_that_name_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.touch()
    flock = fcntl.flock

    def replace_and_lock(locked: int, how: int) -> None:
        path.rename(tmp_path / "a.warc.gz")
        path.touch()
        flock(locked, how)

    monkeypatch.setattr(fcntl, "flock", replace_and_lock)
    with taken_over(path) as is_dead:
        assert not is_dead


def test_what_was_only_begun_is_removed_unless_it_is_being_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_around(begun: Path, path: Path) -> None:
        remove_begun(tmp_path)
        assert begun.exists()
        raise OSError(errno.EIO, "no names today")

    monkeypatch.setattr(os, "link", look_around)
    with pytest.raises(OSError, match="no names today"):
        create_locked(tmp_path / "a.warc.gz.open")
    assert names(tmp_path) == []
    (tmp_path / ".b.warc.gz.open.begun").touch()
    (tmp_path / ".notes").touch()
    remove_begun(tmp_path)
    assert names(tmp_path) == [".notes"]


def test_what_another_took_for_a_leftover_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between making the hidden file and locking it, a start may find it without a lock."""
    flock = fcntl.flock
    begun = []

    def remove_and_lock(descriptor: int, how: int) -> None:
        (path,) = tmp_path.iterdir()
        begun.append(path.name)
        monkeypatch.setattr(fcntl, "flock", flock)
        remove_begun(tmp_path)
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", remove_and_lock)
    writer = WarcWriter(tmp_path, "x", software="x")
    writer.write(exchange_records(exchange()))
    assert begun
    assert names(tmp_path) == [f"{writer.name}.open"]
    assert f".{writer.name}.open.begun" not in begun
    writer.close()


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "a.warc.gz.open"
    descriptor = create_locked(path)
    assert descriptor is not None
    assert is_being_written(path)
    assert create_locked(path) is None, "the name is taken"
    assert names(tmp_path) == [path.name]
    os.close(descriptor)


def test_a_file_that_may_only_be_read_can_be_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.touch(mode=0o400)
    assert not is_being_written(path)


def test_a_link_is_not_followed_to_a_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    (tmp_path / "a.warc.gz.open").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"), taken_over(tmp_path / "a.warc.gz.open"):
        pass


LOOKER = """
import sys
from pathlib import Path
from crawler.warc.open_files import is_being_written, remove_begun, taken_over
folder, looked = Path(sys.argv[1]), 0
print("looking", flush=True)
while not (folder / "end").exists():
    remove_begun(folder)
    for path in list(folder.glob("*.open")):
        with taken_over(path) as is_dead:
            assert not is_dead, f"{path} of a living writer"
        looked += 1
print(looked)
"""


def test_two_processes_that_look_find_no_file_of_a_living_writer_dead(tmp_path: Path) -> None:
    """All races at once: files are begun and sealed as fast as can be."""
    command = [sys.executable, "-c", LOOKER, str(tmp_path)]
    lookers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for looker in lookers:
        assert looker.stdout is not None
        assert looker.stdout.readline() == "looking\n"
    writer = WarcWriter(tmp_path, "x", software="x")
    records = exchange_records(exchange())[:1]
    written = []
    for _ in range(150):
        writer.write(records)
        written.append(writer.name)
        writer.close()
    (tmp_path / "end").touch()
    for looker in lookers:
        out, err = looker.communicate(timeout=120)
        assert looker.returncode == 0, err
        assert int(out) > 0, "they have seen open files"
    (tmp_path / "end").unlink()
    assert names(tmp_path) == sorted(written)
