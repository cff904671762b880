"""Other people's archives into our corpus, from end to end."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.server import serve
from demo.site import harbour_site
from tests import running
from tests.archive import articles
from tests.conftest import Scrapy
from tests.limits import small_files
from tests.running import LIMIT, ROOT, Run

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
Warc = Callable[..., Run]


def post(host: str, number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date": f"2024-04-{1 + number % 28:02d}T08:30:00",
        "guid": {"rendered": f"https://{host}/?p={number}"},
        "link": f"https://{host}/{number}",
        "title": {"rendered": f"Ferry {number}"},
        "content": {"rendered": f"<p>It sailed {number} times.</p>"},
    } | changes


def answer(host: str, *posts: dict[str, Any], second: int = 0) -> bytes:
    """Return a ``response`` record of the posts."""
    url = f"https://{host}/wp-json/wp/v2/posts?page={posts[0]['id']}"
    return articles.response(url, json.dumps(posts).encode(), second, JSON)


@pytest.fixture
def warc(scrapy: Scrapy) -> Warc:
    """Run ``scrapy crawl warc -a NAME=VALUE…``."""

    def run(*args: str, **spider: object) -> Run:
        options = [part for name, value in spider.items() for part in ("-a", f"{name}={value}")]
        return scrapy("crawl", "warc", *options, *args)

    return run


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Write an archive of three sites, one of which has posts of another."""
    return articles.warc(
        tmp_path / "foreign.warc.gz",
        answer("news.test", post("news.test", 1), post("news.test", 2)),
        answer("www.other.test", post("www.other.test", 3, date="2023-01-01T00:00:00")),
        answer("evil.test", post("news.test", 4, guid={"rendered": "https://news.test/?p=1"})),
        articles.response("https://news.test/feed", b"<rss version='2.0'/>"),
        articles.response("https://news.test/ferry-4", b"<html><p>About us."),
    )


def packed(path: Path) -> Path:
    """Pack the archive into a WACZ."""
    wacz = path.with_name("foreign.wacz")
    with zipfile.ZipFile(wacz, "w") as archive:
        archive.write(path, f"archive/{path.name}")
    return wacz


def articles_of(archives: Path) -> set[tuple[str, ...]]:
    """Return (source, guid, date, text digest) of all that the ledger holds."""
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as ledger:
        found = ledger.execute("SELECT source, guid, date, hex(text_digest) FROM article")
        return {tuple(row) for row in found}


