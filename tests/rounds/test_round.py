"""``scrapy round`` against sites on loopback addresses of their own."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from crawler.state.lock import HostLocks, SourceLock
from tests.rounds.round_sites import RoundSite, run_round, serve, watch_until, write_sources
from tests.running import Run, scrapy


def report(run: Run) -> dict[str, Any]:
    """Return the report of the last round."""
    path = max((run.archives / "reports").glob("*-round.json"))
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def codes(run: Run) -> dict[str, int]:
    """Return the exit code of each source's run in the last round."""
    return {result["key"]: result["exit_code"] for result in report(run)["results"]}


def verified(archives: Path) -> str:
    """Return what ``scrapy verify`` says of the archive, which has no fault."""
    run = scrapy(archives, "verify")
    assert run.exit_code == 0, run.stdout + run.log
    return run.stdout


def test_many_sources_come_into_one_file(tmp_path: Path) -> None:
    sites = [RoundSite(name) for name in ("gull", "tern", "skua", "knot")]
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve(sites):
        write_sources(sources, sites)
        first = run_round(archives, sources)
        assert first.exit_code == 0, first.log
        assert len(first.texts) == 12
        assert len(list((archives / "warc").iterdir())) == 1
        assert len(list((archives / "reports").glob("*.json"))) == 5  # the round, and each run
        idle = run_round(archives, sources)
        assert idle.stdout == "none of 4 sources is due\n"
        assert idle.exit_code == 0
        again = run_round(archives, sources, "--now")
    assert again.exit_code == 0, again.log
    assert "4 sources brought nothing new" in again.stdout
    assert len(list((archives / "reports").glob("*.json"))) == 6  # an idle run leaves none
    assert "0 faults" in verified(archives)
    replayed = scrapy(archives, "replay", "--check", "-s", f"SOURCES_FILE={sources}")
    assert replayed.stdout.endswith("12 identical, 0 changed, 0 missing, 0 new\n"), replayed.stdout
    without = scrapy(archives, "replay", "--check")
    assert without.exit_code == 2
    assert "8 archived runs are of entries that it lacks (gull, knot, skua, tern)" in without.log


def test_the_bad_do_not_hold_up_the_good(tmp_path: Path) -> None:
    good, failing = RoundSite("gull"), RoundSite("tern", fails=True)
    hanging = RoundSite("skua", hangs=True)
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    options = ("-s", "DOWNLOAD_TIMEOUT=2", "-s", "RETRY_ENABLED=False")
    with serve([good, failing, hanging]):
        write_sources(sources, [good, failing, hanging])
        run = run_round(archives, sources, *options)
        assert run.exit_code == 3
        assert codes(run) == {"gull": 0, "tern": 4, "skua": 4}
        assert len(run.texts) == 3
        assert "could not be read" in run.stdout
        alone = run_round(archives, sources, "tern", "--now", *options)
    assert alone.exit_code == 4
    assert codes(alone) == {"tern": 4}


_CRAWL = ("crawl", "wire", "-a", "service=gull")


@pytest.mark.parametrize(
    "commands", [[("round",)], [("round", "gull"), ("round", "tern")], [_CRAWL, ("round", "tern")]]
)
def test_no_host_is_asked_by_two_runs(tmp_path: Path, commands: list[tuple[str, ...]]) -> None:
    """Two sources of one host: all requests of one come before those of the other."""
    sites = [RoundSite("gull", slow=0.2), RoundSite("tern", slow=0.2)]
    order: list[str] = []

    class Noted(list[str]):
        def __init__(self, name: str) -> None:
            self.name = name

        def append(self, path: str) -> None:
            order.append(self.name)

    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve(sites, ["127.0.1.1", "127.0.1.1"]):
        for site in sites:
            site.requested = Noted(site.name)
        write_sources(sources, sites)
        with ThreadPoolExecutor(len(commands)) as side_by_side:
            options = ("-s", f"SOURCES_FILE={sources}")
            runs = side_by_side.map(lambda words: scrapy(archives, *words, *options), commands)
        for run in runs:
            assert run.exit_code == 0, run.log
    first, last = order[0], order[-1]
    count = order.count(first)
    assert order == [first] * count + [last] * (len(order) - count)
    assert first != last


