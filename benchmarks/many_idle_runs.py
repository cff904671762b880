"""What a run that brings nothing new costs in a process of many; on Linux.

    python -m benchmarks.many_idle_runs [--sources N] [--at-once N] [--profile]
    python -m benchmarks.many_idle_runs --stories 5 [--sources N] [--at-once N] [--delay SECONDS]

Loopback sites, half of them WordPress sites of some twenty posts, half of them wire services with a
feed of twenty stories, are crawled in one process, some at once, into one archive: first all that
they have, then again, which brings nothing. The second time is what counts: CPU seconds a source
from the first run to the last one, those of the whole process and its children, peak memory.

With ``--stories`` wire services with so many new stories each are crawled, once: that shows what
the children cost which read the pages, and how long many take at once (``--at-once``) or one after
the other, whose hosts are asked at a polite distance (``--delay``).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._many_sites import host_of, serving
from benchmarks._process import measure

PROJECT = Path(__file__).resolve().parent.parent
TIMEOUT = 3600.0
LISTED = 20
SETTINGS = {
    "LOG_LEVEL": "WARNING",
    "ADDRESS_GUARD_ALLOW": "127.0.0.0/8",
    # As a round has them.
    "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
    "PROGRESS_INTERVAL": 0,
    "REACTOR_THREADPOOL_MAXSIZE": 64,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--stories", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0, help="DOWNLOAD_DELAY")
    parser.add_argument("--kind", choices=["wire", "wordpress", "both"], default="both")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="newsreel-many-") as name, serving() as port:
        if options.stories:
            runs = [wire(number, port, options.stories) for number in range(options.sources)]
            print(measured(Path(name), runs, options, is_profiled=options.profile), flush=True)
            return 0
        runs = [run(number, port, options.kind) for number in range(options.sources)]
        print("all new:", measured(Path(name), runs, options), flush=True)
        print("idle:   ", measured(Path(name), runs, options), flush=True)
        if options.profile:
            print(measured(Path(name), runs, options, is_profiled=True), flush=True)
    return 0


def run(number: int, port: int, kind: str) -> tuple[str, dict[str, str]]:
    """Return the crawl of site *number*."""
    if kind == "wire" or (kind == "both" and number % 2):
        return wire(number, port, LISTED)
    return "wordpress", {"site": f"http://{host_of(number)}:{port}/"}


def wire(number: int, port: int, stories: int) -> tuple[str, dict[str, str]]:
    """Return the crawl of wire service *number*."""
    return "wire", {"url": f"http://{host_of(number)}:{port}/wire/{stories}"}


def measured(
    folder: Path, runs: list[Any], options: argparse.Namespace, *, is_profiled: bool = False
) -> str:
    """Return a line that says what *runs* cost."""
    settings = {
        **SETTINGS,
        "ARCHIVES_DIR": str(folder / "archives"),
        "DOWNLOAD_DELAY": options.delay,
    }
    job = {
        "settings": settings,
        "at_once": options.at_once,
        "runs": runs,
        "profile": is_profiled,
    }
    command = [sys.executable, "-m", "benchmarks._many_runs", json.dumps(job)]
    env = {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "PYTHONPATH": str(PROJECT)}
    cost = measure(command, folder, TIMEOUT, env=env)
    said = (folder / "output").read_text(encoding="utf-8")
    *others, last = said.splitlines()
    own = json.loads(last)
    if is_profiled:
        print("\n".join(others))
    return (
        f"{len(runs)} sources, {own['wall']:.1f} s wall: "
        f"{own['cpu'] / len(runs):.3f} CPU s a source, {own['peak_mb']} MB; "
        f"with all processes {cost.cpu:.1f} CPU s, {cost.peak_rss / 1024:.0f} MB, "
        f"{own['children']} children; {len(list((folder / 'archives/text').iterdir()))} texts"
    )


if __name__ == "__main__":
    raise SystemExit(main())
