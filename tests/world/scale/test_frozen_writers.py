"""A process that is frozen in the midst of its work: others go on, and so does it, later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from crawler.state.backends import open_store
from tests.running import LIMIT, ROOT
from tests.world.scale.test_lost_connections import check_groups, write_group

pytest.importorskip("psycopg")

_IDLE = "?options=-cidle_in_transaction_session_timeout%3D{}s"
_BEGIN = """
import os, signal, sys, time
import psycopg
from crawler.state.backends import open_store
from crawler.state.postgresql.connections import ConnectionLostError
from crawler.state.postgresql.postgresql_database import Database
from tests.world.scale.test_lost_connections import write_group

store = open_store(sys.argv[1])
commit = Database._commit
"""
_BEFORE_A_COMMIT = """
def stop(self, mark):
    Database._commit = commit
    os.kill(os.getpid(), signal.SIGSTOP)
    commit(self, mark)

Database._commit = stop
"""
# The answer to its commit is lost, and it is frozen behind the first thing that it asks then.
_WHERE_IT_ASKS = """
execute = psycopg.Connection.execute

def stop(self, query, *more, **named):
    found = execute(self, query, *more, **named)
    if b"advisory" in str(query).encode():
        psycopg.Connection.execute = execute
        os.kill(os.getpid(), signal.SIGSTOP)
    return found

def lose(self, mark):
    Database._commit = commit
    commit(self, mark)
    psycopg.Connection.execute = stop
    lost = ConnectionLostError("the answer is lost")
    lost.commit = (mark.session, mark.number)
    raise lost

Database._commit = lose
"""
_WRITE = """
write_group(store, 0)
write_group(store, 2)
store.close()
"""


@contextmanager
def frozen(uri: str, code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Give a process of *code* that has stopped itself."""
    command = [sys.executable, "-c", code, uri]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        try:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status), status
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    "code",
    [pytest.param(_BEFORE_A_COMMIT, id="commit"), pytest.param(_WHERE_IT_ASKS, id="question")],
)
def test_who_is_frozen_holds_up_nobody_for_long(postgresql: str, code: str) -> None:
    uri = postgresql + _IDLE.format(1)
    with frozen(uri, _BEGIN + code + _WRITE) as process, closing(open_store(uri)) as store:
        begun = time.monotonic()
        write_group(store, 1)
        assert time.monotonic() - begun < 20
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate(timeout=LIMIT)
        assert process.returncode == 0, said.decode()
    check_groups(uri, 3)


def test_who_reads_files_in_a_transaction_is_not_taken_for_frozen(postgresql: str) -> None:
    with closing(open_store(postgresql + _IDLE.format(7))) as store:
        with store.transaction():
            store.put_fact("x", "y")
            time.sleep(9)
            store.put_fact("x", "z")
        assert store.fact("x") == "z"
