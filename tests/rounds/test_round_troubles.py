"""Rounds whose log, terminal or locks fail, beside other rounds, and what is told of them."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from crawler.commands.round_results import exit_code
from crawler.state.backends import open_store
from crawler.state.lock import HostLocks
from tests.rounds.round_sites import RoundSite, run_round, serve, write_sources
from tests.running import LIMIT, LOOPBACK, ROOT, scrapy


def started(
    archives: Path,
    sources: Path,
    *options: str,
    redirect: str = "",
    env: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a round, as a shell does that is told where its output goes."""
    words = ("round", "-s", f"ARCHIVES_DIR={archives}", "-s", f"SOURCES_FILE={sources}")
    command = [sys.executable, "-m", "scrapy", *words, *LOOPBACK, *options]
    shell = ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh"]
    environment = {**os.environ, **(env or {})}
    return subprocess.Popen([*shell, *command], cwd=ROOT, stdin=subprocess.DEVNULL, env=environment)


@pytest.mark.parametrize("redirect", [">/dev/full", "2>/dev/full", ">/dev/full 2>&1"])
def test_a_log_that_cannot_be_written_ends_no_round(tmp_path: Path, redirect: str) -> None:
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve(sites := [RoundSite("gull"), RoundSite("tern")]):
        write_sources(sources, sites)
        with started(archives, sources, redirect=redirect) as process:
            assert process.wait(LIMIT) == 0
    assert len(list(archives.glob("text/*.txt"))) == 6
    assert len(list(archives.glob("reports/*-round.html"))) == 1


def test_a_terminal_that_does_not_know_a_name(tmp_path: Path) -> None:
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    with serve([site := RoundSite("gull")]):
        write_sources(sources, [site], 'source = "Möwe"')
        run = run_round(archives, sources, env=ascii_only)
    assert run.exit_code == 0, run.log
    assert "M\\u00f6we" in run.stdout
    assert "report: " in run.stdout
    health = scrapy(archives, "health", "-s", f"SOURCES_FILE={sources}", env=ascii_only)
    assert "M\\u00f6we" in health.stdout, health.log


def test_what_another_round_has_read_meanwhile_is_not_read_again(tmp_path: Path) -> None:
    """Cron begins the next round while one is under way that waits for a slow site."""
    slow, fast = RoundSite("gull", hangs=True), RoundSite("tern")
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve([slow, fast]):
        write_sources(sources, [slow, fast])
        alone = ("-s", "ROUND_CONCURRENCY=1")
        with started(archives, sources, *alone) as first:
            end = time.monotonic() + LIMIT
            while not slow.requested and time.monotonic() < end:
                assert first.poll() is None
                time.sleep(0.1)
            second = run_round(archives, sources, *alone)
            assert second.exit_code == 0, second.log
            slow.hangs = False
            slow.closing.set()
            first.wait(LIMIT)
    assert fast.requested.count("/feed.xml") == 1


def test_a_lock_that_cannot_be_taken_is_failed_storage(tmp_path: Path) -> None:
    sites = [RoundSite("gull"), RoundSite("tern", slow=0.5)]
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    archives.mkdir()
    HostLocks(archives, ["127.0.1.1"]).release()
    (lock,) = archives.glob(".locks/host-*")
    lock.unlink()
    lock.mkdir()
    with serve(sites):
        write_sources(sources, [sites[1], sites[0]])
        run = run_round(archives, sources)
    assert run.exit_code == 5, run.log
    assert (
        f"scrapy round: the archive cannot be read: [Errno 21] Is a directory: '{lock}'" in run.log
    )
    assert "Traceback" not in run.log
    assert not list(archives.glob("warc/*.open"))


def test_a_terminal_that_is_closed_ends_a_round_in_order(tmp_path: Path) -> None:
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve([site := RoundSite("gull", stories=40, slow=0.2)]):
        write_sources(sources, [site])
        with started(archives, sources, "-s", "SHUTDOWN_GRACE=1") as process:
            end = time.monotonic() + LIMIT
            while not list(archives.glob("text/*.txt")) and time.monotonic() < end:
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGHUP)
            assert process.wait(LIMIT) == 129
    assert not list(archives.glob("warc/*.open"))
    assert list(archives.glob("reports/*-round.html"))