def stats(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = run.report["stats"]
    return {name.removeprefix("warc/"): n for name, n in found.items() if name[:5] == "warc/"}


def test_a_crawl_and_its_archive_read_give_the_same(tmp_path: Path) -> None:
    crawled, read = tmp_path / "crawled", tmp_path / "read"
    with serve(harbour_site()) as site:
        run = running.scrapy(crawled, "crawl", "wordpress", "-a", f"site={site.home}")
    assert run.exit_code == 0, run.log
    anew = ("-a", "source=127.0.0.1")
    again = running.scrapy(read, "crawl", "warc", "-a", f"path={crawled}/warc", *anew)
    assert again.exit_code == 0, again.log
    assert articles_of(read) == articles_of(crawled)
    assert sorted(again.texts.values()) == sorted(run.texts.values())
    dropped = {name: n for name, n in run.report["dropped"].items() if n}
    assert again.report["dropped"] == dropped


def test_articles_their_sources_and_what_is_left_out(warc: Warc, foreign: Path) -> None:
    run = warc(path=foreign)
    assert run.exit_code == 0, run.log
    assert sorted(run.headlines) == ["Ferry 1", "Ferry 2", "Ferry 3"]
    assert {row[0] for row in articles_of(run.archives)} == {"news.test", "other.test"}
    found = stats(run)
    assert found["skipped/off_site"] == found["skipped/feed"] == 1
    assert found["articles"] == 3
    assert found["records"] == 5
    assert found["bytes"] == found["bytes_total"] == foreign.stat().st_size
    evidence = "no prose in the 9 letters that it shows outside of links"
    assert run.report["lost"]["no_text"]["first"] == [
        {"address": "https://news.test/ferry-4", "detail": evidence}
    ]
    assert f"; it is https://news.test/ferry-4 ({evidence})\n" in run.stdout


def test_the_page_rules_of_the_sources_file_hold(warc: Warc, tmp_path: Path) -> None:
    words = "<p>It sailed on its old way to the islands, as it has for many years.</p>" * 4
    nine = "The ninth ferry of the year sailed on its old way."
    page = (
        "<time datetime='2024-04-09'></time><h1>Ferry 9</h1>"
        f"<div>{words}</div><section><p>{nine}</p></section>"
    )
    path = articles.warc(
        tmp_path / "foreign.warc.gz",
        answer("news.test", post("news.test", 1)),
        articles.response("https://news.test/9", page.encode()),
    )
    run = warc(path=path)
    assert run.exit_code == 0, run.log
    file = tmp_path / "own.toml"
    file.write_text(
        "[news]\nname = 'News'\nsite = 'https://news.test/'\n[news.pages]\n"
        "dateline = '(?P<mark>It sailed)\\s'\ntemplates = [{ body = '//section' }]\n",
        encoding="utf-8",
    )
    own = warc("-s", f"SOURCES_FILE={file}", path=path)
    assert own.exit_code == 0, own.log
    assert stats(own)["records"] == 2, "other rules are another question: it is read again"
    assert sorted(own.texts.values()) == [
        " date 2024-04-02 Ferry 1\n1 times.\n",
        f" date 2024-04-09 Ferry 9\n{nine}\n",
    ]
    again = warc("-s", f"SOURCES_FILE={file}", path=path)
    assert "records" not in stats(again)


@pytest.mark.parametrize(
    ("asked", "headlines"),
    [
        ({"domains": "other.test"}, ["Ferry 3"]),
        ({"after": "2024-04-03"}, ["Ferry 2"]),
        ({"before": "2024-01-01"}, ["Ferry 3"]),
        ({"language": "en"}, []),
    ],
)
def test_filters(warc: Warc, foreign: Path, asked: dict[str, str], headlines: list[str]) -> None:
    run = warc(path=foreign, **asked)
    assert run.exit_code == 0, run.log
    assert run.headlines == headlines


def test_a_file_is_read_once(warc: Warc, foreign: Path) -> None:
    first = warc(path=foreign)
    again = warc(path=foreign)
    assert (first.exit_code, again.exit_code) == (0, 0), again.log
    assert stats(again) == {"files": 1, "files_held": 1, "bytes_total": 0}
    filtered = warc(path=foreign, domains="news.test")
    assert filtered.report["articles"] == {"duplicate": 2}
    os.utime(foreign, (1, 1))
    changed = warc(path=foreign)
    assert changed.report["articles"] == {"duplicate": 3}
    assert articles_of(changed.archives) == articles_of(first.archives)


def test_trace_and_verify_follow_the_record(
    scrapy: Scrapy, warc: Warc, foreign: Path, archives: Path
) -> None:
    foreign = packed(foreign)
    run = warc(path=foreign)
    name = next(iter(run.texts))
    traced = scrapy("trace", name)
    assert traced.exit_code == 0, traced.stdout
    assert f"origin-warc: {foreign}\n" in traced.stdout
    assert "origin-url: https://news.test/wp-json/wp/v2/posts?page=1\n" in traced.stdout
    assert scrapy("verify").exit_code == 0, scrapy("verify").stdout
    payload = scrapy("trace", "--payload", name)
    assert json.loads(payload.stdout)[0]["id"] == 1
    foreign.rename(archives / "warc" / foreign.name)
    assert scrapy("trace", name).exit_code == 0
    (archives / "warc" / foreign.name).unlink()
    gone = scrapy("trace", name)
    assert gone.exit_code == 1
    assert "No such file" in gone.stdout


def test_a_rebuilt_ledger_knows_the_articles(scrapy: Scrapy, warc: Warc, foreign: Path) -> None:
    run = warc(path=foreign)
    held = articles_of(run.archives)
    assert scrapy("rebuild").exit_code == 0
    assert articles_of(run.archives) == held
    assert warc(path=foreign).report["articles"] == {"duplicate": 3}


def test_damage_is_named(warc: Warc, tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    members = [answer("news.test", post("news.test", n)) for n in range(3)]
    articles.warc(path, *members)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle] ^= 0x55
    path.write_bytes(data)
    run = warc(path=path)
    assert run.exit_code == 3, run.log
    assert sorted(run.headlines) == ["Ferry 0", "Ferry 2"]
    [problem] = run.report["problems"]
    assert problem["kind"] == "warc_damaged"
    assert re.match(rf"{path}: \d+ bytes at byte \d+: .*damaged", problem["message"])
    assert stats(run)["faults"] == 1


def test_a_page_that_takes_too_long_is_named(warc: Warc, tmp_path: Path) -> None:
    slow = post("news.test", 1, content={"rendered": "<p><b>x</b> y</p>" * 1_000_000})
    path = articles.warc(
        tmp_path / "x.warc.gz", answer("news.test", slow), answer("news.test", post("news.test", 2))
    )
    run = warc("-s", "WARC_PAGE_TIMEOUT=0.6", path=path)
    assert run.exit_code == 3, run.log
    assert run.headlines == ["Ferry 2"]
    assert [problem["kind"] for problem in run.report["problems"]] == ["warc_page_timeout"]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({}, "path=''"),
        ({"path": "/nowhere/*.warc.gz"}, "path='/nowhere/*.warc.gz'"),
        ({"path": "{foreign}", "domains": "https://news.test"}, "domains='https://news.test'"),
        ({"path": "{foreign}", "language": "english"}, "language='english'"),
        ({"path": "{foreign}", "after": "yesterday"}, "after='yesterday'"),
        ({"path": "{foreign}", "before": "2024-01-01T00:00:00Z"}, "before="),
        ({"path": "{foreign}", "colour": "red"}, "colour"),
    ],
)
def test_arguments_that_cannot_be_used(
    warc: Warc, foreign: Path, asked: dict[str, str], named: str
) -> None:
    run = warc(**{name: value.format(foreign=foreign) for name, value in asked.items()})
    assert run.exit_code == 2, run.log
    assert named in run.log


