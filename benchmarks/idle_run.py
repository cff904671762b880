"""What a run that brings nothing new costs in a large archive, against the same in a small one.

    python -m benchmarks.idle_run [--articles N …] [--runs N] [--no-texts]

A crawl of the demonstration site makes an archive. Copies of it get articles of other sources:
rows of the ledger, WARC files of 1,000 articles each, their index and their texts, all written
directly. Then the same crawl runs again in each, which brings nothing. CPU seconds are those of
all its processes, medians of the runs; the first one after the making is not counted.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks._filled import crawl
from benchmarks._large_archive import fill_archive
from benchmarks._process import Cost
from demo.server import serve
from demo.site import harbour_site

TIMEOUT = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-texts", action="store_true", help="leave out the text files")
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="newsreel-idle-") as name,
        serve(harbour_site()) as site,
    ):
        small = Path(name) / "small"
        crawl(small, site.home, TIMEOUT)
        base = idle(small, site.home, options.runs)
        print(line(0, base, base), flush=True)
        for size in options.articles:
            large = Path(name) / f"{size}"
            shutil.copytree(small, large)
            fill_archive(large, size, with_texts=not options.no_texts)
            print(line(size, idle(large, site.home, options.runs), base), flush=True)
            shutil.rmtree(large)
    return 0


def line(size: int, cost: Cost, base: Cost) -> str:
    """Return the result for *size* articles beside those of the site."""
    return (
        f"{size:>9,} articles: {cost.cpu:.2f} CPU s ({cost.cpu / base.cpu:.2f}), "
        f"{cost.peak_rss / 1024:.0f} MB ({cost.peak_rss / base.peak_rss:.2f}), "
        f"{cost.wall:.2f} s wall"
    )


def idle(archives: Path, home: str, runs: int) -> Cost:
    """Return the median cost of a crawl that brings nothing."""
    crawl(archives, home, TIMEOUT)
    costs = [crawl(archives, home, TIMEOUT) for _ in range(runs)]
    return Cost(
        wall=median(cost.wall for cost in costs),
        cpu=median(cost.cpu for cost in costs),
        peak_rss=round(median(cost.peak_rss for cost in costs)),
    )


if __name__ == "__main__":
    raise SystemExit(main())
