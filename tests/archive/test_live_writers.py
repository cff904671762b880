"""A start beside writers that are alive: their files are let alone, dead ones' are recovered."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.archive import recovery
from crawler.archive.folder import ledger_uri, open_warcs, sealed_warcs
from crawler.archive.recovery import open_ledger, recover
from crawler.archive.repair import Repair
from crawler.state.backends import open_store
from crawler.state.lock import Opening, opening
from crawler.state.store import WarcFile
from tests.archive.recording import Recording, ledger


def start(folder: Path, *, is_only: bool = False) -> list[Repair]:
    with closing(open_store(f"sqlite:{folder / 'ledger.sqlite'}")) as store:
        return list(recover(folder / "warc", store, is_only=is_only))


def kinds(folder: Path) -> list[str]:
    return [repair.kind for repair in start(folder)]


def check(folder: Path) -> None:
    """Check that a start that is alone has nothing to do, and the ledger says what is there."""
    assert start(folder, is_only=True) == []
    with closing(open_store(f"sqlite:{folder / 'ledger.sqlite'}")) as store:
        known = {warc.name: (warc.size, warc.sealed) for warc in store.warcs()}
    files = sealed_warcs(folder / "warc")
    assert known == {path.name: (path.stat().st_size, True) for path in files}
    assert not open_warcs(folder / "warc")


def test_the_file_of_a_live_writer_is_let_alone(tmp_path: Path) -> None:
    with Recording(tmp_path) as run:
        run.text("a", "One.")
        run.recorder.commit()
        run.text("b", "Two.", ordinal=1)
        (path,) = open_warcs(tmp_path / "warc")
        before = path.read_bytes()
        assert start(tmp_path) == []
        assert path.read_bytes() == before
        run.end()
        assert len(ledger(run.store).articles) == 2
    check(tmp_path)


def test_a_dead_writer_is_told_from_a_live_one(tmp_path: Path) -> None:
    with Recording(tmp_path, "dead") as dead, Recording(tmp_path, "live") as live:
        for number, run in enumerate((dead, live)):
            run.text(f"a{number}", f"One {number}.", ordinal=number)
            run.recorder.commit()
            run.text(f"b{number}", f"Two {number}.", ordinal=number + 2)
        os.close(dead.writer._fd or -1)
        dead.writer._fd = None
        assert kinds(tmp_path) == ["torn", "sealed"]
        assert [path.name.split("-")[1] for path in open_warcs(tmp_path / "warc")] == ["live"]
        assert len(list((tmp_path / "warc").glob("newsreel-dead-*.torn-0"))) == 1
        live.end()
        assert len(ledger(live.store).articles) == 3
    check(tmp_path)


def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have something done between the list of open files and the look at each."""

    def listed(folder: Path) -> list[Path]:
        monkeypatch.undo()
        found = open_warcs(folder)
        act()
        return found

    monkeypatch.setattr(recovery, "open_warcs", listed)


def test_a_file_that_is_sealed_meanwhile_is_neither_gone_nor_foreign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Recording(tmp_path) as run:
        run.text("a", "One.")
        run.recorder.commit()
        name, size = run.writer.name, run.writer.size
        _meanwhile(monkeypatch, run.writer.close)
        assert start(tmp_path) == []
        run.store.put_warc(WarcFile(name=name, size=size, sealed=True))
    check(tmp_path)


def test_a_file_that_is_begun_meanwhile_is_let_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Recording(tmp_path) as run:
        _meanwhile(monkeypatch, run.exchange)
        assert start(tmp_path) == []
        run.end()
    check(tmp_path)


def test_what_a_writer_committed_last_counts(tmp_path: Path) -> None:
    """It commits while the start waits, and dies: a size that was asked for before is too small."""
    found: list[str] = []
    starts = threading.Thread(target=lambda: found.extend(kinds(tmp_path)))
    with Recording(tmp_path) as run:
        run.text("a", "One.")
        run.recorder.commit()
        with run.store.transaction():
            starts.start()
            time.sleep(0.5)  # it gets to the queue, or the test shows nothing
            run.text("b", "Two.", ordinal=1)
            run.recorder.commit()
            os.close(run.writer._fd or -1)
            run.writer._fd = None
        starts.join()
        assert found == ["sealed"]
        assert len(ledger(run.store).articles) == 2
    check(tmp_path)


def test_a_writer_that_died_between_its_name_and_the_ledger(tmp_path: Path) -> None:
    with Recording(tmp_path, "dead") as dead, Recording(tmp_path, "live") as live:
        dead.text("a", "One.")
        dead.recorder.commit()
        dead.writer.close()
        live.exchange()
        live.recorder.commit()
        assert start(tmp_path) == []
        assert [warc.sealed for warc in live.store.warcs()] == [True, False]
        live.end()
    check(tmp_path)


def test_a_writer_that_died_as_it_made_a_file(tmp_path: Path) -> None:
    with Recording(tmp_path) as run:
        run.exchange()
        left = tmp_path / "warc" / ".newsreel-x.warc.gz.open.begun"
        left.touch()
        assert start(tmp_path) == []
        assert not left.exists()
        run.end()
    check(tmp_path)


def test_files_of_others_wait_for_a_start_that_is_alone(tmp_path: Path) -> None:
    """Live writers remember places in files: nothing is moved or renamed under them."""
    with Recording(tmp_path / "other") as other:
        other.text("c", "Three.", ordinal=7)
        foreign = other.end()
    with Recording(tmp_path) as run:
        run.text("a", "One.")
        run.recorder.commit()
        shutil.copy(foreign, tmp_path / "warc")
        assert kinds(tmp_path) == ["put-off"]
        assert len(ledger(run.store).articles) == 1
        run.end()
    assert "read" in [repair.kind for repair in start(tmp_path, is_only=True)]
    with closing(open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")) as store:
        assert len(ledger(store).articles) == 2
    check(tmp_path)


class TestOpening:
    """`open_ledger` as a writer calls it."""

    def open(self, folder: Path, opened: Opening) -> list[str]:
        store, repairs = open_ledger(ledger_uri(folder), folder / "warc", opened=opened)
        with closing(store):
            self.first = store.take_ordinals(5)
        return [repair.kind for repair in repairs]

    def test_ordinals_go_on_without_a_gap_when_one_is_alone(self, tmp_path: Path) -> None:
        with opening(tmp_path) as one:
            self.open(tmp_path, one)
        with opening(tmp_path) as other:
            self.open(tmp_path, other)
            assert self.first == 5
        one.lock.release()
        other.lock.release()
        with opening(tmp_path) as one:
            self.open(tmp_path, one)
            assert self.first == 0
        one.lock.release()

    def test_a_damaged_ledger_stays_while_others_have_it(self, tmp_path: Path) -> None:
        with Recording(tmp_path) as run:
            run.text("a", "One.")
            run.end()
        with opening(tmp_path) as one:
            pass
        with opening(tmp_path) as other:
            path = tmp_path / "ledger.sqlite"
            path.write_bytes(b"garbage " * 1000)
            with pytest.raises(OSError, match="when all who write to it have ended"):
                self.open(tmp_path, other)
        other.lock.release()
        one.lock.release()
        with opening(tmp_path) as alone:
            assert self.open(tmp_path, alone)[0] == "ledger"
        alone.lock.release()
