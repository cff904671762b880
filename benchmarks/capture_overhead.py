"""What it costs to archive a crawl: ours, plain Scrapy and other tools, in turn, in one run.

    python -m benchmarks.capture_overhead [--pages N] [--rounds N] [--gzip] [--peers DIR]

All crawl a local nginx that serves pages of about 30 KB, in fresh processes; the order moves on
by one each round, so that the ratios of a round hold on a noisy machine too. A round in which
a crawl fails, or an archive does not hold every exchange, is void and left out.
Exit codes: 0 measured, 1 a round was void or nginx failed, 3 nginx is not installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import IO
from zipfile import ZipFile

from fastwarc.warc import ArchiveIterator, WarcRecordType

from benchmarks._crawl import CONCURRENCY, Cost
from benchmarks._site import SiteError, has_nginx, serving, write_pages
from benchmarks._variants import PEERS, Job, Variant, VoidRoundError, variants

Round = dict[str, Cost]
"""The cost of each variant that ran."""


@dataclass(frozen=True)
class Measure:
    """A row's number, and the ratio to plain Scrapy that ours is to reach."""

    name: str
    value: Callable[[Cost], float]
    at_least: float | None = None
    at_most: float | None = None

    def verdict(self, ratio: float) -> str:
        """Return the target beside *ratio*, and whether it is met; empty if there is none."""
        if self.at_least is not None:
            return f"  ≥ {self.at_least:.2f} {'met' if ratio >= self.at_least else 'MISSED'}"
        if self.at_most is not None:
            return f"  ≤ {self.at_most:.2f} {'met' if ratio <= self.at_most else 'MISSED'}"
        return ""


MEASURES = (
    Measure("requests/s", lambda cost: cost.requests / cost.wall, at_least=0.90),
    Measure("per main-thread CPU s", lambda cost: cost.requests / cost.main_cpu, at_least=0.95),
    Measure("per CPU s", lambda cost: cost.requests / cost.cpu),
    Measure("peak RSS, MiB", lambda cost: cost.peak_rss / 1024, at_most=1.3),
    Measure("WARC, MB", lambda cost: cost.warc / 1e6),
)

_HEAD = "min  median     max"
_MAX_PAGES = 100_000
_MAX_ROUNDS = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = _options(arguments)
    if not has_nginx():
        print("nginx is not on PATH; on Debian: apt-get install nginx-light", file=sys.stderr)
        return 3
    rows = variants(options.peers)
    try:
        rounds = measure(rows, options.pages, options.rounds, gzip=options.gzip)
    except SiteError as error:
        print(error, file=sys.stderr)
        return 1
    if rounds:
        print(table(rows, rounds))
    return 0 if len(rounds) == options.rounds else 1


def measure(rows: Sequence[Variant], pages: int, rounds: int, *, gzip: bool) -> list[Round]:
    """Crawl *pages* with each variant in turn, *rounds* times; return the rounds that count.

    Raises SiteError.
    """
    able = [variant for variant in rows if not variant.missing]
    with tempfile.TemporaryDirectory(prefix="newsreel-overhead-") as name:
        folder = Path(name)
        size = write_pages(folder, pages)
        load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
        print(
            f"{pages} pages of {size / pages / 1000:.1f} kB, gzip {'on' if gzip else 'off'}; Scrapy"
            f" asks for {CONCURRENCY} at once, wget for one\n{os.cpu_count()} cores, load {load}",
            flush=True,
        )
        with serving(folder, gzip=gzip) as base:
            job = Job(base, pages, size, folder / "crawl")
            counted = (_round(number, able, job) for number in range(rounds))
            return [costs for costs in counted if costs]


def table(rows: Sequence[Variant], rounds: Sequence[Round]) -> str:
    """Return minimum, median and maximum of each row, of its ratio to plain, of its archive."""
    return "\n\n".join("\n".join(_block(measure, rows, rounds)) for measure in MEASURES)