@pytest.mark.parametrize(("is_told", "code"), [(False, 0), (True, 129)])
def test_a_terminal_that_is_gone(tmp_path: Path, is_told: bool, code: int) -> None:
    """Who left it (disown) has a round that goes on; else SIGHUP comes, and ends it in order."""
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    ours, terminal = pty.openpty()
    with serve([site := RoundSite("gull", stories=20, slow=0.2)]):
        write_sources(sources, [site])
        redirect = f">{os.ttyname(terminal)} 2>&1"
        env = {"TERM": "xterm"}
        options = ("-s", "SHUTDOWN_GRACE=1")
        with started(archives, sources, *options, redirect=redirect, env=env) as process:
            while not list(archives.glob("text/*.txt")):
                assert process.poll() is None
                if select.select([ours], [], [], 0.05)[0]:
                    os.read(ours, 1 << 16)
            os.close(terminal)
            os.close(ours)
            if is_told:
                process.send_signal(signal.SIGHUP)
            assert process.wait(LIMIT) == code
    assert not list(archives.glob("warc/*.open"))
    assert len(list(archives.glob("reports/*-round.html"))) == 1


def test_a_clock_that_is_set_back_holds_up_no_watch(tmp_path: Path) -> None:
    archives, sources, log = tmp_path / "archives", tmp_path / "sources.toml", tmp_path / "log"
    clock = str(ROOT / "tests" / "wire" / "clock")
    ahead = {"PYTHONPATH": clock, "NEWSREEL_NOW": "2099-01-01T00:00:00+00:00"}

    def wait_for(text: str) -> None:
        end = time.monotonic() + LIMIT
        while not log.exists() or text not in log.read_text(encoding="utf-8"):
            assert time.monotonic() < end, log.read_text(encoding="utf-8")
            time.sleep(0.1)

    with serve([site := RoundSite("gull")]):
        write_sources(sources, [site])
        with started(archives, sources, "--watch", redirect=f"2>{log}", env=ahead) as process:
            wait_for("the next one is read at 2099-01-01 01:")
            process.send_signal(signal.SIGUSR1)
            wait_for("The clock was set back")
            wait_for("gull: nothing new")
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT) == 143
    assert log.read_text(encoding="utf-8").count("gull: nothing new") == 1


def test_how_far_back_a_source_was_read_is_kept(tmp_path: Path) -> None:
    """A round that ends knows it as a watch does: the sitemaps of years are read once."""
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve([site := RoundSite("gull")]):
        write_sources(sources, [site], 'since = "2020-01-01"')
        assert run_round(archives, sources).exit_code == 0
    with closing(open_store(f"sqlite:{archives / 'ledger.sqlite'}")) as store:
        assert store.fact("read-since:gull") == "2020-01-01"


def test_the_old_entry_of_a_site_hides_no_new_one(tmp_path: Path) -> None:
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve([site := RoundSite("gull", fails=True)]):
        write_sources(sources, [site], 'source = "gull.example"')
        old = '[old]\nsite = "https://gull.example/"\nsource = "gull.example"\nenabled = false\n'
        sources.write_text(sources.read_text(encoding="utf-8") + old, encoding="utf-8")
        for _ in range(3):
            run_round(archives, sources, "--now", "-s", "RETRY_ENABLED=False")
    health = scrapy(archives, "health", "-s", f"SOURCES_FILE={sources}")
    assert health.exit_code == 3
    assert "gull.example  failing" in health.stdout


def test_a_round_that_could_tell_nobody_is_no_success(tmp_path: Path) -> None:
    """Exit code 3 is: where Apprise was gone after an upgrade, nothing was read any more."""
    sources = tmp_path / "sources.toml"
    write_sources(sources, [RoundSite("gull", home="https://gull.example")])
    run = run_round(tmp_path / "archives", sources, "-s", "HEALTH_NOTIFY=NEWSREEL_UNSET")
    assert run.exit_code == 2
    assert "is not set: set it" in run.log


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ({0: 1, 3: 1}, 3),
        ({4: 2}, 4),
        ({2: 1}, 4),
        ({2: 1, 4: 1}, 4),
        ({0: 1, 4: 1, 2: 1}, 3),
        ({75: 2}, 75),
        ({75: 1, 4: 1}, 3),
        ({0: 9, 1: 1}, 1),
        ({0: 9, 5: 1, 1: 1}, 5),
        ({}, 0),
    ],
)
def test_one_exit_code_for_all(codes: dict[int, int], code: int) -> None:
    assert exit_code(codes) == code
