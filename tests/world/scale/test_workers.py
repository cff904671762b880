"""Workers that share a queue: what one of them does when another one, or the server, fails."""

from __future__ import annotations

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import psycopg

from tests.rounds.round_sites import run_round, serve, write_sources
from tests.running import LIMIT, Run
from tests.world.scale.cluster import Cluster
from tests.world.scale.workers import TIMEOUT, WatchedSite, Worker, ended, results, rows, until


def test_two_workers_share_the_sources_and_ask_a_host_once_at_a_time(
    postgresql: str, tmp_path: Path
) -> None:
    sites = [WatchedSite(f"site{n}", slow=0.1) for n in range(6)]
    hosts = ["127.0.1.1", "127.0.1.2"] * 3
    with serve(sites, hosts):
        write_sources(tmp_path / "sources.toml", sites)
        one, two = (
            _worker(name, tmp_path, postgresql, "--concurrency", "2") for name in ("one", "two")
        )
        with ended(one, two):
            until(lambda: len(results(postgresql)) == 6, one, two)
            assert [one.end(signal.SIGTERM), two.end(signal.SIGINT)] == [143, 130]
    assert all(codes == [0] for codes in results(postgresql).values())
    texts = _texts(tmp_path)
    assert len(texts) == len(set(texts)) == 18
    for host in set(hosts):
        on_host = [site for site, at in zip(sites, hosts, strict=True) if at == host]
        spans = sorted((site.asked[0][0], site.asked[-1][0]) for site in on_host)
        assert all(before[1] < after[0] for before, after in pairwise(spans))
    assert all(len({worker for _, worker in site.asked}) == 1 for site in sites)


def test_the_source_of_a_killed_worker_is_read_by_another(postgresql: str, tmp_path: Path) -> None:
    site = WatchedSite("alpha", stories=20, waits_after=6)
    sources = tmp_path / "sources.toml"
    with serve([site]):
        write_sources(sources, [site])
        one = _worker("one", tmp_path, postgresql)
        with ended(one):
            until(lambda: site.count("one") > 6, one)
            two = _worker("two", tmp_path, postgresql)
            with ended(two):
                until(lambda: _alive(postgresql) == 2, one, two)
                one.process.kill()
                site.going.set()
                until(lambda: results(postgresql), two)
                assert two.end(signal.SIGTERM) == 143
    assert results(postgresql) == {"alpha": [0]}
    assert max(site.times("one")) < min(site.times("two"))
    texts = _texts(tmp_path)
    assert len(texts) == len(set(texts)) == 20


def test_a_worker_that_was_frozen_sends_nothing_when_its_source_is_another_ones(
    postgresql: str, tmp_path: Path
) -> None:
    site = WatchedSite("alpha", stories=30, waits_after=6)
    sources = tmp_path / "sources.toml"
    with serve([site]):
        write_sources(sources, [site])
        one = _worker("one", tmp_path, postgresql)
        with ended(one):
            until(lambda: site.count("one") > 6, one)
            two = _worker("two", tmp_path, postgresql)
            with ended(two):
                until(lambda: _alive(postgresql) == 2, one, two)
                one.process.send_signal(signal.SIGSTOP)
                site.slow = 0.2
                site.going.set()
                until(lambda: site.count("two") > 5, two)
                one.process.send_signal(signal.SIGCONT)
                until(lambda: "other workers have its sources" in one.said, one, two)
                until(lambda: _alive(postgresql) == 2, one, two)  # and goes on as a new one
                until(lambda: results(postgresql), one, two)
                assert [one.end(signal.SIGTERM), two.end(signal.SIGTERM)] == [143, 143]
    assert results(postgresql) == {"alpha": [0]}
    assert max(site.times("one")) < min(site.times("two"))
    texts = _texts(tmp_path)
    assert len(texts) == len(set(texts)) == 30


def test_a_worker_that_is_stopped_gives_its_source_back(postgresql: str, tmp_path: Path) -> None:
    site = WatchedSite("alpha", stories=20, waits_after=6)
    sources = tmp_path / "sources.toml"
    with serve([site]):
        write_sources(sources, [site])
        one = _worker("one", tmp_path, postgresql, "-s", "SHUTDOWN_GRACE=1")
        with ended(one):
            until(lambda: site.count("one") > 6, one)
            assert one.end(signal.SIGTERM) == 143
        assert _statuses(postgresql) == ["todo"]
        site.going.set()
        two = _worker("two", tmp_path, postgresql)
        with ended(two):
            until(lambda: results(postgresql), two)
            assert two.end(signal.SIGTERM) == 143
    assert results(postgresql) == {"alpha": [0]}
    assert len(_texts(tmp_path)) == 20


