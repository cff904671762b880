"""One Scrapy crawl of a served site in a process of its own; its cost is the last line it prints.

    python -m benchmarks._crawl SETTINGS_JSON BASE_URL PAGES SIZE

Imports nothing but Scrapy, 2.11 or later: it also runs in the environment of the peers.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import CrawlerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response

CONCURRENCY = 64

COMMON: dict[str, Any] = {
    "CONCURRENT_REQUESTS": CONCURRENCY,
    "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The cost from the first request until the archive is sealed; of wget, that of the process.

    ``wall``, ``cpu`` (the whole process) and ``main_cpu`` (the thread of the event loop) in
    seconds, ``peak_rss`` in KiB, ``warc`` (the size of the WARC files) in bytes.
    """

    software: str
    requests: int
    wall: float
    cpu: float
    main_cpu: float
    peak_rss: int
    warc: int = 0


class PagesSpider(scrapy.Spider):
    """Requests each page once and looks only at its length.

    As many requests as run at once begin it, and each answer brings the next one: of a long list
    Scrapy would hold all in memory once its downloader was full, which depends on who is faster.
    """

    name = "overhead"
    began: tuple[float, float, float]

    def __init__(self, base: str, pages: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._left = (scrapy.Request(f"{base}/{page}.json") for page in range(pages))
        self.responses = 0
        self.size = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for request in self.start_requests():
            yield request

    def start_requests(self) -> Iterator[scrapy.Request]:
        """Yield the first requests; Scrapy before 2.13 calls this one."""
        self.began = clocks()
        yield from islice(self._left, CONCURRENCY)

    def parse(self, response: Response) -> scrapy.Request | None:
        self.responses += 1
        self.size += len(response.body)
        return next(self._left, None)


def crawl(settings: dict[str, Any], base: str, pages: int, size: int) -> Cost:
    """Crawl all *pages* below *base*, of *size* bytes in all. Raises SystemExit if some lack."""
    process = CrawlerProcess({**COMMON, **settings})
    crawler = process.create_crawler(PagesSpider)
    process.crawl(crawler, base=base, pages=pages)
    process.start()
    ended = clocks()
    spider = crawler.spider
    assert isinstance(spider, PagesSpider)
    if (spider.responses, spider.size) != (pages, size):
        sys.exit(f"got {spider.responses} pages of {pages}, {spider.size} bytes of {size}")
    wall, cpu, main_cpu = (end - start for end, start in zip(ended, spider.began, strict=True))
    return Cost(
        software=f"Scrapy {scrapy.__version__}",
        requests=pages,
        wall=wall,
        cpu=cpu,
        main_cpu=main_cpu,
        peak_rss=peak_rss(),
    )


def peak_rss(pid: int | str = "self") -> int:
    """Return the peak memory of the running process *pid* in KiB, 0 if it has ended; on Linux.

    VmHWM (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html) starts anew with each
    program; ``ru_maxrss`` does not fall below that of the process which started it.
    """
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def clocks() -> tuple[float, float, float]:
    """Return seconds of wall time, of the process and of the calling thread."""
    return time.perf_counter(), time.process_time(), time.thread_time()


if __name__ == "__main__":
    _settings, _base, _pages, _size = sys.argv[1:]
    print(json.dumps(asdict(crawl(json.loads(_settings), _base, int(_pages), int(_size)))))