def _round(number: int, able: Sequence[Variant], job: Job) -> Round:
    """Return the costs of one round; none if it is void."""
    first = number % len(able)
    print(f"round {number + 1}", flush=True)
    costs: Round = {}
    for variant in (*able[first:], *able[:first]):
        try:
            with _empty(job.folder):
                cost = costs[variant.name] = _measured(variant, job)
        except VoidRoundError as error:
            print(f"round {number + 1} is void: {variant.name}: {error}", file=sys.stderr)
            return {}
        speed = cost.requests / cost.wall
        print(f"  {variant.name:24}{cost.software:15}{speed:6.0f} requests/s", flush=True)
    return costs


def _measured(variant: Variant, job: Job) -> Cost:
    cost = variant.run(job)
    if not variant.archives:
        return cost
    held: Counter[tuple[str, str]] = Counter()
    size = 0
    for stream in _warcs(job.folder):
        held.update(_records(stream))
        size += stream.seek(0, os.SEEK_END)
    wanted = Counter((kind, url) for url in job.urls for kind in ("request", "response"))
    if held != wanted:
        lost, surplus = (wanted - held).total(), (held - wanted).total()
        raise VoidRoundError(f"of {wanted.total()} records {lost} lack, {surplus} are too many")
    return replace(cost, warc=size)


def _records(stream: IO[bytes]) -> Iterator[tuple[str, str]]:
    """Yield type and target of each request and response whose block agrees with its digest."""
    kinds = WarcRecordType.request | WarcRecordType.response
    for record in ArchiveIterator(
        stream, record_types=kinds, parse_http=False, verify_digests=True
    ):
        # wget writes <…> around it, as the grammar of WARC/1.0 has it by mistake.
        yield record.headers["WARC-Type"], record.headers["WARC-Target-URI"].strip("<>")


def _warcs(folder: Path) -> Iterator[IO[bytes]]:
    """Yield each WARC file below *folder*, also those inside of WACZ files."""
    for path in sorted(folder.rglob("*.warc.gz")):
        with path.open("rb") as stream:
            yield stream
    for path in sorted(folder.rglob("*.wacz")):
        with ZipFile(path) as wacz:
            for name in wacz.namelist():
                if name.endswith(".warc.gz"):
                    with wacz.open(name) as stream:
                        yield stream


@contextmanager
def _empty(folder: Path) -> Iterator[None]:
    folder.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(folder)


def _block(measure: Measure, rows: Sequence[Variant], rounds: Sequence[Round]) -> Iterator[str]:
    yield f"{measure.name:26}{_HEAD:>24}{'of plain Scrapy':>21}{'archive alone':>21}"
    for variant in rows:
        if variant.missing:
            yield f"{variant.name:26}{variant.missing}"
        elif any(measure.value(costs[variant.name]) for costs in rounds):
            yield _line(measure, variant, rows[0], rounds)


def _line(measure: Measure, variant: Variant, plain: Variant, rounds: Sequence[Round]) -> str:
    values = [measure.value(costs[variant.name]) for costs in rounds]
    of_plain = [] if variant is plain else _ratios(measure, variant.name, plain.name, rounds)
    of_bare = _ratios(measure, variant.name, variant.bare, rounds) if variant.bare else []
    target = measure.verdict(median(of_plain)) if variant.has_target and of_plain else ""
    numbers = f"{_spread(values, 8, 0 if min(values) >= 100 else 1)}{_spread(of_plain, 7)}"
    return f"{variant.name:26}{numbers}{_spread(of_bare, 7)}{target}".rstrip()


def _ratios(measure: Measure, name: str, base: str, rounds: Sequence[Round]) -> list[float]:
    """Return the ratio of each round; none where there is nothing to compare with."""
    pairs = [(measure.value(costs[name]), measure.value(costs[base])) for costs in rounds]
    return [value / against for value, against in pairs] if all(b for _, b in pairs) else []


def _spread(values: Sequence[float], width: int, digits: int = 2) -> str:
    if not values:
        return " " * (3 * width)
    found = (min(values), median(values), max(values))
    return "".join(f"{value:{width}.{digits}f}" for value in found)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=_count(_MAX_PAGES), default=5000)
    parser.add_argument("--rounds", type=_count(_MAX_ROUNDS), default=3)
    parser.add_argument("--gzip", action="store_true", help="nginx compresses what it sends")
    parser.add_argument("--peers", type=Path, default=PEERS, help="default: .venv-peers")
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
