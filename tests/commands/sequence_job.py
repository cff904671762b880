"""Runs of a spider that asks for nothing: ``python -m tests.commands.sequence_job RUNS``.

It prints how many of the crawlers are left when the last one has ended.
"""

from __future__ import annotations

import gc
import sys
import weakref

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from crawler.commands.run_sequence import PlannedRun, RunSequence

_SETTINGS = {
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "LOG_ENABLED": False,
}


class _Idle(Spider):
    name = "idle"


def _main(count: int) -> None:
    process = AsyncCrawlerProcess(_SETTINGS)
    crawlers: list[weakref.ref[Crawler]] = []

    def next_run(before: Crawler | None) -> PlannedRun | None:
        if len(crawlers) == count:
            return None
        crawler = process.create_crawler(_Idle)
        crawlers.append(weakref.ref(crawler))
        return crawler, {"number": str(len(crawlers))}

    runs = RunSequence(process, next_run, refuse=lambda error: 1)
    runs.begin()
    process.start()
    del runs
    gc.collect()
    print(sum(crawler() is not None for crawler in crawlers))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
