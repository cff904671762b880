"""Stories whose addresses somebody keeps in a file: ``crawl wire -a urls=FILE``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT, scrapy
from tests.wire.crawling import Wire

STORIES = (
    "/2026/03/06/business/cannery-reopens",
    "/world/northland/ferries-resume-after-storm-2026-03-03/",
    "/hub/sea/whale-rescue-22b04e",
)


def written(folder: Path, *lines: str) -> Path:
    file = folder / "wanted.txt"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_stories_of_a_file(wire: Wire, tmp_path: Path) -> None:
    home = wire.service.home
    file = written(
        tmp_path,
        "# for the flood project",
        *(f"{home}{path}   # wanted" for path in STORIES),
        "",
        f"{home}{STORIES[0]}",
        "two words",
        f"{home}/nowhere",
    )
    run = wire.crawl(urls=str(file))
    assert run.exit_code == 3
    assert len(run.texts) == len(STORIES)
    (problem,) = run.report["problems"]
    assert problem["kind"] == "address_unusable"
    assert problem["message"] == f"{file}, line 7: 'two words' is no address"
    assert [gone["address"] for gone in run.report["lost"]["gone"]["first"]] == [f"{home}/nowhere"]
    assert run.report["source"] == "127.0.0.1"
    # The list alone is read, no page that links stories.
    asked = set(wire.service.requested_paths) - {"/robots.txt"}
    assert asked == {*STORIES, "/nowhere"}

    wire.service.publish("first")
    again = wire.crawl(urls=str(file))
    assert set(wire.service.requested_paths) - {"/robots.txt"} == {"/nowhere"}
    assert again.texts == run.texts

    file.unlink()
    check = scrapy(wire.archives, "replay", "--check")
    assert check.stdout.endswith("3 identical, 0 changed, 0 missing, 0 new\n"), check.log
    assert check.exit_code == 0


def test_standard_input(wire: Wire) -> None:
    options = ("-s", f"ARCHIVES_DIR={wire.archives}", "-s", "ADDRESS_GUARD_ALLOW=127.0.0.0/8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "scrapy", "crawl", "wire", "-a", "urls=-", *options),
            *("-s", "DOWNLOAD_DELAY=0", "-L", "WARNING"),
        ],
        cwd=ROOT,
        input=f"{wire.service.home}{STORIES[0]}\n".encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"1 new" in done.stdout


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "no address is in it, write one a line"),
        (("no address here",), "line 1: 'no address here' is no address"),
        (
            ("https://one.example/a", "https://two.example/b"),
            "of 2 sources (one.example, two.example): say under which name they are held",
        ),
    ],
    ids=["empty", "no address", "many sites"],
)
def test_a_list_that_cannot_be_used(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    file = written(tmp_path, *lines)
    run = scrapy(tmp_path / "archives", "crawl", "wire", "-a", f"urls={file}")
    assert run.exit_code == 2
    assert said in run.log


def test_no_file(tmp_path: Path) -> None:
    run = scrapy(tmp_path / "archives", "crawl", "wire", "-a", f"urls={tmp_path / 'none'}")
    assert run.exit_code == 2
    assert "No such file" in run.log
