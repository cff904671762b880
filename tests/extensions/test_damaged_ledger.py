"""A ledger that lost bytes after it was closed in order: whoever meets that, nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.checks.crawled import Copy, copy, crawled
from tests.extensions.test_restore import begin, nothing, texts
from tests.running import scrapy

__all__ = ["copy", "crawled", "nothing"]


def lose(copy: Copy, table: str) -> None:
    """Overwrite the first page of *table*, as a failing disk does: the file's time stays."""
    path = copy.folder / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (page,) = db.execute(query, [table]).fetchone()
    before = path.stat()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("table", ["warc", "fact"])
def test_damage_that_the_start_meets_is_mended_at_once(
    copy: Copy, nothing: Path, table: str
) -> None:
    scrapy(copy.folder, "verify")  # it is known to be sound
    lose(copy, table)
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert "set aside as ledger.sqlite.damaged-0, and made anew" in run.log
    assert scrapy(copy.folder, "verify").exit_code == 0


@pytest.mark.parametrize("table", ["article", "sketch"])
def test_damage_that_a_run_meets_ends_it_and_the_next_one_mends_it(
    copy: Copy, nothing: Path, table: str
) -> None:
    before = texts(copy)
    scrapy(copy.folder, "verify")
    lose(copy, table)
    run = begin(copy, nothing)
    assert run.exit_code == 5, run.log
    assert "ledger.sqlite: the ledger fails: database disk image is malformed" in run.log
    run = begin(copy, nothing)
    assert run.exit_code == 0, run.log
    assert "made anew" in run.log
    assert scrapy(copy.folder, "verify").exit_code == 0
    assert texts(copy).items() >= before.items()


def test_verify_finds_what_no_run_has_met(copy: Copy) -> None:
    scrapy(copy.folder, "verify")
    lose(copy, "outcome")
    run = scrapy(copy.folder, "verify")
    assert run.exit_code == 1
    assert "scrapy rebuild makes it again" in run.stdout
