"""The locks of runs in PostgreSQL: they end with their process, and outlive the server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.state.backends import open_run_locks
from tests.state.test_run_locks import RunLocksContract
from tests.world.scale.cluster import PASSWORD, Cluster
from tests.world.scale.proxy import proxy_to

psycopg = pytest.importorskip("psycopg")


class TestAdvisoryLocks(RunLocksContract):
    @pytest.fixture
    def uri(self, postgresql: str) -> str:
        return postgresql


def wait_until(is_so: Callable[[], object]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that in 30 seconds")


def test_who_has_a_source_is_named_and_a_dead_process_has_none(
    postgresql: str, tmp_path: Path
) -> None:
    code = (
        "import sys, pathlib; from crawler.state.backends import open_run_locks; "
        f"locks = open_run_locks({postgresql!r}, pathlib.Path(), 'north-1'); "
        "lock = locks.source('a.test'); print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder,
        closing(open_run_locks(postgresql, tmp_path, "south-1")) as locks,
    ):
        assert holder.stdout
        assert holder.stdout.readline() == b"ready\n"
        holds = rf"newsreel north-1 process {holder.pid} \w+ at 127.0.0.1"
        words = f"'a.test' in postgresql://nora@.* is held by {holds}"
        with pytest.raises(BlockingIOError, match=words) as raised:
            locks.source("a.test")
        assert PASSWORD[:5] not in str(raised.value)
        holder.kill()
        holder.communicate()
        wait_until(lambda: _is_free(postgresql, tmp_path))
        locks.source("a.test").release()


def _is_free(uri: str, folder: Path) -> bool:
    with closing(open_run_locks(uri, folder)) as locks:
        try:
            locks.source("a.test").release()
        except BlockingIOError:
            return False
        return True


def test_locks_are_taken_again_when_the_server_was_restarted(tmp_path: Path) -> None:
    own = Cluster()
    try:
        lost: list[str] = []
        with closing(open_run_locks(own.uri(), tmp_path)) as locks:
            lock = locks.source("a.test", lost.append)
            own.restart()
            wait_until(lambda: not _is_free(own.uri(), tmp_path))
            lock.release()
            assert _is_free(own.uri(), tmp_path)
        assert lost == []
    finally:
        own.remove()


def test_who_lost_a_source_to_another_run_is_told(tmp_path: Path) -> None:
    own = Cluster()
    try:
        lost: list[str] = []
        with closing(open_run_locks(own.uri(), tmp_path, "north-1")) as locks:
            lock = locks.source("a.test", lost.append)
            locks.source("b.test", lost.append)
            with locks._mutex:  # type: ignore[attr-defined]  # it does not look for now
                own.restart()
                with closing(open_run_locks(own.uri(), tmp_path, "south-1")) as others:
                    others.source("a.test")
                    locks._mutex.release()  # type: ignore[attr-defined]
                    try:
                        wait_until(lambda: lost)
                    finally:
                        locks._mutex.acquire()  # type: ignore[attr-defined]
            assert len(lost) == 1
            assert "'a.test'" in lost[0]
            assert "held by newsreel south-1 process" in lost[0]
            assert PASSWORD[:5] not in lost[0]
            lock.release()
            assert _is_free(own.uri(), tmp_path)
    finally:
        own.remove()


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
            assert not _is_free(postgresql, tmp_path)
            lock.release()
        wait_until(lambda: _is_free(postgresql, tmp_path))
