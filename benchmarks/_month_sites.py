"""Sites that live through a month: ``python -m benchmarks._month_sites JOB`` serves them.

The job is a JSON file: ``sites``, ``days``, ``seed``, ``start``, and ``truth``, where the stories
of all sites are written to. A line of standard input is a moment (ISO 8601): the sites become what
they are then, and "done" is printed. Each site has a loopback address of its own.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from demo.content import Post, User
from demo.server import SiteServer
from demo.site import Site, build_site
from tests.servers.plain import answering
from tests.servers.small_site import page

KINDS = (
    *("busy", "busy", "busy", "slow"),
    *("wire", "wire", "wire", "failing", "silent", "hostile"),
)
_A_DAY = {"busy": 6.0, "slow": 0.3, "wire": 5.0, "failing": 3.0, "silent": 4.0, "hostile": 3.0}
_WORDPRESS = ("busy", "slow", "silent")
_IN_FEED = 15
_WORDS = [
    *("harbour", "tide", "gull", "pilot", "quay", "rope"),
    *("lantern", "ferry", "council", "storm", "market", "bridge"),
]


@dataclass(slots=True)
class Story:
    """A story; times are ISO 8601 in UTC, empty for what never happens to it."""

    id: int
    published: str
    edited: str = ""
    deleted: str = ""
    moved: str = ""


def stories(kind: str, days: int, start: datetime, chance: random.Random) -> list[Story]:
    """Return the stories of a site of *kind*, the earliest first."""
    end = start + timedelta(days=days * 0.5 if kind == "silent" else days)
    found: list[Story] = []
    moment = start
    while True:
        moment += timedelta(days=chance.expovariate(_A_DAY[kind]))
        if moment >= end:
            return found
        story = Story(1 + len(found), moment.isoformat(timespec="seconds"))
        if chance.random() < 0.1:
            story.edited = _later(moment, chance, 2, 30)
        elif kind in _WORDPRESS and chance.random() < 0.03:
            story.deleted = _later(moment, chance, 20, 100)
        elif kind in _WORDPRESS and chance.random() < 0.02:
            story.moved = _later(moment, chance, 20, 100)
        found.append(story)


def _later(moment: datetime, chance: random.Random, least: float, most: float) -> str:
    return (moment + timedelta(hours=chance.uniform(least, most))).isoformat(timespec="seconds")


def text(site: int, story: Story, *, edited: bool) -> list[str]:
    """Return the paragraphs of a story: no two are alike."""
    chance = random.Random(f"{site} {story.id}")
    lines = [
        "The " + " ".join(chance.choices(_WORDS, k=24)) + f" of {chance.getrandbits(64):x}."
        for _ in range(4)
    ]
    return [*lines, "It was corrected since: there were two of them."] if edited else lines


class LivingSite:
    """A site of *kind*: `live` makes it what it is at a moment."""

    def __init__(self, number: int, kind: str, told: list[Story]) -> None:
        self.number = number
        self.kind = kind
        self.stories = told
        self.now = ""
        self.home = ""
        self.closing = threading.Event()
        self.wordpress: Site | None = None

    @property
    def day(self) -> float:
        """Days since its first story."""
        first = datetime.fromisoformat(self.stories[0].published)
        return (datetime.fromisoformat(self.now) - first) / timedelta(days=1)

    def is_there(self, story: Story) -> bool:
        """Whether the story is published, and not deleted."""
        return story.published <= self.now and not (story.deleted and story.deleted <= self.now)

    def live(self, now: str) -> None:
        """Make it what it is *now*."""
        self.now = now
        if site := self.wordpress:
            with site.lock:
                site.posts = {s.id: self._post(s) for s in self.stories if self.is_there(s)}

    def _post(self, story: Story) -> Post:
        edited = bool(story.edited and story.edited <= self.now)
        moved = bool(story.moved and story.moved <= self.now)
        changed = max([t for t in (story.edited, story.moved) if t and t <= self.now], default="")
        gmt = datetime.fromisoformat(story.published).astimezone(UTC).replace(tzinfo=None)
        modified = _local(changed) if changed else ""
        return Post(
            id=story.id,
            date=_local(story.published),
            date_gmt=gmt.isoformat(),
            modified=modified,
            title=f"Story {story.id} of site {self.number}",
            content="".join(f"<p>{line}</p>" for line in text(self.number, story, edited=edited)),
            slug=f"story-{story.id}{'-moved' if moved else ''}",
            guid=f"https://site{self.number}.example/?p={story.id}",
        )

    # As a wire service

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        path = head.split(b" ", 2)[1].decode()
        if self.kind == "hostile" and 5 <= self.day < 6:
            self.closing.wait(30)
            return
        if self.kind == "failing" and 8 <= self.day < 10:
            out.write(page(b"No.", "503 Service Unavailable"))
            return
        out.write(self._answer(path))

    def _answer(self, path: str) -> bytes:
        there = [story for story in self.stories if self.is_there(story)]
        if path == "/feed.xml":
            items = "".join(map(self._item, reversed(there[-_IN_FEED:])))
            feed = f"<rss version='2.0'><channel><title>Site</title>{items}</channel></rss>"
            return page(feed.encode(), kind="application/rss+xml")
        number = path.rpartition("-")[2]
        for story in there:
            if path == f"/story-{number}" and str(story.id) == number:
                return page(self._page(story).encode())
        return page(b"No.", "404 Not Found")

    def _item(self, story: Story) -> str:
        when = datetime.fromisoformat(story.published).strftime("%a, %d %b %Y %H:%M:%S +0000")
        link = f"{self.home}/story-{story.id}"
        return (
            f"<item><title>Story {story.id} of site {self.number}</title><link>{link}</link>"
            f"<guid>{link}</guid><pubDate>{when}</pubDate></item>"
        )

    def _page(self, story: Story) -> str:
        edited = bool(story.edited and story.edited <= self.now)
        title = f"Story {story.id} of site {self.number}"
        body = "".join(f"<p>{line}</p>" for line in text(self.number, story, edited=edited))
        return (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta property="og:title" content="{title}">'
            '<meta property="og:type" content="article">'
            f'<meta property="article:published_time" content="{story.published}">'
            f'<link rel="canonical" href="{self.home}/story-{story.id}"></head><body><main>'
            f"<article><h1>{title}</h1><div>{body}</div></article></main></body></html>"
        )


def _local(moment: str) -> str:
    return (
        (datetime.fromisoformat(moment).astimezone(UTC) - timedelta(hours=4))
        .replace(tzinfo=None)
        .isoformat(timespec="seconds")
    )


class _Server(SiteServer):
    address_host = "127.0.0.1"

    def server_bind(self) -> None:
        self.server_address = (self.address_host, 0)
        super().server_bind()


@contextmanager
def _serving(site: LivingSite) -> Iterator[None]:
    host = f"127.0.{2 + site.number // 200}.{1 + site.number % 200}"
    if site.kind not in _WORDPRESS:
        with answering(site, host) as site.home:
            yield
            site.closing.set()
        return
    site.wordpress = build_site([], [User(id=1, name="Ada Quill", slug="ada-quill")], [])
    kind = type("_At", (_Server,), {"address_host": host})
    with kind(site.wordpress) as server:
        site.wordpress.origin = site.home = f"http://{host}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.hang_up()
            thread.join()


def _entry(site: LivingSite) -> str:
    lines = [f"[site{site.number}]", f'site = "{site.home}/"', f'source = "site{site.number}"']
    if site.kind in _WORDPRESS:
        lines.append('spider = "wordpress"')
    else:
        lines.append(f'feeds = ["{site.home}/feed.xml"]')
    return "\n".join([*lines, f'tags = ["{site.kind}"]', ""])


def main(job: dict[str, Any]) -> None:
    """Serve until standard input ends."""
    start = datetime.fromisoformat(job["start"])
    sites = []
    for number in range(job["sites"]):
        chance = random.Random(f"{job['seed']} {number}")
        kind = KINDS[number % len(KINDS)]
        sites.append(LivingSite(number, kind, stories(kind, job["days"], start, chance)))
    truth = {
        f"site{s.number}": {"kind": s.kind, "stories": list(map(asdict, s.stories))} for s in sites
    }
    Path(job["truth"]).write_text(json.dumps(truth), encoding="utf-8")
    with ExitStack() as stack:
        for site in sites:
            stack.enter_context(_serving(site))
            site.live(job["start"])
        Path(job["sources"]).write_text("\n".join(map(_entry, sites)), encoding="utf-8")
        print("serving", flush=True)
        for line in sys.stdin:
            for site in sites:
                site.live(line.strip())
            print("done", flush=True)
        for site in sites:
            site.closing.set()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
