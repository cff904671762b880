"""A run that met something and kept none of it names the reason, and ends with 3."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.warc.reader import records
from tests.replaying import texts
from tests.running import Run, scrapy
from tests.servers.small_site import SmallSite, page, serving

_STORY = (
    "<!DOCTYPE html><html lang='en'><head><title>{title}</title>{day}</head><body><article>"
    "<h1>{title}</h1><p>The ferry was seen again on Saturday, by more people than ever before.</p>"
    "<p>Nobody who was asked could say where a ferry like that might have come from.</p>"
    "</article></body></html>"
)
_DAY = "<meta property='article:published_time' content='2026-03-07T10:00:00Z'>"
_FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>The Small Wire</title>"
    "<link>{home}/</link>{items}</channel></rss>"
)
_ITEM = "<item><title>Story {n}</title><link>{url}</link><guid>{url}</guid>{day}</item>"
_RSS_DAY = "<pubDate>Sat, 07 Mar 2026 10:00:00 GMT</pubDate>"


def story(n: int, *, dated: bool = True) -> bytes:
    return _STORY.format(title=f"Ferry number {n} was seen", day=_DAY if dated else "").encode()


@dataclass
class Pages(SmallSite):
    """A small news site: its ``feed`` links stories 1 to 3, which answer with ``answer``."""

    answer: Callable[[int], bytes] = lambda n: page(story(n))
    links: str = "{home}/story/{n}"
    robots: bytes = b""
    dated: bool = True

    def _answer(self, path: str) -> bytes:
        if path == "/robots.txt":
            return page(self.robots, kind="text/plain")
        if path == "/feed.xml":
            return page(self._feed.encode(), kind="application/rss+xml")
        return self.answer(int(path.rpartition("/")[2]))

    @property
    def _feed(self) -> str:
        urls = [self.links.format(home=self.home, n=n) for n in (1, 2, 3)]
        day = _RSS_DAY if self.dated else ""
        items = "".join(_ITEM.format(n=n, url=url, day=day) for n, url in enumerate(urls, 1))
        return _FEED.format(home=self.home, items=items)


def crawl(archives: Path, pages: Pages, *options: str) -> Run:
    url = ("-a", f"url={pages.home}/feed.xml")
    return scrapy(archives, "crawl", "wire", *url, "-s", "RETRY_TIMES=0", *options)


def outcomes(archives: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as database:
        return database.execute("SELECT * FROM outcome ORDER BY source, url").fetchall()


_LOGIN = page(b"<html><title>Log in</title><body><h1>Log in</h1><p>Please.</p></body></html>")
_HUMAN = page(b"<html><title>Just a moment...</title><body><p>Wait.</p></body></html>")
_GALLERY = page(b"<html><title>Ferries</title><body><h1>Ferries</h1></body></html>")
_PDF = page(b"%PDF-1.7 ferries", kind="application/pdf")
CASES = {
    "off_site": (Pages(links="http://127.0.0.2:1/story/{n}"), "allow_hosts=127.0.0.2"),
    "robots": (Pages(robots=b"User-agent: *\nDisallow: /story\n"), "Ask the publisher"),
    "gone": (Pages(answer=lambda n: page(b"", "404 Not Found")), "has moved"),
    "status": (Pages(answer=lambda n: page(b"", "500 No")), "again later"),
    "failed": (Pages(answer=lambda n: b""), "again later"),
    "challenge": (Pages(answer=lambda n: _HUMAN), "USER_AGENT"),
    "soft_error": (Pages(answer=lambda n: _LOGIN), "in a browser"),
    "no_text": (Pages(answer=lambda n: _GALLERY), "in a browser"),
    "no_date": (Pages(answer=lambda n: page(story(n, dated=False)), dated=False), "in a browser"),
    "not_html": (Pages(answer=lambda n: _PDF), "in a browser"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_reason_alone(name: str, archives: Path) -> None:
    pages, fix = CASES[name]
    with serving(pages):
        for _ in "first", "again":
            run = crawl(archives, pages)
            assert run.exit_code == 3, run.log
            named = [p["message"] for p in run.report["problems"] if p["kind"] == "nothing_kept"]
            assert len(named) == 1, run.report["problems"]
            lost = run.report["lost"][name]
            assert lost["count"] == len(lost["first"]) == 3
            addresses = [pages.links.format(home=pages.home, n=n) for n in (1, 2, 3)]
            assert sorted(first["address"] for first in lost["first"]) == addresses
            assert named[0].startswith(f"nothing was kept. 3 {name}: "), named
            assert f"; the first is {lost['first'][0]['address']}" in named[0]
            assert fix in named[0]
            assert named[0] in run.stdout
    assert {(row[3], row[1].rpartition("/")[2]) for row in outcomes(archives)} == {
        (name, n) for n in "123"
    }
    check_rebuild(archives)
    replayed = scrapy(archives, "replay", "--check")
    assert replayed.exit_code == 0, replayed.stdout + replayed.log


def outcome_records(archives: Path) -> Counter[str]:
    """Return how many records of outcomes there are of each address."""
    found = (
        json.loads(bytes(record.block))
        for path in (archives / "warc").iterdir()
        for record in records(path)
        if record.type == "metadata" and record.header("Content-Type") == "application/json"
    )
    return Counter(facts["url"] for facts in found if "outcome" in facts)


def check_rebuild(archives: Path, most: int = 1) -> None:
    """Rebuild the ledger: the WARC files alone bring every outcome back.

    An address has no more than *most* records, however often it was met.
    """
    before, kept = outcomes(archives), texts(archives)
    written = outcome_records(archives)
    assert {row[1] for row in before} <= written.keys()
    assert max(written.values(), default=0) <= most
    rebuilt = scrapy(archives, "rebuild")
    assert rebuilt.exit_code == 0, rebuilt.stdout + rebuilt.log
    assert outcomes(archives) == before
    assert texts(archives) == kept
    assert scrapy(archives, "verify").exit_code == 0


def test_what_is_held_already_is_complete(archives: Path) -> None:
    with serving(Pages()) as pages:
        first = crawl(archives, pages)
        assert first.exit_code == 0, first.log
        assert outcomes(archives) == []
        warcs = list((archives / "warc").iterdir())
        again = crawl(archives, pages)
        assert again.exit_code == 0, again.log
        assert again.report["held"] == 3
        assert again.report["lost"] == {}
        assert len(list((archives / "warc").iterdir())) == len(warcs) + 1


def test_what_was_not_asked_for_is_complete(archives: Path) -> None:
    with serving(Pages()) as pages:
        run = crawl(archives, pages, "-a", "after=2026-04-01")
        assert run.exit_code == 0, run.log
        assert run.report["lost"]["date"]["count"] == 3
        assert outcomes(archives) == []


def test_an_outcome_ends_when_the_text_comes(archives: Path) -> None:
    with serving(Pages(answer=lambda n: page(b"", "503 Busy"))) as pages:
        assert crawl(archives, pages).exit_code == 3
        (before,) = {row[2] for row in outcomes(archives)}
        pages.answer = lambda n: page(b"", "503 Busy") if n == 1 else page(story(n))
        run = crawl(archives, pages)
        assert run.exit_code == 3
        (left,) = outcomes(archives)
        assert left[1].endswith("/story/1")
        assert left[2] == before, "it is the same as in the first run, and not written again"
        assert not [p for p in run.report["problems"] if p["kind"] == "nothing_kept"]
        check_rebuild(archives, most=2)
        pages.answer = lambda n: page(story(n))
        assert crawl(archives, pages).exit_code == 0
        assert outcomes(archives) == []
        check_rebuild(archives, most=2)


def test_the_report_says_what_was_run_and_where_it_lies(archives: Path) -> None:
    with serving(Pages()) as pages:
        run = crawl(archives, pages, "-a", "permission=p:w@x")
    (file,) = (archives / "reports").glob("*.json")
    assert f"\n  report    {file.with_suffix('.html')}\n" in run.stdout
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["arguments"] == {"url": f"{pages.home}/feed.xml", "permission": "x"}
    assert report["version"]
    assert report["run"].startswith("urn:uuid:")
    assert report["file"] == str(file)
