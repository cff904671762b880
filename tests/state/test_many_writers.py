"""One ledger, written by several processes and threads at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.state.backends import open_store
from crawler.state.sqlite import database
from crawler.state.sqlite.schema import SCHEMA_VERSION
from crawler.state.store import LedgerDamagedError, Store
from tests.state.test_store import HOLDING, OUTCOME, WARC, capture

_OPEN = "from crawler.state.backends import open_store; import sys; store = open_store({uri!r}); "
_TAKES = _OPEN + (
    "print('ready', flush=True); sys.stdin.readline(); "
    "print(*(store.take_ordinals(3) for _ in range(100))); store.close()"
)
_STAYS = _OPEN + (
    "store.put_fact('x', 'y'); print('ready', flush=True); sys.stdin.read(); store.close()"
)


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'ledger.sqlite'}"


def process(code: str, uri: str) -> subprocess.Popen[str]:
    """Start a process, and return it when it is ready."""
    started = subprocess.Popen(
        [sys.executable, "-c", code.format(uri=uri)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout
    assert started.stdout.readline() == "ready\n"
    return started


def test_no_two_processes_take_the_same_ordinals(uri: str) -> None:
    with closing(open_store(uri)) as store:
        store.add([replace(HOLDING, ordinal=6)])
        writers = [process(_TAKES, uri) for _ in range(3)]
        first = [int(n) for writer in writers for n in writer.communicate("\n")[0].split()]
        assert sorted(first) == list(range(7, 7 + 900, 3))


def test_a_writer_waits_in_the_queue_and_not_in_sqlite(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite gives up at once here, so that only the queue can make anybody wait."""
    monkeypatch.setattr(database, "_LOCK_TIMEOUT", 0)
    stores = [open_store(uri) for _ in range(3)]  # one is used by two threads

    def add(number: int) -> None:
        for n in range(30):
            with stores[number % 3].transaction():
                store = stores[number % 3]
                store.add([replace(HOLDING, key=f"{number:08x}{n:08x}", ordinal=n)])
                assert store.count_articles(["a"]) >= 0

    failures: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sum(1 for _ in stores[0].all()) == 120
    for store in stores:
        store.close()


def test_who_reads_does_not_wait_for_who_writes(uri: str) -> None:
    with closing(open_store(uri)) as store, store.transaction():
        store.add([HOLDING])
        with closing(open_store(uri)) as reader:
            assert list(reader.all()) == []
            assert reader.original("sha1:" + "A" * 32) is None


@pytest.mark.parametrize(
    "read",
    [
        lambda store: store.all(),
        lambda store: store.files(),
        lambda store: store.captures("a"),
        lambda store: store.all_outcomes(OUTCOME.source),
    ],
)
def test_who_reads_everything_does_not_hold_up_the_checkpoint(
    uri: str, read: Callable[[Store], Iterator[object]]
) -> None:
    """A read that goes on while others write lets the log grow: 636 MB in 8 seconds."""
    with closing(open_store(uri)) as store, closing(open_store(uri)) as reader:
        store.put_warc(WARC)
        store.add([replace(HOLDING, key=f"{n:016x}", ordinal=n, file=f"{n}") for n in range(1200)])
        store.put_captures([capture("a", n) for n in range(1200)])
        store.put_outcomes([replace(OUTCOME, url=f"{n}") for n in range(1200)])
        found = read(reader)
        first = next(found)
        store.put_fact("x", "y")
        with closing(sqlite3.connect(uri.removeprefix("sqlite:"))) as db:
            (is_held_up, *_) = db.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        assert not is_held_up
        assert len({str(one) for one in (first, *found)}) == 1200


def test_a_thread_does_not_wait_for_itself_for_ever(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_LOCK_TIMEOUT", 0.01)
    with closing(open_store(uri)) as one, closing(open_store(uri)) as other:
        with one.transaction(), pytest.raises(OSError, match="locked"):
            other.put_fact("x", "y")
        other.put_fact("x", "y")
        assert one.fact("x") == "y"


def spoil(uri: str) -> None:
    """Overwrite a page of the ledger, which keeps its time, as on a disk that loses bytes."""
    path = Path(uri.removeprefix("sqlite:"))
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(6 * 4096)
        file.write(b"\xa5" * 4096)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def large(uri: str) -> None:
    with closing(open_store(uri)) as store:
        store.add([replace(HOLDING, key=f"{n:016x}", ordinal=n) for n in range(300)])
        store.put_captures([capture("a", n) for n in range(300)])


class TestSoundness:
    """Who opens the ledger alone checks it, unless all before closed it in order."""

    @pytest.fixture(autouse=True)
    def _large(self, uri: str) -> None:
        large(uri)

    def test_beside_a_live_writer_it_is_not_read_through(self, uri: str) -> None:
        writer = process(_STAYS, uri)
        spoil(uri)
        open_store(uri).close()
        writer.communicate()
        open_store(uri).close()  # it was closed in order: the last one noted it
        spoil_time(uri)
        with pytest.raises(LedgerDamagedError):
            open_store(uri)

    def test_who_opens_it_alone_after_one_of_two_was_killed_checks_it(self, uri: str) -> None:
        killed, ends = process(_STAYS, uri), process(_STAYS, uri)
        killed.kill()
        killed.communicate()
        open_store(uri).close()
        ends.communicate()
        spoil(uri)
        with pytest.raises(LedgerDamagedError):
            open_store(uri)

    def test_it_is_checked_once_after_a_kill(self, uri: str) -> None:
        killed = process(_STAYS, uri)
        killed.kill()
        killed.communicate()
        open_store(uri).close()
        spoil(uri)
        open_store(uri).close()

    def test_damage_that_one_met_is_looked_for_by_the_next_beside_others(self, uri: str) -> None:
        writer = process(_STAYS, uri)
        spoil(uri)
        with closing(open_store(uri)) as store, pytest.raises(LedgerDamagedError):
            store.check()
        with pytest.raises(LedgerDamagedError):
            open_store(uri)
        writer.communicate()
        with pytest.raises(LedgerDamagedError):
            open_store(uri)

    def test_an_older_ledger_that_is_in_use_is_not_upgraded(
        self, uri: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writer = process(_STAYS, uri)
        monkeypatch.setattr(database, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        with pytest.raises(OSError, match="in use by an older Newsreel"):
            open_store(uri)
        writer.communicate()
        monkeypatch.undo()
        with closing(sqlite3.connect(uri.removeprefix("sqlite:"))) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def spoil_time(uri: str) -> None:
    """Have the ledger look as if another program had written to it."""
    os.utime(uri.removeprefix("sqlite:"), ns=(1, 1))
