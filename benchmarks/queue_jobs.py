"""What the queue of workers costs: jobs that do nothing, through PostgreSQL, by some processes.

    python -m benchmarks.queue_jobs postgresql://USER@HOST/DATABASE [--jobs N] [--workers 1 2 4]

The database is to be one that may be thrown away. Each job is of a source, and of a host, of its
own. Printed are jobs a second that are put in, and that are taken, done and taken out, and the CPU
seconds of the workers for each thousand.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
import time
from datetime import timedelta

from crawler.jobs.host_groups import HostGroups
from crawler.jobs.job_words import READ
from crawler.jobs.source_queue import SourceQueue
from crawler.sources.round_sources import Source

_TIMEOUT = 30.0
_LOOK_EVERY = 0.25


def sources(count: int) -> list[Source]:
    """Return so many sources, each with a host of its own."""
    return [
        Source(
            key=f"site{number}",
            spider="wire",
            arguments={},
            source=f"site{number}.test",
            every=timedelta(hours=1),
            freshness=timedelta(minutes=40),
            since=None,
            license="",
            tags=(),
            hosts=frozenset({f"site{number}.test"}),
            has_credentials=False,
        )
        for number in range(count)
    ]


async def put_in(uri: str, count: int) -> float:
    """Put so many jobs in, and return the seconds that it took."""
    queue, found = SourceQueue(uri, _TIMEOUT), sources(count)
    async with queue.opened():
        groups, begin = HostGroups(found), time.monotonic()
        for source in found:
            await queue.put(source, groups, 0)
        return time.monotonic() - begin


async def work(uri: str, concurrency: int) -> None:
    """Do jobs until none is left."""
    queue = SourceQueue(uri, _TIMEOUT)

    async def nothing(context: object, key: str) -> None:
        del context, key

    async def stop_at_the_end() -> None:
        while await queue.jobs.waiting_keys():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(_LOOK_EVERY)
        queue.stop()

    async with queue.opened():
        queue.name_task(READ, nothing)
        working = asyncio.ensure_future(queue.work(None, concurrency))
        await stop_at_the_end()
        await working


def measure(uri: str, workers: int, count: int, concurrency: int) -> None:
    """Have *workers* do so many jobs, and print how fast."""
    put = asyncio.run(put_in(uri, count))
    command = [sys.executable, "-m", "benchmarks.queue_jobs", uri, "--as-worker", str(concurrency)]
    before, begin = _children_cpu(), time.monotonic()
    processes = [subprocess.Popen(command) for _ in range(workers)]
    codes = [process.wait() for process in processes]
    took, cpu = time.monotonic() - begin, _children_cpu() - before
    assert not any(codes)
    print(
        f"{workers} workers, {count:,} jobs: put in {count / put:,.0f}/s, "
        f"done {count / took:,.0f}/s (with the start of the processes), "
        f"{1000 * cpu / count:.2f} CPU s for each thousand"
    )


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("uri")
    parser.add_argument("--jobs", type=int, default=2_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--as-worker", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_worker:
        asyncio.run(work(options.uri, options.as_worker))
        return
    for workers in options.workers:
        measure(options.uri, workers, options.jobs, options.concurrency)


if __name__ == "__main__":
    main()
