"""How fast ``scrapy verify`` reads a WARC file, against ``fastwarc check`` and ``warcio check``.

    python -m benchmarks.archive_reading [--exchanges N] [--rounds N]

All check the same file of generated exchanges by turns, each in a fresh process, so that the
ratios of a round hold on a noisy machine too. Ours alone checks payload digests, ids and
references; of its CPU time on 5,000 exchanges about a third is the start of Scrapy, which the other
cores wait for. It reads with all cores, and once more with one. A round in which one of them finds
a fault or misses a record is void. Exit codes: 0 measured, 1 void or failed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from crawler import settings as house
from crawler.warc.compression import compressor
from crawler.warc.exchange import Exchange
from crawler.warc.records import exchange_records
from crawler.warc.writer import WarcWriter

BIN = Path(sys.executable).parent
CHECKS = {
    "scrapy verify": (sys.executable, "-m", "scrapy", "verify"),
    "  on one core": (sys.executable, "-m", "scrapy", "verify", "-s", "WARC_WORKERS=1"),
    "fastwarc check": (BIN / "fastwarc", "check"),
    "warcio check": (BIN / "warcio", "check"),
}
OURS, OURS_ALONE, *OTHERS = CHECKS

_BODY = 30_000
_WORDS = 2_000
_MAX_EXCHANGES = 100_000
_MAX_ROUNDS = 50


class VoidRunError(Exception):
    """A check that does not count: it failed, took too long or did not see every record."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """``wall`` and ``cpu`` in seconds, start of the process included, ``peak_rss`` in KiB."""

    wall: float
    cpu: float
    peak_rss: int


Round = dict[str, Cost]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="newsreel-reading-") as folder:
        path = generate(Path(folder), options.exchanges)
        size = path.stat().st_size
        records = 2 * options.exchanges + 1
        print(f"{records} records, {size / 1e6:.1f} MB, {options.rounds} rounds", flush=True)
        try:
            rounds = [_round(path, records) for _ in range(options.rounds)]
        except VoidRunError as error:
            print(f"void: {error}", file=sys.stderr)
            return 1
    print(table(rounds, size, records))
    return 0


def generate(folder: Path, exchanges: int) -> Path:
    """Write a WARC file of that many exchanges, pages of 30 kB in a language of our own."""
    chance = random.Random(20240411)
    words = ["".join(chance.choices(string.ascii_lowercase, k=n % 9 + 2)) for n in range(_WORDS)]
    writer = WarcWriter(
        folder, "bench", software="benchmark", compress=compressor(house.ARCHIVE_GZIP)
    )
    for number in range(exchanges):
        body = " ".join(chance.choices(words, k=_BODY // 7)).encode()[:_BODY]
        writer.write(exchange_records(_exchange(number, body)))
    writer.close()
    (path,) = folder.iterdir()
    return path


def table(rounds: Sequence[Round], size: int, records: int) -> str:
    """Return minimum, median and maximum of each check, and of ours against each of the others."""
    lines = [f"{'':38}{'min':>9}{'median':>9}{'max':>9}"]
    for name in CHECKS:
        costs = [costs[name] for costs in rounds]
        lines += [
            _line(f"{name:15} MB/s of the file", [size / 1e6 / cost.wall for cost in costs], 0),
            _line(f"{name:15} records/s", [records / cost.wall for cost in costs], 0),
            _line(f"{name:15} CPU s", [cost.cpu for cost in costs], 2),
            _line(f"{name:15} peak RSS MB", [cost.peak_rss / 1024 for cost in costs], 0),
        ]
    for name in OTHERS:
        wall = [costs[name].wall / costs[OURS].wall for costs in rounds]
        cpu = [costs[name].cpu / costs[OURS_ALONE].cpu for costs in rounds]
        lines.append(_line(f"ratio records/s to {name}", wall, 2))
        lines.append(_line(f"ratio records/CPU s to {name}", cpu, 2))
    return "\n".join(lines)


def _exchange(number: int, body: bytes) -> Exchange:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body)
    return Exchange(
        uri=f"http://news.example/{number}.html",
        method="GET",
        started=datetime.now(UTC),
        request=b"GET /%d.html HTTP/1.1\r\nHost: news.example\r\n\r\n" % number,
        response=head + body,
        ip_address="198.51.100.7",
    )


def _round(path: Path, records: int) -> Round:
    return {name: _check(name, path, records) for name in CHECKS}


def _check(name: str, path: Path, records: int) -> Cost:
    limit = 60 + records * 0.01
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([*CHECKS[name], path], stdout=output, stderr=subprocess.STDOUT)
        cost = _waited(name, process, began, limit)
        output.seek(0)
        said = output.read().decode(errors="replace")
    if process.returncode:
        raise VoidRunError(f"{name} ended with {process.returncode}: {said[-500:]}")
    # warcio check says nothing of a file without faults.
    if name != "warcio check" and not re.search(rf"\b{records} records\b", said):
        raise VoidRunError(f"{name} did not see {records} records: {said[-500:]}")
    print(f"{name:15} {records / cost.wall:8.0f} records/s", flush=True)
    return cost


def _waited(name: str, process: subprocess.Popen[bytes], began: float, limit: float) -> Cost:
    """Wait for the end of *process* and take what it used; its ``returncode`` is then set."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return Cost(
                wall=time.perf_counter() - began,
                cpu=usage.ru_utime + usage.ru_stime,
                peak_rss=usage.ru_maxrss,
            )
        if time.perf_counter() - began > limit:
            process.kill()
            process.wait()
            raise VoidRunError(f"{name} took more than {limit:.0f} s")
        time.sleep(0.005)


def _line(label: str, values: Sequence[float], digits: int) -> str:
    return f"{label:38}" + "".join(
        f"{value:9.{digits}f}" for value in (min(values), median(values), max(values))
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=5000, choices=range(1, _MAX_EXCHANGES))
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, _MAX_ROUNDS))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