def test_a_source_that_another_round_reads_is_busy(tmp_path: Path) -> None:
    sites = [RoundSite("gull"), RoundSite("tern")]
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    archives.mkdir()
    with serve(sites):
        write_sources(sources, sites)
        locks = SourceLock(archives, "gull"), HostLocks(archives, ["127.0.1.1"])
        run = run_round(archives, sources)
        for lock in locks:
            lock.release()
    assert run.exit_code == 0, run.log
    assert codes(run) == {"gull": 75, "tern": 0}
    assert not sites[0].requested


def test_a_source_that_another_run_has(tmp_path: Path) -> None:
    sites = [RoundSite("gull"), RoundSite("tern")]
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    archives.mkdir()
    with serve(sites):
        write_sources(sources, sites)
        lock = SourceLock(archives, "gull")
        both = run_round(archives, sources)
        assert both.exit_code == 0, both.log
        assert codes(both) == {"gull": 75, "tern": 0}
        alone = run_round(archives, sources, "gull")
        lock.release()
    assert "is being crawled by another run" in both.stdout
    assert alone.exit_code == 75


def test_the_environments_password_goes_nowhere(tmp_path: Path) -> None:
    site = RoundSite("gull")
    secret = {"WORDPRESS_USER": "ada", "WORDPRESS_APP_PASSWORD": "very secret indeed"}
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve([site]):
        entry = f'[gull]\nsite = "{site.home}/"\nspider = "wordpress"\n'
        sources.write_text(entry, encoding="utf-8")
        run_round(archives, sources, env=secret)
    assert site.requested
    assert not site.authorized


def test_a_slice_of_a_long_run(tmp_path: Path) -> None:
    """What takes longer than its share goes on where it stopped, and nothing is lost."""
    site = RoundSite("gull", stories=12, slow=0.5)
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    # What waits in the downloader is under way, too.
    slice_options = ("-s", "ROUND_SLICE=2", "-s", "CONCURRENT_REQUESTS=1")
    with serve([site]):
        write_sources(sources, [site])
        first = run_round(archives, sources, *slice_options)
        assert first.exit_code == 3, first.log
        assert "goes on in the next round" in first.stdout
        assert len(first.texts) < 12
        site.slow = 0.0
        second = run_round(archives, sources)
    assert second.exit_code == 0, second.log
    assert len(second.texts) == 12
    verified(archives)


def test_a_signal_ends_a_watch_in_order(tmp_path: Path) -> None:
    good, hanging = RoundSite("gull"), RoundSite("skua", hangs=True)
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve([good, hanging]):
        write_sources(sources, [good, hanging])

        def have_come(log: str) -> bool:
            return bool(hanging.requested) and len(list(archives.glob("text/*.txt"))) == 3

        run = watch_until(archives, sources, have_come, "-s", "SHUTDOWN_GRACE=1")
    assert run.exit_code == 143, run.log
    assert "gull" in run.stdout
    assert not list((archives / "warc").glob("*.open"))
    assert "3 texts, 0 faults" in verified(archives)


def test_what_is_put_in_order_is_in_the_report(tmp_path: Path) -> None:
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve([site := RoundSite("gull")]):
        write_sources(sources, [site])
        assert not report(run_round(archives, sources))["repairs"]
        (warc,) = (archives / "warc").iterdir()
        warc.rename(warc.with_name(f"{warc.name}.open"))
        idle = run_round(archives, sources)
        assert idle.exit_code == 0, idle.log
        assert "the archive was put in order: 1 " in idle.stdout
        assert "none of 1 sources is due" in idle.stdout
        (repair,) = report(idle)["repairs"]
        assert warc.name in repair["message"]
        assert not report(run_round(archives, sources, "--now"))["repairs"]


def test_a_report_that_cannot_be_written_is_no_success(tmp_path: Path) -> None:
    site = RoundSite("gull")
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve([site]):
        write_sources(sources, [site])
        assert run_round(archives, sources).exit_code == 0
        archives.joinpath("reports").rename(tmp_path / "reports")
        archives.joinpath("reports").write_text("in the way", encoding="utf-8")
        idle = run_round(archives, sources, "--now")
    assert idle.exit_code == 5, idle.log
    assert "The report could not be written" in idle.log
