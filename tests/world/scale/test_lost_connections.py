"""A lost connection, a restarted server: nothing is lost, and nothing is doubled."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from crawler.state.backends import open_store
from crawler.state.store import Bookmark, Store
from tests.state.test_store import EVENT, HOLDING, text_of_day
from tests.world.scale.cluster import PASSWORD, Cluster
from tests.world.scale.proxy import Proxy, proxy_to

psycopg = pytest.importorskip("psycopg")

_GROUPS = 60


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """Return a server that may be harmed."""
    own = Cluster()
    yield own
    own.remove()


def sessions(uri: str) -> list[int]:
    """Return the processes of the server that have connections to the database."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid != pg_backend_pid()"
    )
    with psycopg.connect(uri) as connection:
        return [pid for (pid,) in connection.execute(query)]


def write_group(store: Store, number: int) -> None:
    """Write what a commit of a run does, all of which would show if it were made twice."""
    held = replace(HOLDING, key=f"{number:016x}", ordinal=number, text_digest=bytes(32))

    def change() -> None:
        assert store.add([held]) == [held]
        for day in (1, 2):
            store.revise(replace(text_of_day(day), key=held.key, ordinal=number))
        store.put_events([replace(EVENT, key=held.key, record=None)])
        bookmark = store.bookmark("/a", "{}")
        offset = bookmark.offset + 1 if bookmark else 1
        store.put_bookmarks([Bookmark(file="/a", query="{}", state="", offset=offset)])

    store.atomically(change)


def check_groups(uri: str, count: int) -> None:
    for _ in range(100):  # it may be about to recover
        with suppress(psycopg.OperationalError):
            psycopg.connect(uri).close()
            break
        time.sleep(0.1)
    with closing(open_store(uri)) as store:
        assert [held.ordinal for held in store.all()] == list(range(count))
        for number in range(count):
            identity = (f"{number:016x}", HOLDING.source)
            assert len(store.history(*identity)) == 2, number
            assert len(store.events(*identity)) == 1, number
        bookmark = store.bookmark("/a", "{}")
        assert bookmark
        assert bookmark.offset == count


@pytest.mark.parametrize("harm", ["kill", "terminate", "restart"])
def test_writing_goes_on_while_the_server_is_harmed(own: Cluster, harm: str) -> None:
    uri = own.create_database(f"harmed_by_{harm}")
    done = threading.Event()
    harmed = 0

    def write() -> None:
        with closing(open_store(uri)) as store:
            for number in range(_GROUPS):
                write_group(store, number)
                time.sleep(0.02)
        done.set()

    open_store(uri).close()
    writer = threading.Thread(target=write)
    writer.start()
    while not done.wait(0.3) and writer.is_alive():
        if harm == "restart":
            own.restart()
        else:
            with suppress(psycopg.OperationalError, ProcessLookupError):
                for session in sessions(uri):
                    os.kill(session, signal.SIGKILL if harm == "kill" else signal.SIGTERM)
        harmed += 1
    writer.join()
    assert done.is_set()
    assert harmed >= 2
    check_groups(uri, _GROUPS)


def test_reading_goes_on_while_the_server_is_harmed(own: Cluster) -> None:
    uri = own.create_database("read")
    many = [replace(HOLDING, key=f"{n:016x}", ordinal=n) for n in range(1200)]
    with closing(open_store(uri)) as store:
        store.add(many)
        found = store.all()
        read = [next(found)]
        own.restart()
        read += found
        assert read == many
        for session in sessions(uri):
            os.kill(session, signal.SIGTERM)
        assert store.last_ordinal() == 1199
        own.restart()
        assert store.take_ordinals(1) == 1200
        own.restart()
        with store.transaction():  # nothing was done in it yet
            store.put_fact("x", "y")
        assert store.fact("x") == "y"


