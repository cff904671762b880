"""Crawls of the demonstration site, recorded to be replayed when the site is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from demo.content import Post, local_to_gmt
from demo.server import serve
from demo.site import Site, harbour_site
from tests.replaying import Kept, kept
from tests.running import Run, scrapy

REVISED, TOUCHED, DELETED = 103, 107, 105
SOURCE = "harbour"


@dataclass(frozen=True)
class Recorded:
    """An archive of three crawls of the site ``home``, which is gone.

    ``after`` is what it held behind each of them. Posts came, were revised and deleted between
    the first two, and one is revised once more before the third.
    """

    archives: Path
    home: str
    after: tuple[Kept, ...]

    @property
    def warcs(self) -> list[Path]:
        """Its WARC files, one a run, in the order of the runs."""
        return sorted((self.archives / "warc").iterdir(), key=lambda path: path.stat().st_mtime_ns)


def crawl(archives: Path, arguments: Mapping[str, str], *options: str, expect: int = 0) -> Run:
    """Crawl into *archives*; *arguments* are the spider's, *expect* is the exit code."""
    spider = [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
    run = scrapy(archives, "crawl", "wordpress", *spider, *options)
    assert run.exit_code == expect, run.log
    return run


def spider_arguments(home: str, **more: str) -> dict[str, str]:
    """Return the arguments of the spider for the site *home*."""
    return {"site": home, "source": SOURCE, **more}


def edit(site: Site, number: int, day: int, text: str = "") -> None:
    """Modify the post *number* on a *day* of 2025, by a paragraph if there is *text*."""
    with site.lock:
        post = site.posts[number]
        post.modified = f"2025-01-{day:02d}T00:00:00"
        post.modified_gmt = local_to_gmt(post.modified)
        post.content += f"<p>{text}</p>" if text else ""


def publish(site: Site, number: int) -> None:
    """Add a post."""
    with site.lock:
        site.posts[number] = Post(
            id=number,
            date=f"2025-02-{number % 28 + 1:02d}T08:00:00",
            title=f"Late ferry {number}",
            content="<p>It came in on the tide.</p>",
        )


@cache  # each module that asks for it would record it anew
def three_crawls(folder: Path) -> Recorded:
    """Record `Recorded` in *folder*."""
    archives = folder / "archives"
    after: list[Kept] = []

    def run(*changes: Callable[[], object]) -> None:
        for change in changes:
            change()
        crawl(archives, spider_arguments(site.home))
        after.append(kept(archives))

    with serve(harbour_site()) as site:
        run()
        run(
            lambda: publish(site, 200),
            lambda: edit(site, REVISED, day=1, text="This was not so."),
            lambda: edit(site, TOUCHED, day=2),
            lambda: site.posts.pop(DELETED),
        )
        run(
            lambda: publish(site, 201),
            lambda: edit(site, REVISED, day=3, text="It was so after all."),
        )
    return Recorded(archives, site.home, tuple(after))
