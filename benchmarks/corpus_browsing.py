"""What the database for browsing costs: made anew, brought up to date, and read by pages.

    python -m benchmarks.corpus_browsing [--articles N …]

The archive is that of `benchmarks.corpus_export`; 100 articles are added to it. Pages are read ten
times each, and the most CPU seconds count. One in four words of the made-up texts is one of 5,000
that begin with "rew", and as many with "mar": no language is like that, and a beginning that finds
so many words is what takes longest.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks._process import measure
from benchmarks.corpus_export import PROJECT, TIMEOUT, make
from crawler.export.browsing.browse_article import article
from crawler.export.browsing.browse_lists import day_counts, home, sources
from crawler.export.browsing.browse_results import Facets
from crawler.export.browsing.browse_search import search

ADDED = 100
READS = 10
QUERIES = ("story", "rew", '"of the day" -rew1', "unw1a marw", "zzz", "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a line for each step and page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[100_000])
    for size in parser.parse_args(arguments).articles:
        with tempfile.TemporaryDirectory(prefix="newsreel-browsing-") as name:
            folder = Path(name)
            archives = folder / "archives"
            make(archives, size)
            print(f"{size:,} articles, made anew: {build(folder)}", flush=True)
            print(f"{size:,} articles, nothing new: {build(folder)}", flush=True)
            make(archives, size + ADDED, first=size)
            print(f"{size:,} articles, {ADDED} more: {build(folder)}", flush=True)
            for line in pages(archives / "corpus.sqlite"):
                print(f"{size:,} articles, {line}", flush=True)
    return 0


def build(folder: Path) -> str:
    """Bring the database of the archive in *folder* up to date; return what that cost."""
    archives = folder / "archives"
    command = [sys.executable, "-m", "scrapy", "browse", "--build-only"]
    env = {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "PYTHONPATH": str(PROJECT)}
    cost = measure([*command, "-s", f"ARCHIVES_DIR={archives}"], folder, TIMEOUT, env=env)
    size = (archives / "corpus.sqlite").stat().st_size
    return (
        f"{cost.wall:6.1f} s, {cost.cpu:6.1f} CPU s, {cost.peak_rss / 1024:4.0f} MB of memory, "
        f"{size / 1e6:6.1f} MB of database"
    )


def pages(path: Path) -> Iterator[str]:
    """Read the pages of the database at *path*; yield a line for each."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        found = search(db, "")
        key = found.hits[0].key
        year = Facets(after="2016-01-01", before="2016-12-31")
        readings: list[tuple[str, Callable[[], object]]] = [
            ("first page", lambda: home(db)),
            ("sources", lambda: sources(db)),
            ("days", lambda: day_counts(db)),
            ("article", lambda: article(db, key)),
            ("last page of all", lambda: search(db, "", page=found.pages)),
            ("one source", lambda: search(db, "story", Facets(source="source-007"))),
            ("a year", lambda: search(db, "story", year)),
        ]
        for name, read in readings:
            yield f"{name}: {_slowest(read):.3f} CPU s"
        for typed in QUERIES:
            seconds = _slowest(lambda typed=typed: search(db, typed))  # type: ignore[misc]
            yield f"search {typed!r} ({search(db, typed).total:,} found): {seconds:.3f} CPU s"


def _slowest(read: Callable[[], object]) -> float:
    slowest = 0.0
    for _ in range(READS):
        begin = time.process_time()
        read()
        slowest = max(slowest, time.process_time() - begin)
    return slowest


if __name__ == "__main__":
    sys.exit(main())
