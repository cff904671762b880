"""Many crawls in one process: what they share, and what stays each one's own."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks._many_sites import host_of
from benchmarks._many_sites import serving as serving_many
from tests.many_runs import many_runs
from tests.running import scrapy
from tests.servers.small_site import SmallSite, page, serving

REFUSED = "10.20.30.40"
PATIENCE = 120.0  # seconds; far more than a run takes


@dataclass
class LeadsAway(SmallSite):
    """A site of which *away* leads to an address that is refused."""

    away: str

    def _answer(self, path: str) -> bytes:
        if path == self.away:
            return page(b"", "302 Found", more=f"Location: http://{REFUSED}/\r\n")
        if path == "/robots.txt":
            return page(b"User-agent: *\nDisallow:\n", kind="text/plain")
        return page(b"<html><title>Nothing here</title></html>")


@dataclass
class Large(SmallSite):
    """A wire service with two stories of nearly as many bytes as an answer may have."""

    body: bytes

    def _answer(self, path: str) -> bytes:
        if path == "/feed":
            links = (f"<item><link>{self.home}/story/{n}</link></item>" for n in range(2))
            feed = f"<rss version='2.0'><channel>{''.join(links)}</channel></rss>"
            return page(feed.encode(), kind="application/rss+xml")
        return page(self.body) if path.startswith("/story") else page(b"", "404 Not Found")


@dataclass
class Patient(SmallSite):
    """A site that answers when the files *until* are there."""

    until: list[Path]

    def _answer(self, path: str) -> bytes:
        deadline = time.monotonic() + PATIENCE
        while not all(file.exists() for file in self.until):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return page(b"<html><title>Nothing here</title></html>")


def test_refused_addresses_are_counted_for_the_run_that_asked(tmp_path: Path) -> None:
    until = [tmp_path / f"ended {number}" for number in (1, 2)]
    with (
        serving(Patient(until)) as patient,
        serving(LeadsAway("/robots.txt")) as by_robots,
        serving(LeadsAway("/")) as by_redirect,
    ):
        sites = (patient, by_robots, by_redirect)
        runs = [
            ("wire", {"url": site.home, "source": f"{number}", "allow_hosts": REFUSED})
            for number, site in enumerate(sites)
        ]
        ended = many_runs(tmp_path / "archives", runs)
    refused = [stats.get("address_guard/refused", 0) for stats in ended.stats]
    assert refused == [0, 1, 1], ended.log


def test_runs_share_what_reads_pages_and_the_frozen_garbage(tmp_path: Path) -> None:
    with serving_many() as port:
        runs = [("wire", {"url": f"http://{host_of(number)}:{port}/wire/2"}) for number in range(6)]
        ended = many_runs(tmp_path / "archives", runs, at_once=3)
    assert [stats.get("item_scraped_count") for stats in ended.stats] == [2] * 6, ended.log
    assert ended.children <= 6  # 12, when each run had two
    assert ended.frozen[0] > 0
    assert max(ended.frozen) < ended.frozen[0] + 1000
    assert "WARNING" not in ended.log
    verified = scrapy(tmp_path / "archives", "verify")
    assert verified.exit_code == 0, verified.stdout + verified.log


def test_large_answers_of_many_sites_are_not_all_in_memory(tmp_path: Path) -> None:
    """Check what 8 sites may do that send 24 MB twice: 384 MB of bodies, more than twice held."""
    if not Path("/proc/self/status").exists():
        pytest.skip("memory cannot be measured here")
    body = b"<p>Nobody could say how many words the harbour master had written that day.</p>\n"
    with ExitStack() as stack:
        sites = [
            stack.enter_context(serving(Large(body * ((24 << 20) // len(body))))) for _ in range(8)
        ]
        runs = [("wire", {"url": f"{site.home}/feed", "source": site.home}) for site in sites]
        ended = many_runs(tmp_path / "archives", runs, DOWNLOAD_TIMEOUT=600)
    assert [stats["wire/skipped/too_big"] for stats in ended.stats] == [2] * 8, ended.log
    assert ended.peak_mb < 500  # 400; 1,500 without the budget
