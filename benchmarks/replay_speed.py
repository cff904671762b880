"""How fast an archive answers: Scrapy replaying its captures, against the same crawl live.

    python -m benchmarks.replay_speed [--pages N …] [--peer-pages N …] [--rounds N] [--limit S]

Each tool records pages of about 30 KB from a local nginx, once for each number of pages. nginx is
stopped, and the same spider has the archive answer, in fresh processes: what comes is compared
with what was served. The time includes reading the index, and ours makes it first. A replay that
takes more than S seconds is ended, and its tool gets no more pages.
Exit codes: 0 measured, 1 a crawl or nginx failed, 3 nginx is not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._replay import Replayed
from benchmarks._site import SiteError, has_nginx, serving, write_pages
from benchmarks._variants import (
    PEER,
    PEERS,
    Job,
    TooSlowError,
    Variant,
    VoidRoundError,
    last_line,
    newsreel,
    variants,
)

LIVE = "plain Scrapy"
OURS = "Newsreel, isal-2"
THEIRS = "scrapy-webarchive"


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A replay of *pages* below ``base`` from the archive that *tool* recorded."""

    tool: str
    pages: int
    python: str
    base: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """The folder of the pages, and how they are served."""

    folder: Path
    gzip: bool

    @contextmanager
    def serve(self) -> Iterator[str]:
        with serving(self.folder, gzip=self.gzip) as base:
            yield base

    def size(self, pages: int) -> int:
        """Return the bytes of the first *pages*."""
        files = (self.folder / "pages" / f"{page}.json" for page in range(pages))
        return sum(file.stat().st_size for file in files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = _options(arguments)
    if not has_nginx():
        print("nginx is not on PATH; on Debian: apt-get install nginx-light", file=sys.stderr)
        return 3
    rows = {row.name: row for row in variants(options.peers)}
    wanted = [(rows[OURS], pages) for pages in sorted(options.pages)]
    if rows[THEIRS].missing:
        print(f"{THEIRS} is {rows[THEIRS].missing}")
    else:
        wanted += [(rows[THEIRS], pages) for pages in sorted(options.peer_pages)]
    with tempfile.TemporaryDirectory(prefix="newsreel-replay-") as name:
        site = Site(Path(name), options.gzip)
        load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
        print(f"{os.cpu_count()} cores, load {load}, {options.rounds} rounds", flush=True)
        most = max(pages for _, pages in wanted)
        write_pages(site.folder, most)
        try:
            replays = record(site, wanted, options.peers)
            print(table(measure(site, replays, most, options.rounds, options.limit)))
        except (SiteError, VoidRoundError) as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def record(site: Site, wanted: Sequence[tuple[Variant, int]], peers: Path) -> list[Replay]:
    """Have each tool record each number of pages. Raises SiteError, VoidRoundError."""
    replays = []
    with site.serve() as base:
        for number, (variant, pages) in enumerate(wanted):
            folder = site.folder / f"archive-{number}"
            folder.mkdir()
            cost = variant.run(Job(base, pages, site.size(pages), folder))
            print(f"  {variant.name} recorded {pages} pages in {cost.wall:.1f} s", flush=True)
            if variant.name == OURS:
                python, settings = sys.executable, _ours(folder)
            else:
                python, settings = str(peers / "bin" / "python"), _theirs(folder)
            replays.append(
                Replay(tool=variant.name, pages=pages, python=python, base=base, settings=settings)
            )
    return replays


def _ours(folder: Path) -> dict[str, Any]:
    return {
        **newsreel(),
        "ARCHIVE_MODE": "replay",
        "REPLAY_FROM": str(folder / "archives" / "warc"),
        "REPLAY_AT": "",
        "REPLAY_RUN": "",
    }


def _theirs(folder: Path) -> dict[str, Any]:
    middleware = "scrapy_webarchive.downloadermiddlewares.WaczMiddleware"
    (archive,) = (folder / "archives").glob("*.wacz")
    return {
        **PEER,
        "DOWNLOADER_MIDDLEWARES": {middleware: 543},
        "SW_WACZ_SOURCE_URI": archive.as_uri(),
    }


Results = dict[tuple[str, int], list[Replayed | None]]
"""What each round of a tool and number of pages gave; None: it did not end in time."""


def measure(site: Site, replays: Sequence[Replay], most: int, rounds: int, limit: float) -> Results:
    """Crawl live and replay in turn, *rounds* times. Raises SiteError, VoidRoundError."""
    results: Results = defaultdict(list)
    for number in range(rounds):
        print(f"round {number + 1}", flush=True)
        with site.serve() as base:
            live = Replay(tool=LIVE, pages=most, python=sys.executable, base=base, settings={})
            results[LIVE, most].append(_replayed(site, live, limit))
        too_slow = {tool for (tool, _), found in results.items() if None in found}
        for replay in replays:
            done = results[replay.tool, replay.pages]
            if None in done or (replay.tool in too_slow and not done):
                continue
            done.append(_replayed(site, replay, limit))
            if done[-1] is None:
                too_slow.add(replay.tool)
    return {row: found for row, found in results.items() if found}


def _replayed(site: Site, replay: Replay, limit: float) -> Replayed | None:
    """Run once in a folder of its own; return None if it took too long."""
    what = [json.dumps(replay.settings), replay.base, str(replay.pages)]
    command = [replay.python, "-m", "benchmarks._replay", *what, str(site.folder / "pages")]
    with tempfile.TemporaryDirectory(dir=site.folder) as folder:
        try:
            found = Replayed(**last_line(command, Path(folder), limit))
        except TooSlowError as error:
            print(f"  {replay.tool}, {replay.pages} pages: {error}", flush=True)
            return None
        except VoidRoundError as error:
            raise VoidRoundError(f"{replay.tool}, {replay.pages} pages: {error}") from None
    print(f"  {replay.tool}, {replay.pages} pages: {found.wall:.1f} s", flush=True)
    return found


def table(results: Results) -> str:
    """Return the medians of the rounds, and the ratios to the live crawl of the same round."""
    live = next(found for (tool, _), found in results.items() if tool == LIVE)
    head = f"{'':20}{'pages':>7}{'pages/s':>9}{'of live':>9}{'per CPU s':>11}{'of live':>9}"
    rows = [f"{head}{'peak RSS MiB':>14}{'right':>7}"]
    for (tool, pages), found in results.items():
        runs = [run for run in found if run]
        if len(runs) < len(found):
            rows.append(f"{tool:20}{pages:7}  did not end in time")
            continue
        speed, by_speed = _against(live, runs, lambda run: run.pages / run.wall)
        per_cpu, by_cpu = _against(live, runs, lambda run: run.pages / run.cpu)
        rss = median(run.peak_rss for run in runs) / 1024
        right = min(run.right for run in runs)
        rows.append(
            f"{tool:20}{pages:7}{speed:9.0f}{by_speed:9.2f}{per_cpu:11.0f}{by_cpu:9.2f}"
            f"{rss:14.0f}{right:7}"
        )
    return "\n".join(rows)


def _against(
    live: Sequence[Replayed | None], runs: Sequence[Replayed], value: Callable[[Replayed], float]
) -> tuple[float, float]:
    """Return the median *value* of the runs, and of its ratios to the live crawl."""
    ratios = [value(run) / value(base) for base, run in zip(live, runs, strict=False) if base]
    return median(map(value, runs)), median(ratios)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--peer-pages", type=int, nargs="+", default=[500, 1000, 2000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds of a replay")
    parser.add_argument("--gzip", action="store_true", help="nginx compresses what it sends")
    parser.add_argument("--peers", type=Path, default=PEERS, help="default: .venv-peers")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
