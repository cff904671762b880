"""What the index costs a run in an archive of many: levels beside one file written anew by each.

    python -m benchmarks.index_growth [--runs N] [--lines N]

Each run adds the sorted lines of one WARC file. In levels that is measured over all runs; writing
one file of all lines anew, as up to 0.2, for the last run alone. Then the start of a run that finds
everything in order.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.warc.index_files import SUFFIX, merge_files, write_sorted
from crawler.warc.index_levels import (
    file_of_warc,
    find_index_files,
    level_of,
    merge_full_levels,
    write_index_file,
)
from crawler.warc.reindex import update_index

_SIZE = 1_000_000


@dataclass
class Growth:
    """What the runs came to: CPU seconds of each, bytes of their own lines and all written."""

    seconds: list[float] = field(default_factory=list)
    own: int = 0
    written: int = 0
    most_files: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1667)
    parser.add_argument("--lines", type=int, default=600)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="newsreel-index-") as name:
        index, singles = Path(name) / "index", Path(name) / "singles"
        index.mkdir()
        singles.mkdir()
        growth = grow(index, singles, options.runs, options.lines)
        names = {warc_name(number): _SIZE for number in range(options.runs)}
        paths = [Path(name) / "warc" / warc for warc in names]
        start = cpu_of(lambda: update_index(lambda: paths, index, print, names))
        files = sorted(singles.glob(f"*{SUFFIX}"))
        anew = cpu_of(lambda: write_sorted(Path(name) / "all", merge_files(files, singles)))
    mean = sum(growth.seconds) / len(growth.seconds)
    print(f"{options.runs} runs of {options.lines} lines, {growth.own / 1e6:.0f} MB")
    print(f"in levels: {growth.written / growth.own:.1f} times written", end=", ")
    print(f"{growth.most_files} files at most", end=", ")
    print(f"{mean * 1e3:.1f} ms a run, {max(growth.seconds):.2f} s the dearest (CPU)")
    print(f"one file anew: {anew * 1e3:.0f} ms for the last run, {anew / mean:.0f} times as much")
    print(f"start of a run that finds all in order: {start * 1e3:.1f} ms")
    return 0


def grow(index: Path, singles: Path, runs: int, lines: int) -> Growth:
    """Add the lines of *runs* to the levels in *index*, and a file each to *singles*."""
    growth = Growth()
    for number in range(runs):
        name = warc_name(number)
        made = lines_of(name, number, lines)
        write_sorted(singles / (name + SUFFIX), made)
        before = set(find_index_files(index))
        begin = time.process_time()
        path = file_of_warc(index, name)
        write_index_file(path, made, {name: _SIZE})
        own = path.stat().st_size
        most = len(find_index_files(index))
        merge_full_levels(index)
        growth.seconds.append(time.process_time() - begin)
        merged = [p for p in set(find_index_files(index)) - before if level_of(p)]
        growth.own += own
        growth.written += own + sum(p.stat().st_size for p in merged)
        growth.most_files = max(growth.most_files, most)
    return growth


def warc_name(number: int) -> str:
    """Return the name of the WARC file of a run."""
    return f"newsreel-example-org-20261121190714-{number:05d}-4f2a91.warc.gz"


def lines_of(warc: str, run: int, count: int) -> list[str]:
    """Return *count* lines as long as real ones are, in order."""
    made = []
    for number in range(count):
        digest = hashlib.sha1(f"{run} {number}".encode()).hexdigest()
        url = f"https://news.example.org/2026/11/{digest[:24]}/"
        fields = (
            f'"url": "{url}", "mime": "text/html", "status": "200", "digest": "{digest[:32]}", '
            f'"length": "{9000 + number}", "offset": "{number * 9000}", "filename": "{warc}"'
        )
        made.append(f"org,example,news)/2026/11/{digest[:24]} 20261121190714 {{{fields}}}\n")
    return sorted(made)


def cpu_of(call: Callable[[], object]) -> float:
    """Return the CPU seconds of one *call*."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


if __name__ == "__main__":
    sys.exit(main())
