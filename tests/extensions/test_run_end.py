"""How a run ended is in the archive and in the ledger, with its final exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.state.backends import open_store
from crawler.state.store import EndedRun, Store
from crawler.warc.reader import records
from demo.modes import Modes
from demo.server import serve
from demo.site import Site, harbour_site
from tests.conftest import Scrapy
from tests.running import LIMIT, ROOT, scrapy
from tests.servers.small_site import page, serving
from tests.spiders.conftest import Harbour, harbour
from tests.spiders.test_nothing_kept import Pages
from tests.spiders.test_nothing_kept import crawl as crawl_pages

__all__ = ["harbour"]


def asked(archives: Path, ask: Callable[[Store], Any]) -> Any:
    with closing(open_store(f"sqlite:{archives / 'ledger.sqlite'}")) as store:
        return ask(store)


def rows(archives: Path) -> list[EndedRun]:
    """Return the runs in the ledger, the last one first."""
    found: list[EndedRun] = asked(
        archives, lambda store: [run for s in store.run_sources() for run in store.runs(s, 99)]
    )
    return found


def told(archives: Path) -> dict[str, dict[str, Any]]:
    """Return what the WARC files tell of the ends of runs, by their ids."""
    blocks = [
        bytes(record.block)
        for path in (archives / "warc").iterdir()
        for record in records(path)
        if record.type == "metadata" and b'"exit_code"' in bytes(record.block)
    ]
    contents = [json.loads(block) for block in blocks]
    assert len({content["run"] for content in contents}) == len(contents)
    return {content["run"]: content for content in contents}


def check_one(archives: Path, exit_code: int) -> tuple[EndedRun, dict[str, Any]]:
    """Check that one run ended, with *exit_code*; return it as the ledger and as a file has it."""
    (row,) = rows(archives)
    content = told(archives)[row.id]
    assert row.exit_code == content["exit_code"] == exit_code
    assert row.counts == content["counts"]
    assert row.reason == content["reason"]
    return row, content


def test_a_complete_run(crawl: Scrapy, harbour: Harbour, archives: Path) -> None:
    run = crawl(site=harbour().home, source="harbour.test")
    row, content = check_one(archives, 0)
    assert row.id == run.report["run"]
    assert row.counts["new"] == run.report["articles"]["new"] == len(run.texts)
    assert row.counts["requests"] == run.report["requests"]
    assert row.counts["bytes"] == run.report["payload_bytes"]
    assert row.dropped == run.report["dropped"]
    assert row.lost == {name: loss["count"] for name, loss in run.report["lost"].items()}
    assert (row.spider, row.source, row.reason) == ("wordpress", "harbour.test", "finished")
    assert row.started < row.ended
    assert content["problems"] == []
    assert all(
        held > row.started for held in asked(archives, lambda s: [h.collected for h in s.all()])
    )


def test_a_site_that_cannot_be_read(crawl: Scrapy, archives: Path) -> None:
    run = crawl(site="http://127.0.0.1:9/")
    assert run.exit_code == 4, run.log
    row, content = check_one(archives, 4)
    assert row.counts["problems"] == len(content["problems"]) == len(run.report["problems"])
    assert content["problems"][0]["kind"] == "fatal"


def test_what_is_found_out_last_is_told(archives: Path) -> None:
    """That a run kept nothing is known at its end alone."""
    pages = Pages(answer=lambda n: page(b"", "404 Not Found"))
    with serving(pages):
        run = crawl_pages(archives, pages)
    row, content = check_one(archives, 3)
    assert "nothing_kept" in {problem["kind"] for problem in content["problems"]}
    assert row.counts["problems"] == len(run.report["problems"])
    assert row.lost["gone"] == row.counts["listed"] == 3


def test_without_an_archive_the_ledger_alone_tells(
    crawl: Scrapy, harbour: Harbour, archives: Path
) -> None:
    site = harbour()
    run = crawl("-s", "ARCHIVE_MODE=off", site=site.home)
    crawl("-s", "ARCHIVE_MODE=off", site=site.home)
    last, first = rows(archives)
    assert first.counts["new"] == len(run.texts)
    assert "new" not in last.counts
    assert first.record is None
    assert first.id != last.id
    assert not (archives / "warc").exists()


def test_a_replay_leaves_none(crawl: Scrapy, harbour: Harbour, archives: Path) -> None:
    site = harbour()
    crawl(site=site.home, source="harbour.test")
    replay = ("-s", "ARCHIVE_MODE=replay", "-s", f"REPLAY_FROM={archives / 'warc'}")
    run = crawl(*replay, site=site.home, source="harbour.test")
    assert run.exit_code == 0, run.log
    (folder,) = (archives / "replays").iterdir()
    assert rows(folder) == []
    assert len(rows(archives)) == 1
    assert told(folder) == {}


@pytest.mark.parametrize("times", [1, 2])
def test_a_run_that_a_signal_ends(archives: Path, times: int) -> None:
    with serve(harbour_site(Modes(slow=1))) as site:
        process = crawling(site, archives)
        deadline = time.monotonic() + LIMIT
        while len(site.log) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        for _ in range(times):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.2)  # signals that come at once are one
        _, log = process.communicate(timeout=LIMIT)
    assert process.returncode == 143, log
    assert "Traceback" not in log
    row, _ = check_one(archives, 143)
    assert row.reason == ("shutdown" if times == 1 else "killed")


def crawling(site: Site, archives: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scrapy", "crawl", "wordpress", "-a", f"site={site.home}"]
    command += ["-s", f"ARCHIVES_DIR={archives}", "-s", "ADDRESS_GUARD_ALLOW=127.0.0.0/8"]
    command += arguments
    return subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_failure_to_seal_is_in_the_row(archives: Path) -> None:
    """The record is written by then; the ledger has the exit code that was given back."""
    with serve(harbour_site(Modes(slow=0.4))) as site:
        process = crawling(site, archives)
        deadline = time.monotonic() + LIMIT
        while len(site.log) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        (archives / "warc").rename(archives / "elsewhere")
        _, log = process.communicate(timeout=LIMIT)
    assert process.returncode == 5, log
    assert "Traceback" not in log
    (row,) = rows(archives)
    assert row.exit_code == 5


def test_the_run_of_an_import(tmp_path: Path) -> None:
    seed = tmp_path / "000_0123456789abcdef.txt"
    seed.write_text(" date 2024-03-01 Imported\nThis text was there before.\n", encoding="utf-8")
    assert scrapy(tmp_path / "archives", "import", str(seed)).exit_code == 0
    row, _ = check_one(tmp_path / "archives", 0)
    assert (row.spider, row.counts["new"]) == ("seeds", 1)
