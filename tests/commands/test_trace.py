"""``scrapy trace``."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from crawler.state.backends import open_store
from crawler.warc.message import payload
from tests.checks.crawled import Copy, copy, crawled
from tests.running import LIMIT, ROOT, scrapy

__all__ = ["copy", "crawled"]


def test_names_and_values(crawled: Copy) -> None:
    path = crawled.texts[9]
    run = scrapy(crawled.folder, "trace", path.name)
    assert run.exit_code == 0, run.log
    lines = dict(line.split(": ", 1) for line in run.stdout.splitlines())
    assert lines["file"] == str(path)
    assert lines["origin-http-status"] == "200"
    with closing(open_store(f"sqlite:{crawled.folder / 'ledger.sqlite'}")) as store:
        held = store.with_files([path.name])[0]
        of_run = store.run(lines["run"])
    assert of_run
    assert held.conversion
    assert lines["collected"] == held.collected == held.conversion.date
    assert of_run.started < held.collected < of_run.ended == lines["run-ended"]
    assert lines["run-exit-code"] == "0"
    assert run.stdout.endswith("\nverified: yes\n")


@pytest.mark.parametrize("number", [0, 9])
def test_the_bytes_themselves_also_through_a_revisit(crawled: Copy, number: int) -> None:
    command = [
        "trace",
        "--payload",
        str(crawled.texts[number]),
        "-s",
        f"ARCHIVES_DIR={crawled.folder}",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", *command, "-s", f"ARCHIVES_DIR={crawled.folder}"],
        cwd=ROOT,
        capture_output=True,
        timeout=LIMIT,
        check=True,
    )
    bodies = [payload(crawled.record("response", n)[1].block) for n in (5, 12)]
    assert done.stdout == bodies[number == 9]


def test_what_differs_is_named(copy: Copy) -> None:
    path = copy.texts[9]
    path.write_bytes(path.read_bytes() + b"One more paragraph.\n")
    run = scrapy(copy.folder, "trace", str(path))
    assert run.exit_code == 1
    assert run.stdout.splitlines()[-1] == (
        f"verified: {path.name} is not the block of its conversion record"
    )
    run = scrapy(copy.folder, "trace", "--payload", str(path))
    assert run.exit_code == 1
    assert "is not the block" in run.log
    assert run.stdout.startswith("[{")


def test_a_payload_that_cannot_be_read(copy: Copy) -> None:
    copy.flip(copy.record("response", 12))
    run = scrapy(copy.folder, "trace", "--payload", str(copy.texts[9]))
    assert (run.exit_code, run.stdout) == (1, "")
    assert "damaged" in run.log


def test_without_a_ledger_or_an_article(copy: Copy) -> None:
    unknown = copy.folder / "text" / "900_0123456789abcdef.txt"
    unknown.write_bytes(b" date 2024-01-01 A\n")
    run = scrapy(copy.folder, "trace", unknown.name)
    assert (run.exit_code, run.stdout) == (1, "")
    assert "the ledger knows no article of the file 900_" in run.log
    for path in copy.folder.glob("ledger.sqlite*"):
        path.unlink()
    run = scrapy(copy.folder, "trace", unknown.name)
    assert (run.exit_code, run.stdout) == (1, "")
    assert "there is no ledger" in run.log
    assert not (copy.folder / "ledger.sqlite").exists()


@pytest.mark.parametrize("arguments", [("nowhere.txt",), (), ("a", "b")])
def test_wrong_usage_is_exit_code_2(copy: Copy, arguments: tuple[str, ...]) -> None:
    run = scrapy(copy.folder, "trace", *arguments)
    assert run.exit_code == 2, run.log
    assert "Traceback" not in run.log


def test_no_archive(archives: Path) -> None:
    run = scrapy(archives, "trace", "nowhere.txt")
    assert run.exit_code == 2
    assert not archives.exists()
