"""Small news sites for rounds: a feed with its stories, each site at an address of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import BinaryIO

from tests.running import LIMIT, LOOPBACK, ROOT, Run, scrapy
from tests.servers.small_site import SmallSite, page, serving
from tests.wire.small import Item

_HOME = """<!DOCTYPE html><html lang="en"><head><title>The {name}</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body></body></html>"""
_FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>
<link>{home}/</link>{items}</channel></rss>"""
_ITEM = """<item><title>{title}</title><link>{home}{path}</link><guid>{home}{path}</guid>
<pubDate>{date}</pubDate></item>"""
_DATE = "Sat, 07 Mar 2026 08:00:00 GMT"


@dataclass
class RoundSite(SmallSite):
    """The site *name* with *stories*; ``fails`` answers 503, ``hangs`` never.

    Each answer takes ``slow`` seconds. ``most_at_once`` is how many were being made at a time, of
    this site and those that share its ``counter``; ``authorized`` notes headers that are secret.
    The stories were ``published`` then, if that is given, and else all on one day. Its failures ask
    for a wait of ``retry_after``, and ``robots`` is its robots.txt.
    """

    name: str
    stories: int = 3
    fails: bool = False
    hangs: bool = False
    slow: float = 0.0
    authorized: list[bytes] = field(default_factory=list)
    published: list[datetime] = field(default_factory=list)
    retry_after: str = ""
    robots: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        if b"authorization:" in head.lower():
            self.authorized.append(head)
        if self.hangs and b"GET /robots.txt" not in head:
            self.requested.append("hangs")
            self.closing.wait()
            return
        time.sleep(self.slow)
        super().__call__(head, out)

    @property
    def items(self) -> list[Item]:
        """The stories."""
        return [self._item(n) for n in range(1, 1 + (len(self.published) or self.stories))]

    def _item(self, n: int) -> Item:
        item = Item(
            path=f"/{self.name}/story-{n}",
            title=f"The {self.name} was seen {n} times",
            about=f"{self.name} number {n}",
        )
        if self.published:
            return replace(item, published=self.published[n - 1].isoformat())
        return item

    def _answer(self, path: str) -> bytes:
        if self.fails:
            more = f"Retry-After: {self.retry_after}\r\n" if self.retry_after else ""
            return page(b"No.", "503 Service Unavailable", more=more)
        if path == "/robots.txt" and self.robots:
            return page(self.robots.encode(), kind="text/plain")
        if path == "/":
            return page(_HOME.format(name=self.name).encode())
        if path == "/feed.xml":
            items = "".join(map(self._entry, self.items))
            body = _FEED.format(name=self.name, home=self.home, items=items)
            return page(body.encode(), kind="application/rss+xml")
        for item in self.items:
            if item.path == path:
                return page(item.page.replace("{home}", self.home).encode())
        return page(b"No.", "404 Not Found")

    def _entry(self, item: Item) -> str:
        date = format_datetime(datetime.fromisoformat(item.published)) if self.published else _DATE
        return _ITEM.format(title=item.title, home=self.home, path=item.path, date=date)


@contextmanager
def serve(sites: Sequence[RoundSite], hosts: Sequence[str] = ()) -> Iterator[None]:
    """Serve *sites*, each at an address of its own if there are no *hosts*."""
    with ExitStack() as stack:
        for number, site in enumerate(sites, 1):
            host = hosts[number - 1] if hosts else f"127.0.1.{number}"
            stack.enter_context(serving(site, host))
            stack.callback(site.closing.set)
        yield


def write_sources(path: Path, sites: Sequence[RoundSite], more: str = "") -> None:
    """Write the sources file *path* with an entry for each site, and *more* lines in it."""
    path.write_text(
        "".join(
            f'[{site.name}]\nsite = "{site.home}/"\nfeeds = ["{site.home}/feed.xml"]\n'
            f'every = "1h"\n{more}\n'
            for site in sites
        ),
        encoding="utf-8",
    )


def run_round(
    archives: Path, sources: Path, *options: str, env: dict[str, str] | None = None
) -> Run:
    """Run ``scrapy round`` with the sources file *sources*, whatever is due."""
    return scrapy(archives, "round", "-s", f"SOURCES_FILE={sources}", *options, env=env)


def watch_until(
    archives: Path,
    sources: Path,
    has_come: Callable[[str], bool],
    *options: str,
    env: dict[str, str] | None = None,
) -> Run:
    """Run ``scrapy round --watch`` until *has_come* says so of its log, and end it by SIGTERM."""
    named = ("-s", f"ARCHIVES_DIR={archives}", "-s", f"SOURCES_FILE={sources}", *LOOPBACK)
    log = sources.with_name("watch.log")
    with (
        log.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "scrapy", "round", "--watch", *named, *options],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and not has_come(log.read_text(encoding="utf-8")):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=LIMIT)
    return Run(process.returncode, out, log.read_text(encoding="utf-8"), archives)
