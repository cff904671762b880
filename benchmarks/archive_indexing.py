"""What indexing costs: ``scrapy index`` against cdxj-indexer on the same file, in one run.

    python -m benchmarks.archive_indexing [--exchanges N] [--rounds N]

The file has as many exchanges, of about 30 KB each, as `WarcWriter` writes them. The tools take
turns in fresh processes. Then the parts by themselves: a line and its key, as the writer of a crawl
makes them.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from crawler.items import RecordRef
from crawler.warc.cdxj import cdxj_line
from crawler.warc.compression import compressor
from crawler.warc.exchange import Exchange
from crawler.warc.records import exchange_records
from crawler.warc.surt import surt
from crawler.warc.writer import WarcWriter

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-judges" / "bin" / "cdxj-indexer"
TIMEOUT = 600.0
WORDS = ("the", "of", "harbour", "council", "ferry", "said", "storm", "vote", "island", "minister")
HEAD = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 11 Apr 2024 08:30:00 GMT\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n"
    b'Link: <https://news.example/wp-json/>; rel="https://api.w.org/"\r\n\r\n'
)


@dataclass(frozen=True)
class Cost:
    """What one process took: CPU seconds, and its peak RSS in MB."""

    cpu: float
    peak_rss: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    if not PEER.exists():
        print(f"cdxj-indexer is skipped: there is no {PEER}, `make world` installs it")
    with tempfile.TemporaryDirectory(prefix="newsreel-indexing-") as name:
        small, _ = write(Path(name) / "small", 1)
        path, size = write(Path(name) / "large", options.exchanges)
        print(f"{options.exchanges} exchanges, {size / 1e6:.0f} MB, {options.rounds} rounds")
        index = Path(name) / "index.cdxj"
        starts = [by_tool(small, index, 1) for _ in range(options.rounds)]
        rounds = [by_tool(path, index, options.exchanges) for _ in range(options.rounds)]
    print(table(rounds, starts, size))
    print(f"line {cpu_of_call(a_line):.1f} µs, of which the key {cpu_of_call(a_key):.1f} µs (CPU)")
    return 0


def by_tool(path: Path, index: Path, exchanges: int) -> dict[str, Cost]:
    """Return the cost of each tool for *path*. Raises ValueError if an index is incomplete."""
    commands = {
        "newsreel": [sys.executable, "-m", "scrapy", "index", str(path), "-o", str(index)],
        "cdxj-indexer": [str(PEER), "--sort", "-o", str(index), str(path)],
    }
    costs = {}
    for tool, command in commands.items():
        if Path(command[0]).exists():
            costs[tool] = measure(command)
            if (made := count_lines(index)) != exchanges:
                raise ValueError(f"{tool} made {made} lines of {exchanges}")
    return costs


def write(folder: Path, exchanges: int) -> tuple[Path, int]:
    """Write a file of *exchanges*; return its path and the bytes of its blocks."""
    pick = random.Random(2024)
    texts = [" ".join(pick.choices(WORDS, k=5000)).encode() for _ in range(50)]
    writer = WarcWriter(folder, "bench", software="bench", compress=compressor("isal-2"))
    started = datetime(2024, 4, 11, 8, 30, tzinfo=UTC)
    size = 0
    for number in range(exchanges):
        path = f"/2024/04/{pick.randrange(10**9)}/?page={number}&lang=en"
        request = f"GET {path} HTTP/1.1\r\nHost: news.example\r\n\r\n".encode()
        body = b"%d %s" % (number, texts[number % len(texts)])
        exchange = Exchange(
            uri=f"https://news.example{path}",
            method="GET",
            started=started + timedelta(seconds=number),
            request=request,
            response=HEAD % len(body) + body,
        )
        size += len(exchange.request) + len(exchange.response)
        writer.write(exchange_records(exchange))
    writer.close()
    return next(folder.glob("*.warc.gz")), size


def measure(command: list[str]) -> Cost:
    """Run *command* to its end. Raises CalledProcessError, TimeoutExpired."""
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        end = time.monotonic() + TIMEOUT
        while (done := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(command, TIMEOUT)
            time.sleep(0.02)
    except BaseException:
        process.kill()
        raise
    _, status, usage = done
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def count_lines(path: Path) -> int:
    """Return the number of lines in *path*."""
    with path.open("rb") as file:
        return sum(1 for _ in file)


def table(rounds: list[dict[str, Cost]], starts: list[dict[str, Cost]], size: int) -> str:
    """Return the median round of each tool; its start does not count for the speed."""
    rows = [f"{'':16}{'CPU s':>8}{'to start':>10}{'MB/s':>8}{'peak RSS MB':>13}"]
    for tool in rounds[0]:
        cpu = median(costs[tool].cpu for costs in rounds)
        start = median(costs[tool].cpu for costs in starts)
        rss = median(costs[tool].peak_rss for costs in rounds)
        speed = size / 1e6 / (cpu - start)
        rows.append(f"{tool:16}{cpu:8.2f}{start:10.2f}{speed:8.0f}{rss:13.0f}")
    return "\n".join(rows)


URI = "https://news.example/wp-json/wp/v2/posts?per_page=100&page=3&orderby=modified&order=asc"
REF = RecordRef(
    record_id="<urn:uuid:12345678-0000-4000-8000-000000000000>",
    uri=URI,
    date="2024-04-11T08:30:00.123456Z",
    file="newsreel-example-20240411083000-00000.warc.gz",
    offset=123_456_789,
    length=7_890,
)
BLOCK = HEAD % 30_000 + b"x" * 30_000


def a_line() -> object:
    return cdxj_line(
        REF, type="response", block=BLOCK, digest="sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    )


def a_key() -> object:
    return surt(URI)


def cpu_of_call(call: Callable[[], object], times: int = 20_000, rounds: int = 5) -> float:
    """Return the CPU microseconds of one *call*, in the best round."""
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        for _ in range(times):
            call()
        taken.append(time.process_time() - begin)
    return min(taken) / times * 1e6


if __name__ == "__main__":
    sys.exit(main())
