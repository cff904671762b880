"""What a lookup costs in a large index, against the same search in a list in memory, in one run.

    python -m benchmarks.index_lookup [--lines N …] [--lookups N]

The index is a sorted CDXJ with as many captures, four of each URL. A lookup makes the key of a URL
and finds its captures; half of the URLs are not there.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from crawler.warc.index_files import sort_lines, write_sorted
from crawler.warc.lookup import IndexLookup
from crawler.warc.surt import surt

CAPTURES = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--lookups", type=int, default=5000)
    options = parser.parse_args(arguments)
    for size in options.lines:
        with tempfile.TemporaryDirectory(prefix="newsreel-lookup-") as name:
            print(measure(Path(name), size, options.lookups), flush=True)
    return 0


def measure(folder: Path, size: int, lookups: int) -> str:
    """Return the result for an index of *size* lines."""
    path = folder / "index.cdxj"
    write_sorted(path, sort_lines((line(number) for number in range(size)), folder))
    chosen = random.Random(size)
    urls = [url(chosen.randrange(2 * size // CAPTURES)) for _ in range(lookups)]
    with IndexLookup(path) as index:
        before = peak_rss()
        ours = time_calls(urls, lambda wanted: len(list(index.lines(surt(wanted)))))
        grown = peak_rss() - before
    lines = path.read_text(encoding="ascii").splitlines()
    listed = time_calls(urls, lambda wanted: in_list(lines, f"{surt(wanted)} "))
    if ours[1] != listed[1]:
        raise ValueError(f"{ours[1]} captures were found, {listed[1]} are there")
    key = time_calls(urls, lambda wanted: len(surt(wanted)))[0]
    megabytes = path.stat().st_size / 1e6
    return (
        f"{size:>9,} lines, {megabytes:.0f} MB: {ours[0]:.0f} µs a lookup (the key {key:.0f} µs), "
        f"{ours[0] / listed[0]:.2f} of the same in a list; memory +{grown:.0f} MB, "
        "pages of the map included"
    )


def url(number: int) -> str:
    """Return a URL; the index has those with numbers below a quarter of its lines."""
    return f"https://www.news{number % 97}.example/2024/04/story-{number}/?page={number % 5}&ref=a"


def line(number: int) -> str:
    """Return one of the index's lines."""
    name = url(number // CAPTURES)
    fields = {
        "url": name,
        "mime": "text/html",
        "status": "200",
        "digest": f"sha1:{number:032d}",
        "length": "10000",
        "offset": str(number * 10_000),
        "filename": "newsreel-example-20240411083000-00000.warc.gz",
    }
    return f"{surt(name)} 202404{number % CAPTURES + 10}083000 {json.dumps(fields)}\n"


def in_list(lines: Sequence[str], prefix: str) -> int:
    """Return how many of *lines* begin with *prefix*, each parsed."""
    position = bisect_left(lines, prefix)
    found = 0
    while position < len(lines) and lines[position].startswith(prefix):
        json.loads(lines[position].split(" ", 2)[2])
        found += 1
        position += 1
    return found


def time_calls(urls: Sequence[str], look_up: Callable[[str], int]) -> tuple[float, int]:
    """Return the median microseconds of a call, and the sum of the calls' results."""
    times, found = [], 0
    for wanted in urls:
        started = time.perf_counter()
        found += look_up(wanted)
        times.append(time.perf_counter() - started)
    return median(times) * 1e6, found


def peak_rss() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    raise SystemExit(main())
