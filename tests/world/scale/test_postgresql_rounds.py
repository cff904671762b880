"""Rounds with a ledger in PostgreSQL, whose server is restarted or lost meanwhile."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from crawler.state.backends import open_run_locks, open_store
from crawler.state.postgresql.server import Server
from tests.rounds.round_sites import RoundSite, run_round, serve, write_sources
from tests.running import Run, scrapy
from tests.world.scale.cluster import PASSWORD, Cluster

psycopg = pytest.importorskip("psycopg")

_SECRETS = (PASSWORD, quote(PASSWORD, safe=""))


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """Return a server that may be harmed."""
    own = Cluster()
    yield own
    own.remove()


def sites() -> list[RoundSite]:
    return [RoundSite(name, stories=8, slow=0.25) for name in ("gull", "tern", "skua")]


def while_it_runs(act: Callable[[], object], site: RoundSite, count: int) -> threading.Thread:
    """Start a thread that does *act* when *site* was asked *count* times."""

    def wait_and_act() -> None:
        for _ in range(1200):
            if len(site.requested) >= count:
                break
            threading.Event().wait(0.05)
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def check_all_is_held(uri: str, archives: Path, run: Run) -> None:
    with closing(open_store(uri)) as store:
        held = list(store.all())
    assert len(held) == 24, run.log
    assert len({one.ordinal for one in held}) == 24
    assert all((archives / "text" / one.file).exists() for one in held)
    verified = scrapy(archives, "verify", "-s", f"STATE_URI={uri}")
    assert verified.exit_code == 0, verified.stdout + verified.log


def check_password_is_nowhere(archives: Path, *runs: Run) -> None:
    said = [run.log + run.stdout for run in runs]
    for path in archives.rglob("*"):
        if path.is_file():
            found = path.read_bytes()
            found = gzip.decompress(found) if path.suffix == ".gz" else found
            said.append(found.decode("utf-8", "replace"))
    assert not any(secret in text for secret in _SECRETS for text in said)


def test_a_round_goes_on_while_the_server_is_restarted(own: Cluster, tmp_path: Path) -> None:
    uri = own.create_database("rounds")
    archives, sources, served = tmp_path / "archives", tmp_path / "sources.toml", sites()
    with serve(served):
        write_sources(sources, served)
        harms = [while_it_runs(own.restart, served[0], count) for count in (4, 8)]
        run = run_round(archives, sources, "-s", f"STATE_URI={uri}", "--here")
        for harm in harms:
            harm.join()
    assert run.exit_code == 0, run.log
    check_all_is_held(uri, archives, run)
    check_password_is_nowhere(archives, run)


def test_a_round_that_lost_its_server_is_made_good_by_the_next(
    own: Cluster, tmp_path: Path
) -> None:
    uri = f"{own.create_database('lost')}?reconnect_timeout=1"
    archives, sources, served = tmp_path / "archives", tmp_path / "sources.toml", sites()
    with serve(served):
        write_sources(sources, served)
        harm = while_it_runs(own.stop, served[0], 5)
        lost = run_round(archives, sources, "-s", f"STATE_URI={uri}", "--here")
        harm.join()
        own.start()
        run = run_round(archives, sources, "-s", f"STATE_URI={uri}", "--now", "--here")
    assert lost.exit_code == 5, lost.log
    assert "the ledger fails" in lost.log + lost.stdout
    assert run.exit_code == 0, run.log
    check_all_is_held(uri, archives, run)
    check_password_is_nowhere(archives, lost, run)


def test_a_source_that_another_node_reads_is_left_to_it(own: Cluster, tmp_path: Path) -> None:
    uri = own.create_database("busy")
    archives, sources, served = tmp_path / "archives", tmp_path / "sources.toml", sites()
    with serve(served), closing(open_run_locks(uri, tmp_path, "north-1")) as locks:
        write_sources(sources, served)
        locks.source("gull")
        run = run_round(archives, sources, "-s", f"STATE_URI={uri}", "--here", "gull")
    assert run.exit_code == 75, run.log
    assert "is being crawled by another run" in run.stdout
    assert not served[0].requested
    check_password_is_nowhere(archives, run)


@pytest.mark.parametrize(("kind", "name"), [("source", "gull"), ("host", "127.0.1.1")])
def test_a_run_whose_lock_another_one_took_ends_in_order(
    own: Cluster, tmp_path: Path, kind: str, name: str
) -> None:
    """As after a time in which nothing was heard of it; the next round makes good for it."""
    uri = own.create_database(f"taken_{kind}")
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    site = RoundSite("gull", stories=60, slow=0.5)
    number = Server(uri).lock_number(kind, name)
    taken: list[int] = []
    with psycopg.connect(uri, autocommit=True) as other, serve([site]):

        def take() -> None:
            other.execute(_ANOTHER)
            done = other.execute(_GIVE_IT, [number])
            taken.append(done.rowcount)

        write_sources(sources, [site])
        harm = while_it_runs(take, site, 4)
        run = run_round(archives, sources, "-s", f"STATE_URI={uri}", "--here", *_QUICK)
        harm.join()
        asked = len(site.requested)
        other.execute("DELETE FROM newsreel.run_holder")
        again = run_round(archives, sources, "-s", f"STATE_URI={uri}", "--here", "--now")
    assert taken == [1], run.log
    assert asked < 30
    assert f"'{name}' in postgresql://" in run.log, run.log
    assert "held by newsreel elsewhere process 1 at 10.0.0.9" in run.log
    assert "is being crawled by another run" in run.stdout, run.stdout
    assert run.exit_code == 75
    assert again.exit_code == 0, again.log
    verified = scrapy(archives, "verify", "-s", f"STATE_URI={uri}")
    assert verified.exit_code == 0, verified.stdout + verified.log
    assert len(again.texts) == 60


_QUICK = ("-s", "WORKER_TIMEOUT=3")
_ANOTHER = """
INSERT INTO newsreel.run_holder
VALUES ('other', 'newsreel elsewhere process 1', 'elsewhere', '10.0.0.9', '1 hour', now())
"""
_GIVE_IT = "UPDATE newsreel.run_lock SET holder = 'other' WHERE number = %s"
