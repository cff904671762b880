"""Redirects in circles, answers beyond the limit and refusals by robots.txt are three things."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from crawler.warc.reader import records
from tests.replaying import texts
from tests.running import Run, scrapy
from tests.servers.plain import answering
from tests.servers.small_site import page
from tests.spiders.test_nothing_kept import story

_FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>The Small Wire</title>"
    "<link>{home}/</link>{items}</channel></rss>"
)
_SECRET = "visitor=5f3e-cookie-of-the-run"


@dataclass
class Site:
    """Its feed links ``paths``; each answers by what it is called."""

    paths: tuple[str, ...]
    home: str = ""
    requested: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        path = head.split(b" ", 2)[1].decode()
        self.requested.append(path)
        lines = head.decode().split("\r\n")
        cookie = next((line for line in lines if line.lower().startswith("cookie:")), "")
        self.cookies.append(cookie)
        out.write(self._answer(path, has_cookie=_SECRET in cookie))

    def _answer(self, path: str, *, has_cookie: bool) -> bytes:
        name, _, number = path.strip("/").rpartition("/")
        if name in ("private", "public", "bomb", "long") or (
            name in ("wants", "asks") and has_cookie
        ):
            body, more = story(int(number)), ""
            if name in ("bomb", "long"):
                body += b" " * 3_000_000
            if name == "bomb":
                body, more = gzip.compress(body), "Content-Encoding: gzip\r\n"
            return page(body, more=more)
        ways = {
            "wants": (path, _SECRET),
            "asks": (f"/door?back={path}", ""),
            "circle": (f"/elcric/{number}", ""),
            "elcric": (f"/circle/{number}", ""),
            "endless": (f"/endless/{int(number) + 1}" if name == "endless" else "", ""),
        }
        return _moved(*ways[name]) if name in ways else self._other(path)

    def _other(self, path: str) -> bytes:
        if path == "/robots.txt":
            return page(b"User-agent: *\nDisallow: /private\n", kind="text/plain")
        if path.startswith("/door?back="):
            return _moved(path.partition("=")[2], f"{_SECRET}; Path=/; HttpOnly")
        urls = (f"{self.home}{path}" for path in self.paths)
        items = "".join(f"<item><title>S</title><link>{url}</link></item>" for url in urls)
        feed = _FEED.format(home=self.home, items=items).encode()
        return page(feed, kind="application/rss+xml")


def _moved(path: str, cookie: str = "") -> bytes:
    more = f"Location: {path}\r\n" + (f"Set-Cookie: {cookie}\r\n" if cookie else "")
    return page(b"", "302 Found", more=more)


def crawl(archives: Path, site: Site, *options: str) -> Run:
    fast = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0", "-s", "DOWNLOAD_MAXSIZE=1000000")
    return scrapy(archives, "crawl", "wire", "-a", f"url={site.home}/feed", *fast, *options)


def test_each_has_its_reason(archives: Path) -> None:
    site = Site(("/circle/1", "/endless/1", "/bomb/2", "/long/3", "/private/4", "/public/5"))
    with answering(site) as site.home:
        run = crawl(archives, site)
    assert run.exit_code == 3, run.log
    lost = {
        name: {first["address"].removeprefix(site.home) for first in loss["first"]}
        for name, loss in run.report["lost"].items()
    }
    assert lost == {
        "redirect_loop": {"/circle/1", "/endless/1"},
        "too_big": {"/bomb/2", "/long/3"},
        "robots": {"/private/4"},
    }
    details = "\n".join(p["message"] for p in run.report["problems"])
    assert "DOWNLOAD_MAXSIZE" in details
    assert "in circles" in details
    assert "more than 10 times" in details
    asked = [path for path in site.requested if "irc" in path or "cric" in path]
    assert len(asked) == 4, "a circle ends in its second round"
    assert len([path for path in site.requested if "endless" in path]) == 11
    assert len(texts(archives)) == 1


def test_a_site_gets_the_cookie_that_it_wants(archives: Path) -> None:
    """One sends each story in a circle of its own, one through a door."""
    site = Site(("/wants/1", "/wants/2", "/asks/3", "/asks/4", "/public/5"))
    with answering(site) as site.home:
        run = crawl(archives, site)
    assert run.exit_code == 0, run.log
    assert len(texts(archives)) == 5
    assert any(_SECRET in cookie for cookie in site.cookies)
    assert "HttpOnly" not in "".join(site.cookies)
    _check_secret(archives, run)
    again = scrapy(archives, "replay", "--check")
    assert again.exit_code == 0, again.stdout + again.log


def _check_secret(archives: Path, run: Run) -> None:
    requests = [
        record.block[:]
        for path in (archives / "warc").iterdir()
        for record in records(path)
        if record.type == "request"
    ]
    assert any(b"Cookie: [redacted]" in request for request in requests)
    assert not any(_SECRET.encode() in request for request in requests)
    assert _SECRET not in run.log + run.stdout
    for report in (archives / "reports").glob("*.json"):
        assert _SECRET not in report.read_text(encoding="utf-8")


def test_nobody_else_gets_cookies(archives: Path) -> None:
    site = Site(("/public/1",))
    with answering(site) as site.home:
        assert crawl(archives, site).exit_code == 0
    assert not any(site.cookies)
