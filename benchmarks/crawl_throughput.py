"""How fast a crawl is with the archive on, against plain Scrapy with the same spider.

Both crawl a local nginx that serves pages of about 30 KB, by turns in fresh processes, so that
the ratios of a round hold on a noisy machine too. A round whose archive does not hold every
exchange is void. Exit codes: 0 measured, 1 void or failed, 3 nginx is not installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from fastwarc.warc import ArchiveIterator, WarcRecordType

from benchmarks._crawl import CONCURRENCY, Cost
from benchmarks._site import SiteError, has_nginx, serving, write_pages

VARIANTS = ("plain", "archive")
MEASURES: dict[str, Callable[[Cost], float]] = {
    "requests/s": lambda cost: cost.responses / cost.wall,
    "per CPU s": lambda cost: cost.responses / cost.cpu,
    "per main-thread CPU s": lambda cost: cost.responses / cost.main_cpu,
    "peak RSS MB": lambda cost: cost.peak_rss / 1024,
}

_MAX_PAGES = 100_000
_MAX_ROUNDS = 50
Round = dict[str, Cost]


class VoidRunError(Exception):
    """A crawl that does not count: it failed, took too long or lost an exchange."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = _options(arguments)
    if not has_nginx():
        print("nginx is not on PATH; on Debian: apt-get install nginx-light", file=sys.stderr)
        return 3
    try:
        rounds = measure(options.pages, options.rounds, gzip=options.gzip)
    except (SiteError, VoidRunError) as error:
        print(f"void: {error}", file=sys.stderr)
        return 1
    print(table(rounds))
    return 0


def measure(pages: int, rounds: int, *, gzip: bool) -> list[Round]:
    """Crawl *pages* with each variant in turn, *rounds* times. Raises SiteError, VoidRunError."""
    with tempfile.TemporaryDirectory(prefix="newsreel-throughput-") as name:
        folder = Path(name)
        size = write_pages(folder, pages)
        print(
            f"{pages} pages of {size / pages / 1000:.1f} kB, gzip {'on' if gzip else 'off'},"
            f" concurrency {CONCURRENCY}, {rounds} rounds",
            flush=True,
        )
        with serving(folder, gzip=gzip) as base:
            return [_round(base, pages, size, folder / "archives") for _ in range(rounds)]


def table(rounds: Sequence[Round]) -> str:
    """Minimum, median and maximum of each variant, then of the ratios round by round."""
    lines = [f"{'':32}{'min':>9}{'median':>9}{'max':>9}"]
    for name, measured in MEASURES.items():
        by_variant = {
            variant: [measured(costs[variant]) for costs in rounds] for variant in VARIANTS
        }
        lines += [_line(f"{variant:8} {name}", by_variant[variant], 0) for variant in VARIANTS]
        pairs = zip(by_variant["archive"], by_variant["plain"], strict=True)
        ratios = [archive / plain for archive, plain in pairs]
        lines.append(_line(f"ratio    {name}", ratios, 2))
    return "\n".join(lines)


def _round(base: str, pages: int, size: int, archives: Path) -> Round:
    costs = {variant: _crawl(variant, base, pages, archives) for variant in VARIANTS}
    for variant, cost in costs.items():
        if (cost.responses, cost.size) != (pages, size):
            raise VoidRunError(f"{variant} got {cost.responses} pages, {cost.size} bytes")
    wanted = {f"{base}/{page}.json" for page in range(pages)}
    archived = _archived(archives / "warc")
    if len(archived) != pages or set(archived) != wanted:
        raise VoidRunError(f"the archive holds {len(archived)} responses of {pages}")
    shutil.rmtree(archives)
    return costs


def _crawl(variant: str, base: str, pages: int, archives: Path) -> Cost:
    command = [sys.executable, "-m", "benchmarks._crawl", variant, base, str(pages), str(archives)]
    timeout = 60 + pages * 0.05
    try:
        # On a timeout, run() kills the process and waits for it.
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=True)
    except subprocess.TimeoutExpired:
        raise VoidRunError(f"{variant} took more than {timeout:.0f} s") from None
    except subprocess.CalledProcessError as error:
        raise VoidRunError(f"{variant} ended with {error.returncode}: {error.stderr}") from None
    if done.stderr:
        raise VoidRunError(f"{variant} complained: {done.stderr}")
    cost = Cost(**json.loads(done.stdout.splitlines()[-1]))
    print(f"{variant:8} {cost.responses / cost.wall:6.0f} requests/s", flush=True)
    return cost


def _archived(folder: Path) -> list[str]:
    """The target of every response record in *folder*."""
    targets: list[str] = []
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as stream:
            records = ArchiveIterator(
                stream, record_types=WarcRecordType.response, parse_http=False
            )
            targets += [record.headers["WARC-Target-URI"] for record in records]
    return targets


def _line(label: str, values: Sequence[float], digits: int) -> str:
    return f"{label:32}" + "".join(
        f"{value:9.{digits}f}" for value in (min(values), median(values), max(values))
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=_count(_MAX_PAGES), default=5000)
    parser.add_argument("--rounds", type=_count(_MAX_ROUNDS), default=3)
    parser.add_argument("--gzip", action="store_true", help="nginx compresses what it sends")
    return parser.parse_args(arguments)


def _count(most: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        number = int(text)
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"{number} is not between 1 and {most}")
        return number

    return count


if __name__ == "__main__":
    sys.exit(main())
