"""Many crawls in one process: ``python -m tests.many_runs JSON``, and what came of each."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import process as processes
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from tests.forking import LIMIT, ROOT

Run = tuple[str, dict[str, str]]
"""The name of a spider, and its arguments."""

_SETTINGS = {
    "ADDRESS_GUARD_ALLOW": "127.0.0.0/8",
    "DOWNLOAD_DELAY": 0,
    "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
    "PROGRESS_INTERVAL": 0,
    "ASKED_HOSTS_WAIT": False,  # their sites are at one address
}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What came of the runs.

    ``stats`` and ``frozen``, what the garbage collector no longer looks at, are those at the end of
    each run, in the order of the runs; ``children`` is the number of processes that were started.
    """

    stats: list[dict[str, Any]]
    frozen: list[int]
    children: int
    peak_mb: int
    log: str


def many_runs(archives: Path, runs: Sequence[Run], *, at_once: int = 16, **settings: Any) -> Ended:
    """Make *runs* in one process, into one archive. Each leaves a file ``ended N`` beside it."""
    job = {
        "settings": {**_SETTINGS, "ARCHIVES_DIR": str(archives), **settings},
        "folder": str(archives.parent),
        "runs": runs,
        "at_once": at_once,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.many_runs", json.dumps(job)],
        cwd=ROOT,
        env={**os.environ, "SCRAPY_SETTINGS_MODULE": "crawler.settings"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Ended(**json.loads(done.stdout), log=done.stderr)


def _main(job: dict[str, Any]) -> None:
    settings = get_project_settings()
    settings.update(job["settings"], priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    task = asyncio.get_event_loop_policy().get_event_loop().create_task(_crawl_all(process, job))
    process.start(stop_after_crawl=False)
    ended = task.result()
    found: dict[str, Any] = {
        "stats": [stats for stats, _ in ended],
        "frozen": [frozen for _, frozen in ended],
        "children": next(vars(processes)["_process_counter"]) - 1,
        "peak_mb": _peak_mb(),
    }
    print(json.dumps(found, default=str))


async def _crawl_all(
    process: AsyncCrawlerProcess, job: dict[str, Any]
) -> list[tuple[dict[str, Any], int]]:
    places = asyncio.Semaphore(job["at_once"])

    def note_end(number: int) -> None:
        Path(job["folder"], f"ended {number}").touch()

    async def crawl(
        number: int, spider: str, arguments: dict[str, str]
    ) -> tuple[dict[str, Any], int]:
        async with places:
            crawler = process.create_crawler(spider)
            await process.crawl(crawler, **arguments)
            note_end(number)
            assert crawler.stats
            return crawler.stats.get_stats(), gc.get_freeze_count()

    try:
        return await asyncio.gather(
            *(crawl(number, *run) for number, run in enumerate(job["runs"]))
        )
    finally:
        sys.modules["twisted.internet.reactor"].stop()


def _peak_mb() -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
