"""``scrapy health``."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.state.lock import ArchiveLock
from demo.server import serve
from demo.site import harbour_site
from tests import running
from tests.conftest import Scrapy
from tests.rounds.sources import DAY, HOUR, every, hold, ledger, read
from tests.running import Run
from tests.servers.webhook import webhook

TOKEN = "kEpTfrOmeVerYligHt7q9Z"
ENTRIES = """
[harbour]
name = "Harbour Gazette"
site = "https://harbour.test/"

[lantern]
name = "The Lantern"
site = "https://lantern.test/"
every = "1d"

[closed]
name = "Closed Courier"
site = "https://closed.test/"
enabled = false
"""


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """Make a ledger in which one source is good, one silent, one failing, and one was closed."""
    folder = tmp_path / "archives"
    now = datetime.now(UTC).replace(microsecond=0)
    with ledger(folder) as store:
        for source, last in (("harbour", HOUR), ("still.test", 9 * DAY), ("closed", 90 * DAY)):
            hold(store, source, every(3 * HOUR, now - 200 * DAY, now - last))
            read(store, source, [now - DAY, now - HOUR / 2])
        read(store, "broken.test", [now - 3 * HOUR, now - 2 * HOUR, now - HOUR], 4)
    return folder


@pytest.fixture
def sources_file(tmp_path: Path) -> str:
    file = tmp_path / "sources.toml"
    file.write_text(ENTRIES, encoding="utf-8")
    return f"SOURCES_FILE={file}"


def verdicts(run: Run) -> dict[str, str]:
    """Return what the JSON says, by source."""
    return {one["source"]: one["verdict"] for one in json.loads(run.stdout)["sources"]}


def test_sources_and_their_verdicts(scrapy: Scrapy, archives: Path, sources_file: str) -> None:
    run = scrapy("health", "--json", "-s", sources_file)
    assert run.exit_code == 3, run.log
    assert verdicts(run) == {
        "broken.test": "failing",
        "harbour": "good",
        "lantern": "never read",
        "still.test": "silent",
    }
    run = scrapy("health", "-s", sources_file)
    lines = run.stdout.splitlines()
    assert [line.split()[0] for line in lines[1::2][:2]] == ["broken.test", "still.test"]
    assert lines[2] == "  3 reads in a row had no answer"
    assert lines[-1] == "1 failing, 1 silent, 1 good, 1 never read"


def test_those_that_are_named(scrapy: Scrapy, archives: Path, sources_file: str) -> None:
    words = ("harbour", "lantern")
    run = scrapy("health", *words, "--json", "-s", sources_file)
    assert (run.exit_code, verdicts(run)) == (0, {"harbour": "good", "lantern": "never read"})
    run = scrapy("health", "closed", "-s", sources_file)
    assert run.exit_code == 3
    run = scrapy("health", "nowhere")
    assert run.exit_code == 2
    assert "SOURCE='nowhere' cannot be used" in run.log


def test_it_only_reads_and_waits_for_nobody(scrapy: Scrapy, archives: Path) -> None:
    lock = ArchiveLock.alone(archives)
    try:
        with closing(sqlite3.connect(archives / "ledger.sqlite", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM run")
            run = scrapy("health", "--json")
            assert verdicts(run)["harbour"] == "good"
            writer.execute("ROLLBACK")
    finally:
        lock.release()
    before = hashlib.sha256((archives / "ledger.sqlite").read_bytes()).digest()
    assert scrapy("health").exit_code == 3
    assert hashlib.sha256((archives / "ledger.sqlite").read_bytes()).digest() == before


def test_before_the_first_run(tmp_path: Path, sources_file: str) -> None:
    absent = tmp_path / "absent"
    run = running.scrapy(absent, "health", "--json", "-s", sources_file)
    assert (run.exit_code, set(verdicts(run).values())) == (0, {"never read"})
    assert not absent.exists()
    run = running.scrapy(absent, "health")
    assert run.exit_code == 2
    assert "there is no such folder" in run.log


def test_metrics(scrapy: Scrapy, archives: Path, tmp_path: Path) -> None:
    file = tmp_path / "newsreel.prom"
    run = scrapy("health", "--prometheus", str(file))
    assert run.exit_code == 3
    text = file.read_text(encoding="utf-8")
    assert 'newsreel_source_verdict{source="still.test",verdict="silent"} 1\n' in text
    assert 'newsreel_source_failures{source="broken.test"} 3\n' in text
    run = scrapy("health", "--prometheus", str(tmp_path / "none" / "a.prom"))
    assert run.exit_code == 5
    assert "the metrics were not written" in run.log


def test_a_notice_is_sent_once(scrapy: Scrapy, archives: Path) -> None:
    with webhook() as hook:
        env = {"PORT_OF_CALL": f"json://{hook.address}/{TOKEN}"}
        options = ("--notify", "-s", "HEALTH_NOTIFY=PORT_OF_CALL", "-L", "DEBUG")

        def notify() -> Run:
            return scrapy("health", *options, env=env)

        hook.status = 503
        failed = notify()
        assert failed.exit_code == 3
        assert "no notice was sent to what HEALTH_NOTIFY names: the service there" in failed.log
        hook.status = 200
        runs = [failed, notify(), notify()]
        with ledger(archives) as store:
            now = datetime.now(UTC)
            hold(store, "still.test", [now - timedelta(minutes=1)], collected=timedelta(0))
            read(store, "still.test", [now])
        runs.append(notify())
    assert [notice["message"].splitlines() for notice in hook.got[-2:]] == [
        [
            "broken.test is failing: 3 reads in a row had no answer",
            "closed is silent: no new story for 90 days, where its longest pause was 3 h",
            "still.test is silent: no new story for 9 days, where its longest pause was 3 h",
        ],
        ["still.test is no longer silent (good)"],
    ]
    refused = hook.got[:-2]  # each notice that was refused is the same one
    assert all(notice["message"].startswith("broken.test is failing") for notice in refused)
    assert all(TOKEN not in run.stdout + run.log for run in runs)
    kept = b"".join(path.read_bytes() for path in archives.rglob("*") if path.is_file())
    assert TOKEN.encode() not in kept


def test_runs_of_a_site_that_ends(tmp_path: Path) -> None:
    real = tmp_path / "real"

    def crawl_and_look(home: str, exit_code: int) -> tuple[int, dict[str, Any]]:
        arguments = ("-a", f"site={home}", "-a", "source=harbour-demo")
        run = running.scrapy(real, "crawl", "wordpress", *arguments)
        assert run.exit_code == exit_code, run.log
        run = running.scrapy(real, "health", "--json")
        (found,) = json.loads(run.stdout)["sources"]
        return run.exit_code, found

    with serve(harbour_site()) as site:
        exit_code, first = crawl_and_look(site.home, 0)
    assert (exit_code, first["verdict"], first["failures"]) == (3, "silent", 0)  # its news are old
    assert first["stories"] == 22
    for failures in (1, 2, 3):
        exit_code, found = crawl_and_look(site.home, 4)
        assert (exit_code, found["failures"]) == (3, failures)
        assert found["verdict"] == ("failing" if failures == 3 else "silent")
    assert found["last_answered"] == first["last_read"] < found["last_read"]


def test_no_notice_without_its_address(scrapy: Scrapy, archives: Path) -> None:
    run = scrapy("health", "--notify")
    assert run.exit_code == 2
    assert "name the environment variable that holds the address" in run.log
    run = scrapy("health", "--notify", "-s", "HEALTH_NOTIFY=NOT_SET_ANYWHERE")
    assert run.exit_code == 2
    assert "is not set: set it" in run.log
    run = scrapy("health", "--notify", "-s", f"HEALTH_NOTIFY=json://x/{TOKEN}")
    assert run.exit_code == 2
    assert "write the name of an environment variable" in run.log
    assert TOKEN not in run.log