def test_a_run_goes_on_while_the_server_is_started_anew(
    cluster: Cluster, postgresql: str, tmp_path: Path
) -> None:
    site = WatchedSite("alpha", stories=20, waits_after=6)
    sources = tmp_path / "sources.toml"
    with serve([site]):
        write_sources(sources, [site])
        one = _worker("one", tmp_path, postgresql)
        with ended(one):
            until(lambda: site.count("one") > 6, one)
            cluster.restart("fast")
            site.going.set()
            until(lambda: results(postgresql), one)
            assert one.end(signal.SIGTERM) == 143
    assert results(postgresql) == {"alpha": [0]}
    assert len(_texts(tmp_path)) == 20
    assert not _statuses(postgresql)


def test_a_source_that_hangs_holds_up_no_other(postgresql: str, tmp_path: Path) -> None:
    hanging, other = WatchedSite("hanging", hangs=True), WatchedSite("other")
    sources = tmp_path / "sources.toml"
    limits = ("-s", "ROUND_SLICE=12", "-s", "SHUTDOWN_GRACE=1")
    with serve([hanging, other]):
        write_sources(sources, [hanging, other])
        one = _worker("one", tmp_path, postgresql, *limits)
        with ended(one):
            until(lambda: len(results(postgresql)) == 2, one)
            assert one.end(signal.SIGTERM) == 143
    assert results(postgresql)["other"] == [0]
    assert "goes on in the next round" in one.said


def test_a_worker_leaves_what_it_does_not_know_to_others(postgresql: str, tmp_path: Path) -> None:
    sites = [WatchedSite("alpha"), WatchedSite("beta")]
    with serve(sites):
        write_sources(tmp_path / "sources.toml", sites)
        assert _round(tmp_path, postgresql).exit_code == 75  # both wait
        write_sources(tmp_path / "sources.toml", sites[:1])
        one = _worker("one", tmp_path, postgresql)
        with ended(one):
            until(
                lambda: "beta: the sources file of this worker has no such entry" in one.said, one
            )
            until(lambda: "alpha" in results(postgresql), one)
            assert one.end(signal.SIGTERM) == 143
        assert _statuses(postgresql) == ["todo"]
        write_sources(tmp_path / "sources.toml", sites)
        two = _worker("two", tmp_path, postgresql, "beta")
        with ended(two):
            until(lambda: "beta" in results(postgresql), two)
            assert two.end(signal.SIGTERM) == 143
    assert results(postgresql) == {"alpha": [0], "beta": [0]}
    assert sites[1].times("one") == []


def test_a_worker_of_some_sources_leaves_the_jobs_of_others_alone(
    postgresql: str, tmp_path: Path
) -> None:
    """A job that nobody took for a day is forgotten only if the file has no such source."""
    sites = [WatchedSite("alpha"), WatchedSite("beta"), WatchedSite("gone")]
    sources = tmp_path / "sources.toml"
    with serve(sites):
        write_sources(sources, sites)
        assert _round(tmp_path, postgresql).exit_code == 75  # all wait
        ago = "UPDATE procrastinate_events SET at = at - interval '2 days' RETURNING id"
        assert len(rows(postgresql, ago)) == 3
        write_sources(sources, sites[:1], 'tags = ["north"]')
        text = sources.read_text(encoding="utf-8")
        write_sources(sources, sites[1:2])
        sources.write_text(text + sources.read_text(encoding="utf-8"), encoding="utf-8")
        one = _worker("one", tmp_path, postgresql, "--tag", "north")
        with ended(one):
            until(lambda: "gone: no worker knows such a source" in one.said, one)
            until(lambda: "alpha" in results(postgresql), one)
            assert one.end(signal.SIGTERM) == 143
    waiting = "SELECT args ->> 'key' FROM procrastinate_jobs WHERE args ? 'key'"
    assert rows(postgresql, waiting) == [("beta",)]


def test_a_worker_that_cannot_write_ends_though_nothing_is_read(
    postgresql: str, tmp_path: Path
) -> None:
    sites = [WatchedSite("alpha")]
    with serve(sites):
        write_sources(tmp_path / "sources.toml", sites)
        one = _worker("one", tmp_path, postgresql)
        with ended(one):
            until(lambda: "alpha" in results(postgresql), one)
            until(lambda: not _statuses(postgresql), one)
            with psycopg.connect(postgresql) as database:
                database.execute("ALTER TABLE newsreel.commit_mark RENAME TO gone")
            assert one.process.wait(LIMIT) == 5
            assert "the archive cannot be written" in one.said