@pytest.mark.parametrize("setting", ["WARC_WORKERS=many", "WARC_PAGE_TIMEOUT=-1"])
def test_settings_that_cannot_be_used(warc: Warc, foreign: Path, setting: str) -> None:
    run = warc("-s", setting, path=foreign)
    assert run.exit_code == 2, run.log
    assert setting.partition("=")[0] in run.log


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08"])
def test_nothing_in_it(warc: Warc, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(content)
    run = warc(path=path)
    assert run.exit_code == 4, run.log
    assert f"there is no article in {path}" in run.stdout


def test_progress_shows_the_share(warc: Warc, foreign: Path) -> None:
    line = [line for line in warc(path=foreign).log.splitlines() if line.startswith("warc: ")][-1]
    assert re.search(
        r"3 new, [\d.]+ of [\d.]+ MB \(100%\), [\d.]+ MB/s, 0:00:\d\d, 0:00:00 left", line
    )


MANY = 1500


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write an archive that takes a while to read."""
    members = (answer("news.test", post("news.test", n)) for n in range(MANY))
    return articles.warc(tmp_path_factory.mktemp("many") / "many.warc.gz", *members)


@contextmanager
def under_way(archives: Path, path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run, and yield it once it has read a part of the archive at *path*."""
    args = ["crawl", "warc", "-a", f"path={path}", "-s", f"ARCHIVES_DIR={archives}"]
    with subprocess.Popen(
        [sys.executable, "-m", "scrapy", *args, "-L", "ERROR", "-s", "WARC_BOOKMARK_INTERVAL=0.1"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until = time.monotonic() + LIMIT
        while not _bookmark(archives) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        yield process
        process.kill()


def _bookmark(archives: Path) -> int:
    """Return how far the one archive was read."""
    path = archives / "ledger.sqlite"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as ledger:
        try:
            found = ledger.execute("SELECT offset FROM bookmark").fetchone()
        except sqlite3.OperationalError:
            return 0
    return int(found[0]) if found else 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_was_ended_goes_on_where_it_was(
    warc: Warc, archives: Path, many: Path, number: signal.Signals
) -> None:
    with under_way(archives, many) as process:
        process.send_signal(number)
        code = process.wait(LIMIT)
    assert code == (-number if number == signal.SIGKILL else 128 + number)
    read = _bookmark(archives)
    assert 0 < read < many.stat().st_size
    run = warc(path=many)
    assert run.exit_code == 0, run.log
    assert stats(run)["bytes_total"] == many.stat().st_size - read
    assert stats(run)["articles"] < MANY
    assert sorted(run.headlines, key=lambda line: int(line[6:])) == [
        f"Ferry {n}" for n in range(MANY)
    ]


def test_a_full_disk_ends_the_run_and_loses_nothing(warc: Warc, archives: Path, many: Path) -> None:
    with small_files(300_000):
        run = warc("-s", "WARC_BOOKMARK_INTERVAL=0.1", path=many)
    assert run.exit_code == 5, run.log
    assert _bookmark(archives) < many.stat().st_size
    again = warc(path=many)
    assert again.exit_code == 0, again.log
    assert len(articles_of(archives)) == MANY
