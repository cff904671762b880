"""A second crawl asks only for what has changed; the archive and its replay have the pages."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from crawler.warc.reader import Record, records
from tests.replaying import offline, texts
from tests.running import Run, scrapy
from tests.servers.small_site import serving
from tests.spiders.test_nothing_kept import story
from tests.wire.crawling import TODAY

_CLOCK = Path(__file__).parents[1] / "wire" / "clock"
_ITEM = "<item><title>Ferry number {n} was seen</title><link>{home}/story/{n}</link></item>"
_FRONT = "<h2><a href='/story/{n}'>The ferry with the number {n} was seen again today</a></h2>"
_SITEMAP = "<url><loc>{home}/story/{n}</loc></url>"


@dataclass
class News:
    """A site with a front page, a section, a feed and a sitemap.

    It says of each answer which one it is by ETag, by Last-Modified or not at all (``validator``),
    and answers 304 to those who have it. ``asked`` notes path and whether that was conditional.
    """

    validator: str
    home: str = ""
    stories: range = range(1, 4)
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        path = head.split(b" ", 2)[1].decode()
        lines = head.lower()
        is_conditional = b"\r\nif-none-match: " in lines or b"\r\nif-modified-since: " in lines
        self.asked.append((path, is_conditional))
        body, kind = self._page(path)
        name, value = self._validator(body)
        status = "404 Not Found" if not body else "200 OK"
        more = f"{name}: {value}\r\n" if name and body else ""
        if more and f": {value}\r\n".lower().encode() in lines:
            out.write(f"HTTP/1.1 304 Not Modified\r\n{more}\r\n".encode())
            return
        if kind == "application/rss+xml":
            body, more = gzip.compress(body, mtime=0), f"{more}Content-Encoding: gzip\r\n"
        size = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        out.write(f"HTTP/1.1 {status}\r\n{more}{size}\r\n".encode() + body)

    def _validator(self, body: bytes) -> tuple[str, str]:
        digest = hashlib.sha256(body)
        if self.validator == "etag":
            return "ETag", f'"{digest.hexdigest()[:12]}"'
        if self.validator == "date":
            # Of 86,400 moments: of 60, two bodies would have the same one now and then.
            hour, minute, second = (
                n % most for n, most in zip(digest.digest(), (24, 60, 60), strict=False)
            )
            return "Last-Modified", f"Fri, 06 Mar 2026 {hour:02d}:{minute:02d}:{second:02d} GMT"
        return "", ""

    def _page(self, path: str) -> tuple[bytes, str]:
        def listed(entry: str) -> str:
            return "".join(entry.format(n=n, home=self.home) for n in self.stories)

        feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        menu = '<nav><a href="/world">World</a></nav>'
        front = f"<html><head><title>News</title>{feed}</head><body>{menu}{listed(_FRONT)}</body>"
        channel = f"<channel><title>News</title><link>{self.home}/</link>{listed(_ITEM)}</channel>"
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        html = "text/html"
        pages = {
            "/": (front, html),
            "/world": (f"{front}<p>World</p>", html),
            "/feed.xml": (f"<rss version='2.0'>{channel}</rss>", "application/rss+xml"),
            "/news.xml": (f"<urlset xmlns='{space}'>{listed(_SITEMAP)}</urlset>", "text/xml"),
            "/robots.txt": (f"Sitemap: {self.home}/news.xml\n", "text/plain"),
        }
        if path.startswith("/story/"):
            return story(int(path.rpartition("/")[2])), html
        body, kind = pages.get(path, ("", html))
        return body.encode(), kind

    def taken(self) -> list[tuple[str, bool]]:
        """Return what was asked since the last call."""
        asked, self.asked = self.asked, []
        return sorted(asked)


def crawl(archives: Path, news: News, *, days: int = 0) -> Run:
    now = TODAY + timedelta(days=days)
    clock = {"PYTHONPATH": str(_CLOCK), "NEWSREEL_NOW": now.isoformat()}
    url = ("-a", f"url={news.home}/", "-s", "RETRY_TIMES=0")
    run = scrapy(archives, "crawl", "wire", *url, env=clock)
    assert run.exit_code == 0, run.log
    return run


LINK_PAGES = ("/", "/feed.xml", "/news.xml", "/world")


@pytest.mark.parametrize("validator", ["etag", "date"])
def test_a_second_crawl_is_conditional(validator: str, archives: Path) -> None:
    with serving(News(validator)) as news:
        crawl(archives, news)
        first = news.taken()
        assert not any(conditional for _, conditional in first)
        assert {path for path, _ in first} >= set(LINK_PAGES)
        run = crawl(archives, news, days=1)
        second = news.taken()
        assert dict(second) == {
            **dict.fromkeys(LINK_PAGES, True),
            **{f"/story/{n}": True for n in news.stories},  # they are due
            "/robots.txt": False,
        }
        assert len(second) == len(first)
        stats = run.report["stats"]
        assert stats["conditional/sent"] == stats["conditional/unmodified"] == len(second) - 1
        news.stories = range(1, 5)
        run = crawl(archives, news, days=2)
        assert run.report["articles"]["new"] == 1
        third = dict(news.taken())
        assert all(third[path] for path in LINK_PAGES)
        assert third["/story/4"] is False
    assert len(texts(archives)) == 4
    revisits = {r.header("WARC-Profile") for r in _records(archives) if r.type == "revisit"}
    assert any(str(profile).endswith("/server-not-modified") for profile in revisits)
    check(archives)


def check(archives: Path) -> None:
    """Check that the archive is whole, and that its replay and a rebuild give the same."""
    settings = ("-s", f"ARCHIVES_DIR={archives}")
    verified = scrapy(archives, "verify")
    assert verified.exit_code == 0, verified.stdout
    run = offline("replay", "--check", *settings, archives=archives)
    assert run.exit_code == 0, run.stdout + run.log
    assert run.stdout.endswith("4 identical, 0 changed, 0 missing, 0 new\n")
    kept = texts(archives)
    assert scrapy(archives, "rebuild").exit_code == 0
    assert texts(archives) == kept


def _records(archives: Path) -> Iterator[Record]:
    for path in sorted((archives / "warc").iterdir()):
        yield from records(path)


def test_without_validators_nothing_is_conditional(archives: Path) -> None:
    with serving(News("")) as news:
        crawl(archives, news)
        news.taken()
        run = crawl(archives, news, days=1)
        assert not any(conditional for _, conditional in news.taken())
    assert "conditional/sent" not in run.report["stats"]


def test_a_page_whose_file_is_gone_is_asked_for_whole(archives: Path) -> None:
    with serving(News("etag")) as news:
        crawl(archives, news)
        news.taken()
        for path in (archives / "warc").iterdir():
            path.rename(archives.with_name(path.name))
        crawl_again = scrapy(archives, "crawl", "wire", "-a", f"url={news.home}/")
        assert crawl_again.exit_code in (0, 3), crawl_again.log
        assert not any(conditional for _, conditional in news.taken())
