"""Small news sites for rounds: a feed with its stories, each site at an address of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tests.running import Run, scrapy
from tests.servers.small_site import SmallSite, page, serving
from tests.wire.small import Item

_FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>
<link>{home}/</link>{items}</channel></rss>"""
_ITEM = """<item><title>{title}</title><link>{home}{path}</link><guid>{home}{path}</guid>
<pubDate>Sat, 07 Mar 2026 08:00:00 GMT</pubDate></item>"""


@dataclass
class RoundSite(SmallSite):
    """The site *name* with *stories*; ``fails`` answers 503, ``hangs`` never.

    Each answer takes ``slow`` seconds. ``most_at_once`` is how many were being made at a time, of
    this site and those that share its ``counter``; ``authorized`` notes headers that are secret.
    """

    name: str
    stories: int = 3
    fails: bool = False
    hangs: bool = False
    slow: float = 0.0
    authorized: list[bytes] = field(default_factory=list)
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
        return [
            Item(
                path=f"/{self.name}/story-{n}",
                title=f"The {self.name} was seen {n} times",
                about=f"{self.name} number {n}",
            )
            for n in range(1, self.stories + 1)
        ]

    def _answer(self, path: str) -> bytes:
        if self.fails:
            return page(b"No.", "503 Service Unavailable")
        if path == "/feed.xml":
            items = "".join(
                _ITEM.format(title=i.title, home=self.home, path=i.path) for i in self.items
            )
            body = _FEED.format(name=self.name, home=self.home, items=items)
            return page(body.encode(), kind="application/rss+xml")
        for item in self.items:
            if item.path == path:
                return page(item.page.replace("{home}", self.home).encode())
        return page(b"No.", "404 Not Found")


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
