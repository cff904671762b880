"""The locks of runs: what each kind must do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crawler.state.backends import open_run_locks
from crawler.state.run_locks import RunLocks


class RunLocksContract:
    """What each kind must do; a subclass gives the ledger's URI."""

    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        raise NotImplementedError

    @pytest.fixture
    def locks(self, uri: str, tmp_path: Path) -> Iterator[RunLocks]:
        with closing(open_run_locks(uri, tmp_path)) as locks:
            yield locks

    @pytest.fixture
    def others(self, uri: str, tmp_path: Path) -> Iterator[RunLocks]:
        with closing(open_run_locks(uri, tmp_path)) as locks:
            yield locks

    def test_one_run_at_a_time_has_a_source(self, locks: RunLocks, others: RunLocks) -> None:
        lock = locks.source("a.test")
        for taker in (locks, others):
            with pytest.raises(BlockingIOError, match=r"'a.test' in .* is held by .*process \d+"):
                taker.source("a.test")
        others.source("A.test").release()
        lock.release()
        others.source("a.test").release()
        locks.source("a.test").release()

    def test_hosts_are_taken_together_or_not_at_all(
        self, locks: RunLocks, others: RunLocks
    ) -> None:
        lock = locks.hosts(["b.test", "c.test"])
        with pytest.raises(BlockingIOError, match=r"'b\.test'"):
            others.hosts(["b.test", "a.test"])
        others.hosts(["a.test"]).release()
        others.source("b.test").release()  # no host
        lock.release()
        others.hosts(["a.test", "b.test", "c.test"]).release()

    def test_any_name_may_be_locked(self, locks: RunLocks) -> None:
        for name in ("", "x" * 5000, "Ж\ud800\0/.."):
            if name.isprintable():
                locks.source(name).release()


class TestFolderLocks(RunLocksContract):
    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        return f"sqlite:{tmp_path / 'ledger.sqlite'}"
