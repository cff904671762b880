"""Many crawls in one process, some at once: ``python -m benchmarks._many_runs JSON``.

JSON is ``{"settings": {…}, "at_once": N, "runs": [[spider, {argument: value}], …]}``. Prints JSON:
the CPU and wall seconds of this process from the first run to the last one, its peak memory in MB,
and how many child processes were started. With ``profile`` it tells where the time went.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import pstats
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import process as processes
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from crawler.shared_processes import shared_processes_held

_SHOWN = 60


def main(job: dict[str, Any]) -> None:
    """Make the runs and print what they cost."""
    settings = get_project_settings()
    settings.update(job["settings"], priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    found: dict[str, Any] = {}
    loop = asyncio.get_event_loop_policy().get_event_loop()
    task = loop.create_task(_measured(process, job, found))
    process.start(stop_after_crawl=False)
    task.result()
    print(json.dumps(found))


async def _measured(
    process: AsyncCrawlerProcess, job: dict[str, Any], found: dict[str, Any]
) -> None:
    reactor: Any = sys.modules["twisted.internet.reactor"]  # the process installs it

    try:
        cpu, wall = _cpu_seconds(), time.perf_counter()
        with shared_processes_held(), _profiled(is_wanted=job.get("profile", False)):
            await _crawl(process, iter(job["runs"]), job["at_once"])
        found["cpu"] = _cpu_seconds() - cpu
        found["wall"] = time.perf_counter() - wall
        found["peak_mb"] = _peak_mb()
        found["children"] = next(vars(processes)["_process_counter"]) - 1
    finally:
        reactor.stop()


async def _crawl(process: AsyncCrawlerProcess, runs: Iterator[Any], at_once: int) -> None:
    async def some() -> None:
        for spider, arguments in runs:
            await process.crawl(spider, **arguments)

    await asyncio.gather(*(some() for _ in range(at_once)))


@contextmanager
def _profiled(*, is_wanted: bool) -> Iterator[None]:
    if not is_wanted:
        yield
        return
    with cProfile.Profile() as profile:
        yield
    stats = pstats.Stats(profile, stream=sys.stderr)
    stats.sort_stats("tottime").print_stats(_SHOWN)
    stats.sort_stats("cumtime").print_stats(2 * _SHOWN)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak_mb() -> int:
    """Return the peak of this process alone: `ru_maxrss` is that of who started it, too."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
