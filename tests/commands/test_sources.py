"""``scrapy sources``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.sources.sources_file import load
from tests.conftest import Scrapy
from tests.running import ROOT


def test_the_services_are_listed(scrapy: Scrapy) -> None:
    run = scrapy("sources")
    assert run.exit_code == 0, run.log
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    assert [row[0] for row in rows] == list(load())
    found = {row[0]: row for row in rows}
    assert found["kyodo"] == [
        "kyodo",
        "Kyodo News",
        "https://english.kyodonews.net/",
        "sitemaps 1",
        "partly unverified",
    ]
    assert found["efe"][3] == "-"
    assert found["reuters"][4] == "needs permission, partly unverified"


def test_an_entry_is_shown_with_its_facts(scrapy: Scrapy) -> None:
    run = scrapy("sources", "reuters")
    assert run.exit_code == 0, run.log
    lines = run.stdout.splitlines()
    assert lines[:3] == ["key: reuters", "name: Reuters", "site: https://www.reuters.com/"]
    assert "listings: world, https://www.reuters.com/world/" in lines
    assert any(line.startswith("forbidden: robots.txt says") for line in lines)
    assert any(line.startswith("facts: ") and "fundus" in line for line in lines)
    assert any(line.startswith("unverified: ") for line in lines)


def test_your_own_file_is_on_top(scrapy: Scrapy, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[gazette]\nname = "Gazette\\u001b[31m"\nsite = "https://gazette.example/"\n'
        'enabled = false\nevery = "1h30m"\ntags = ["coast"]\nsince = "2020-01-31"\n'
        'arguments = { search = "harbour", max_articles = 5 }\nlicense = "CC BY"\n'
    )
    own = ("-s", f"SOURCES_FILE={path}")
    run = scrapy("sources", *own)
    assert run.exit_code == 0, run.log
    last = run.stdout.splitlines()[-1]
    assert last == "gazette\tGazette\\x1b[31m\thttps://gazette.example/\t-\tyours, disabled"
    assert scrapy("sources", "--tag", "coast", *own).stdout == f"{last}\n"
    assert scrapy("sources", "gazette", *own).stdout.splitlines()[3:] == [
        *("spider: wire", "license: CC BY", "since: 2020-01-31", "source: gazette"),
        *("every: 1:30:00", "enabled: false", "arguments: search=harbour, max_articles=5"),
        *("domains: gazette.example", "tags: coast"),
    ]


def test_a_broken_file_of_your_own_is_named(scrapy: Scrapy, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[ap]\nfeeds = ["apnews.com"]\n')
    run = scrapy("sources", "-s", f"SOURCES_FILE={path}")
    assert (run.exit_code, run.stdout) == (2, "")
    assert f"{path}: [ap] feeds" in run.log


@pytest.mark.parametrize(("key", "said"), [("apnews", "did you mean ap?"), ("zzz", "lists them")])
def test_an_unknown_key(scrapy: Scrapy, key: str, said: str) -> None:
    run = scrapy("sources", key)
    assert (run.exit_code, run.stdout) == (2, "")
    assert said in run.log


def test_two_keys_are_one_too_many(scrapy: Scrapy) -> None:
    assert scrapy("sources", "ap", "afp").exit_code == 2


def test_a_reader_that_has_read_enough_is_no_error(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "scrapy", "sources", "-s", f"ARCHIVES_DIR={tmp_path}"]
    done = subprocess.run(
        command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")