def test_who_has_the_name_of_one_that_is_gone_keeps_its_connections(
    postgresql: str, tmp_path: Path
) -> None:
    """A worker that began anew, because the queue had failed, is the same process."""
    write_sources(tmp_path / "sources.toml", [WatchedSite("alpha", home="http://127.0.0.1")])
    one = _worker("one", tmp_path, postgresql)
    sessions = "SELECT pid FROM pg_stat_activity WHERE application_name = '{}' ORDER BY pid"
    with ended(one):
        until(lambda: _alive(postgresql) == 1, one)
        ((name,),) = rows(postgresql, "SELECT name FROM newsreel_worker")
        until(lambda: len(rows(postgresql, sessions.format(name))) > 2, one)
        before = rows(postgresql, sessions.format(name))
        rows(postgresql, _GONE.format(name))  # one statement, before it is found
        until(lambda: f"{name} was not heard of" in one.said, one)
        assert set(before) <= set(rows(postgresql, sessions.format(name))), one.said
        assert one.end(signal.SIGTERM) == 143


_GONE = """
WITH gone AS (
    INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')
    RETURNING id
)
INSERT INTO newsreel_worker SELECT id, '{}' FROM gone RETURNING name
"""


def test_a_round_is_read_by_workers(postgresql: str, tmp_path: Path) -> None:
    sites = [WatchedSite("alpha"), WatchedSite("beta", fails=True)]
    with serve(sites):
        write_sources(tmp_path / "sources.toml", sites)
        alone = _round(tmp_path, postgresql)
        assert alone.exit_code == 75
        assert "no worker is alive, 2 sources wait in the queue: start one" in alone.log
        with ThreadPoolExecutor() as thread:
            asking = thread.submit(_round, tmp_path, postgresql, "-s", "WORKER_TIMEOUT=120")
            one = _worker("one", tmp_path, postgresql)
            with ended(one):
                done = asking.result()
                again = _round(tmp_path, postgresql, "alpha", "--now")
                none = _round(tmp_path, postgresql)
                assert one.end(signal.SIGTERM) == 143
        here = _round(tmp_path, postgresql, "alpha", "--now", "--here")
    assert done.exit_code == 3
    assert re.search(r"^alpha +3 +3 ", done.stdout, re.MULTILINE)
    assert re.search(r"^beta .*could not be read$", done.stdout, re.MULTILINE)
    assert (again.exit_code, none.exit_code, here.exit_code) == (0, 0, 0)
    assert "1 source brought nothing new" in again.stdout
    assert "none of 2 sources is due" in none.stdout
    assert "1 source brought nothing new" in here.stdout
    assert sites[0].count("one") > 3


def test_a_round_that_waits_ends_when_the_server_is_gone(tmp_path: Path) -> None:
    own = Cluster()
    try:
        ledger = own.create_database("gone")
        write_sources(tmp_path / "sources.toml", [WatchedSite("alpha", home="http://127.0.0.1")])
        with ThreadPoolExecutor() as thread:
            options = ("-s", "WORKER_TIMEOUT=120")
            asking = thread.submit(_round, tmp_path, f"{ledger}?reconnect_timeout=1", *options)
            end = time.monotonic() + LIMIT
            while not _statuses(ledger):
                assert time.monotonic() < end
                time.sleep(0.1)
            own.stop()
            done = asking.result()
            own.start()
    finally:
        own.remove()
    assert done.exit_code == 5, done.log
    assert "the queue fails" in done.log


def test_a_watch_is_what_workers_are_for(postgresql: str, tmp_path: Path) -> None:
    write_sources(tmp_path / "sources.toml", [WatchedSite("alpha", home="http://127.0.0.1")])
    refused = _round(tmp_path, f"{postgresql}?sslmode=prefer&password=kEpTtoo", "--watch")
    assert refused.exit_code == 2
    assert "workers watch the sources (scrapy worker); or add --here" in refused.log
    assert "STATE_URI='postgresql://127.0.0.1:" in refused.log
    assert "kEpT" not in refused.log


def _round(folder: Path, ledger: str, *options: str) -> Run:
    named = ("-s", f"STATE_URI={ledger}", "-s", f"WORKER_TIMEOUT={TIMEOUT}")
    return run_round(folder / "asking", folder / "sources.toml", *named, *options)


def _worker(name: str, folder: Path, ledger: str, *options: str) -> Worker:
    """Start a worker with an archives folder of its own."""
    places = (f"SOURCES_FILE={folder / 'sources.toml'}", f"ARCHIVES_DIR={folder / name}")
    named = [word for place in places for word in ("-s", place)]
    return Worker(name, folder, ledger, *named, *options)


def _texts(folder: Path) -> list[str]:
    """Return the texts of all workers."""
    return [text.read_text(encoding="utf-8") for text in folder.glob("*/text/**/*.txt")]


def _alive(ledger: str) -> int:
    return len(rows(ledger, "SELECT FROM newsreel_worker"))


def _statuses(ledger: str) -> list[str]:
    query = "SELECT status::text FROM procrastinate_jobs WHERE args ? 'key'"
    return [status for (status,) in rows(ledger, query)]