@pytest.mark.parametrize("hears", [False, True])
@pytest.mark.parametrize("cuts", [1, 3])
def test_a_connection_cut_at_a_commit(own: Cluster, hears: bool, cuts: int) -> None:
    """With *hears* the server has committed, and its answer is lost: all depends on asking."""
    uri = own.create_database(f"cut_{cuts}_{hears}".lower())
    with proxy_to(uri) as proxy, closing(open_store(proxy.address(uri))) as store:
        for number in range(4):
            proxy.word, proxy.hears, proxy.cuts = b"COMMIT", hears, cuts
            write_group(store, number)
            # What took effect is not made again: one cut is all there was to cut.
            assert proxy.cuts == (cuts - 1 if hears else 0)
            proxy.cuts = 0
        store.put_events([replace(EVENT, key="f" * 16)])
    check_groups(uri, 4)


def test_a_commit_that_the_server_is_still_busy_with_is_waited_for(own: Cluster) -> None:
    uri = own.create_database("busy")
    with proxy_to(uri) as proxy, closing(open_store(proxy.address(uri))) as store:
        proxy.stays = True
        proxy.word, proxy.cuts = b"COMMIT", 1  # the server does not hear it, nor of the end
        finished = threading.Thread(target=_end_sessions_soon, args=(uri,))
        finished.start()
        write_group(store, 0)
        finished.join()
    check_groups(uri, 1)


def _end_sessions_soon(uri: str) -> None:
    time.sleep(1)
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = $1"
    with psycopg.connect(uri, cursor_factory=psycopg.RawCursor) as connection:
        connection.execute(query, ["idle in transaction"])


def test_a_transaction_that_cannot_be_made_again_ends_in_an_error(own: Cluster) -> None:
    uri = own.create_database("plain")
    with closing(open_store(uri)) as store:

        def write() -> None:
            with store.transaction():
                store.put_fact("x", "y")
                own.restart()
                store.put_fact("x", "z")

        with pytest.raises(OSError, match="the ledger fails"):
            write()
        assert store.fact("x") is None


def test_patience_has_an_end(own: Cluster) -> None:
    uri = f"{own.create_database('patience')}?reconnect_timeout=1"
    with closing(open_store(uri)) as store:
        store.put_fact("x", "y")
        own.stop()
        try:
            acts: list[Callable[[], object]] = [
                lambda: store.put_fact("x", "z"),
                lambda: store.fact("x"),
            ]
            for act in acts:
                begun = time.monotonic()
                with pytest.raises(
                    OSError, match=r"postgresql://nora@.*: the ledger fails"
                ) as told:
                    act()
                assert time.monotonic() - begun < 30
                assert PASSWORD[:5] not in str(told.value)
        finally:
            own.start()
        assert store.fact("x") == "y"


def test_transactions_that_wait_for_each_other_in_a_ring_are_made_again(own: Cluster) -> None:
    """Not by us, who write one after the other; by an administrator's statement, say."""
    uri = own.create_database("ring")
    with closing(open_store(uri)) as store, psycopg.connect(uri) as other:
        store.put_fact("a", "1")
        store.put_fact("b", "1")
        other.execute("SET search_path TO newsreel; UPDATE fact SET value = '2' WHERE name = 'b'")
        first = threading.Event()
        tried: list[int] = []

        def change() -> None:
            tried.append(1)
            store.put_fact("a", "3")
            first.set()
            store.put_fact("b", "3")

        writer = threading.Thread(target=lambda: store.atomically(change))
        writer.start()
        first.wait()
        with suppress(psycopg.errors.DeadlockDetected):
            other.execute("UPDATE fact SET value = '2' WHERE name = 'a'")
        other.rollback()
        writer.join()
        assert (store.fact("a"), store.fact("b")) == ("3", "3")
        assert len(tried) in (1, 2)


def test_the_proxy_cuts(own: Cluster) -> None:
    """What the tests above stand on."""
    proxy = Proxy(own.port)
    proxy.word, proxy.cuts = b"SELECT 2", 1
    with psycopg.connect(proxy.address(own.uri())) as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 2")
    proxy.close()
