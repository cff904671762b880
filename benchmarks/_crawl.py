"""One crawl of a served site in a process of its own; its cost is the last line it prints.

``python -m benchmarks._crawl plain|archive BASE_URL PAGES ARCHIVES_DIR``
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

from crawler import settings as house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response

CONCURRENCY = 64
EXTENSIONS = ("Report", "Guard", "Ledger", "Archive", "Collector")

_COMMON: dict[str, Any] = {
    "CONCURRENT_REQUESTS": CONCURRENCY,
    "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """From the first request until the process has shut the crawl down, the archive sealed.

    ``wall``, ``cpu`` (the whole process) and ``main_cpu`` (the thread of the event loop) in
    seconds, ``peak_rss`` in KiB as Linux counts it, ``size`` of all bodies in bytes.
    """

    wall: float
    cpu: float
    main_cpu: float
    peak_rss: int
    responses: int
    size: int


class PagesSpider(Spider):
    """Asks for each page once and looks only at its length."""

    name = "throughput"
    began: tuple[float, float, float]

    def __init__(self, base: str, pages: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._base = base
        self._pages = pages
        self.responses = 0
        self.size = 0

    async def start(self) -> AsyncIterator[Request]:
        self.began = _clocks()
        for page in range(self._pages):
            yield Request(f"{self._base}/{page}.json")

    def parse(self, response: Response) -> None:
        self.responses += 1
        self.size += len(response.body)


def crawl(variant: str, base: str, pages: int, archives: str) -> Cost:
    """Crawl all *pages* below *base* with plain Scrapy, or with the archive on."""
    own = _archiving(archives) if variant == "archive" else {}
    process = AsyncCrawlerProcess({**_COMMON, **own})
    crawler = process.create_crawler(PagesSpider)
    process.crawl(crawler, base=base, pages=pages)
    process.start()
    spider = crawler.spider
    assert isinstance(spider, PagesSpider)
    wall, cpu, main_cpu = (end - start for end, start in zip(_clocks(), spider.began, strict=True))
    return Cost(
        wall=wall,
        cpu=cpu,
        main_cpu=main_cpu,
        peak_rss=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        responses=spider.responses,
        size=spider.size,
    )


def _archiving(archives: str) -> dict[str, Any]:
    wanted = tuple(f".{name}Extension" for name in EXTENSIONS)
    return {
        "ADDONS": house.ADDONS,
        "EXTENSIONS": {
            path: order for path, order in house.EXTENSIONS.items() if path.endswith(wanted)
        },
        **{name: getattr(house, name) for name in dir(house) if name.startswith("ARCHIVE_")},
        "ARCHIVES_DIR": archives,
        "COLLECTOR_FREEZE": house.COLLECTOR_FREEZE,
        "CORPUS_PATH": house.CORPUS_PATH,
        "STATE_URI": house.STATE_URI,
    }


def _clocks() -> tuple[float, float, float]:
    return time.perf_counter(), time.process_time(), time.thread_time()


if __name__ == "__main__":
    _variant, _base, _pages, _archives = sys.argv[1:]
    print(json.dumps(asdict(crawl(_variant, _base, int(_pages), _archives))))
