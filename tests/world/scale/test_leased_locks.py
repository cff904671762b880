"""The locks of runs in PostgreSQL: a dead process has none, a living one is not robbed of any."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.state.backends import open_run_locks
from crawler.state.run_locks import RunLock
from tests.state.test_run_locks import RunLocksContract
from tests.world.scale.cluster import PASSWORD, Cluster
from tests.world.scale.proxy import proxy_to

psycopg = pytest.importorskip("psycopg")

_SECONDS = 3.0


class TestLeasedLocks(RunLocksContract):
    @pytest.fixture
    def uri(self, postgresql: str) -> str:
        return postgresql


def wait_until(is_so: Callable[[], object]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that in 30 seconds")


def _holder(uri: str, folder: Path, node: str) -> subprocess.Popen[bytes]:
    """Start a process that has the source a.test."""
    code = (
        "import sys, pathlib; from crawler.state.backends import open_run_locks; "
        f"locks = open_run_locks({uri!r}, pathlib.Path({str(folder)!r}), {node!r}, {_SECONDS}); "
        "lock = locks.source('a.test'); print('ready', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


def test_who_has_a_source_is_named_and_a_dead_process_has_none_soon(
    postgresql: str, tmp_path: Path
) -> None:
    north, south = tmp_path / "north", tmp_path / "south"
    with (
        _holder(postgresql, north, "north-1") as holder,
        closing(open_run_locks(postgresql, south, "south-1")) as locks,
    ):
        holds = rf"newsreel north-1 process {holder.pid} \w+ at 127.0.0.1"
        words = f"'a.test' in postgresql://nora@.* is held by {holds}"
        with pytest.raises(BlockingIOError, match=words) as raised:
            locks.source("a.test")
        assert PASSWORD[:5] not in str(raised.value)
        holder.kill()
        killed = time.monotonic()
        holder.communicate()
        wait_until(lambda: _is_free(postgresql, south))
        assert time.monotonic() - killed > _SECONDS / 2  # who knows that it is not just cut off?


def test_its_own_node_knows_at_once_that_a_process_is_dead(postgresql: str, tmp_path: Path) -> None:
    with _holder(postgresql, tmp_path, "north-1") as holder:
        assert not _is_free(postgresql, tmp_path, "north-1")
        holder.kill()
        holder.communicate()
        assert _is_free(postgresql, tmp_path, "north-1")
    assert not list(tmp_path.glob(".locks/*"))


def _is_free(uri: str, folder: Path, node: str = "") -> bool:
    with closing(open_run_locks(uri, folder, node)) as locks:
        try:
            locks.source("a.test").release()
        except BlockingIOError:
            return False
        return True


def test_locks_outlive_a_restart_of_the_server_and_are_released_behind_it(tmp_path: Path) -> None:
    own = Cluster()
    try:
        lost: list[str] = []
        with closing(open_run_locks(own.uri(), tmp_path, "", _SECONDS)) as locks:
            lock = locks.source("a.test", lost.append)
            for _ in range(3):
                own.restart()
                assert not _is_free(own.uri(), tmp_path)
            wait_until(lambda: lock.is_sure)
            lock.release()
            wait_until(lambda: _is_free(own.uri(), tmp_path))
        assert lost == []
    finally:
        own.remove()


def test_who_is_not_heard_of_is_not_sure_before_another_one_takes_it(
    postgresql: str, tmp_path: Path
) -> None:
    """Its locks that nobody took are its own again when it is heard of."""
    lost: list[str] = []
    with proxy_to(postgresql) as proxy:
        uri = proxy.address(postgresql)
        with (
            closing(open_run_locks(uri, tmp_path / "north", "north-1", _SECONDS)) as locks,
            closing(open_run_locks(postgresql, tmp_path / "south", "south-1")) as others,
        ):
            source = locks.source("a.test", lost.append)
            hosts = locks.hosts(["a.test", "b.test"], lost.append)
            kept = locks.hosts(["c.test"], lost.append)
            assert all(lock.is_sure for lock in (source, hosts, kept))
            proxy.refuses = True
            proxy.abandon()
            taken: list[RunLock] = []
            sure: list[bool] = []

            def take() -> bool:
                try:
                    taken.append(others.hosts(["b.test"]))
                except BlockingIOError:
                    return False
                sure.append(hosts.is_sure)
                return True

            wait_until(take)
            assert sure == [False]
            assert not any(lock.is_sure for lock in (source, hosts, kept))
            proxy.refuses = False
            wait_until(lambda: lost)
            wait_until(lambda: source.is_sure and kept.is_sure)
            assert not hosts.is_sure
            assert len(lost) == 1
            assert "'b.test'" in lost[0]
            assert "held by newsreel south-1 process" in lost[0]
            assert PASSWORD[:5] not in lost[0]
            hosts.release()
            assert taken[0].is_sure
            others.hosts(["a.test"]).release()


def test_a_lock_that_the_server_forgot_is_taken_again(postgresql: str, tmp_path: Path) -> None:
    """As when the database was put back to what it was an hour ago."""
    lost: list[str] = []
    with closing(open_run_locks(postgresql, tmp_path, "", _SECONDS)) as locks:
        lock = locks.source("a.test", lost.append)
        with psycopg.connect(postgresql) as connection:
            connection.execute("DELETE FROM newsreel.run_holder")
        wait_until(lambda: not _is_free(postgresql, tmp_path))
        assert lock.is_sure
        assert not lost


def test_a_session_that_the_server_takes_for_alive_is_no_other_run(
    postgresql: str, tmp_path: Path
) -> None:
    with proxy_to(postgresql) as proxy:
        proxy.stays = True
        lost: list[str] = []
        with closing(open_run_locks(proxy.address(postgresql), tmp_path, "north-1")) as locks:
            lock = locks.source("a.test", lost.append)
            proxy.abandon()
            locks.source("b.test", lost.append)
            assert not lost
            assert lock.is_sure
            assert not _is_free(postgresql, tmp_path)
            lock.release()
            wait_until(lambda: _is_free(postgresql, tmp_path))
