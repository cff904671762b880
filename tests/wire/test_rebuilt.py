"""The history of fetched addresses is in the archive too: after a rebuild it is known again."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from crawler.state.backends import open_store
from tests.running import scrapy
from tests.wire.crawling import ALL, Wire
from tests.wire.golden import stories


def table(archives: Path, name: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as db:
        return db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()


def lose_ledger(archives: Path) -> None:
    for path in archives.glob("ledger.sqlite*"):
        path.unlink()


def run_records(archives: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield what the record of each run says, and how many records of its file tell visits."""
    for path in sorted((archives / "warc").iterdir(), key=lambda path: path.stat().st_mtime_ns):
        lines = gzip.decompress(path.read_bytes()).splitlines()
        told = [json.loads(line) for line in lines if line.startswith(b"{") and b'"visits"' in line]
        (end,) = (content for content in told if "run" in content)
        yield end, len(told) - 1


def test_after_a_rebuild_no_story_is_fetched_again(wire: Wire) -> None:
    first = wire.crawl(**ALL)
    wire.crawl(**ALL)
    visits, runs = table(wire.archives, "visit"), table(wire.archives, "run")
    assert len(visits) > len(stories("first"))
    assert len(runs) == 2
    lose_ledger(wire.archives)
    assert scrapy(wire.archives, "rebuild").exit_code == 0
    assert table(wire.archives, "visit") == visits
    assert table(wire.archives, "run") == runs
    before = set(stories("first")) | {f"/news/{n}" for n in range(9)}
    wire.service.publish("first")
    again = wire.crawl(**ALL)
    assert not set(wire.service.requested) & before
    assert again.report["articles"] == {}
    assert again.report["held"] >= len(first.report["text_files"])
    assert scrapy(wire.archives, "verify").exit_code == 0


def test_a_run_that_brings_nothing_new_tells_its_visits_with_its_end(wire: Wire) -> None:
    wire.crawl(**ALL)
    wire.crawl(**ALL)
    (first, groups), (idle, more_groups) = run_records(wire.archives)
    assert first["counts"]["new"] == len(list((wire.archives / "text").iterdir()))
    assert groups
    assert "new" not in idle["counts"]
    assert (more_groups, len(idle["visits"])) != (0, 0)
    assert more_groups == 0, "the link pages ride with the end of the run"


def test_a_story_whose_text_was_lost_is_fetched_again(wire: Wire) -> None:
    wire.crawl("-s", "ARCHIVE_FILE_SIZE=20000", **ALL)
    with closing(open_store(f"sqlite:{wire.archives / 'ledger.sqlite'}")) as store:
        files = [held.conversion.file for held in store.all() if held.conversion]
    assert len(set(files)) > 2
    (wire.archives / "warc" / files[0]).unlink()
    lose_ledger(wire.archives)
    scrapy(wire.archives, "rebuild")
    texts = len(table(wire.archives, "article"))
    assert 0 < texts < len(stories("first"))
    run = wire.crawl(**ALL)
    assert run.report["articles"]["new"] == len(stories("first")) - texts
    assert len(table(wire.archives, "article")) == len(stories("first"))
