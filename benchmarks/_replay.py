"""One Scrapy crawl, live or replayed, whose pages are compared with those that were served.

    python -m benchmarks._replay SETTINGS_JSON BASE_URL PAGES FOLDER

FOLDER holds ``0.json`` and so on. Imports nothing but Scrapy, 2.11 or later, as `_crawl` does.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from hashlib import sha1
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.crawler import CrawlerProcess

from benchmarks._crawl import COMMON, PagesSpider, clocks, peak_rss

if TYPE_CHECKING:
    from scrapy.http import Response


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """The cost of a replay from the making of the crawler, which reads indexes, to its end.

    ``right`` of ``pages`` came as they were served; ``wall`` and ``cpu`` in seconds,
    ``peak_rss`` in KiB.
    """

    pages: int
    right: int
    wall: float
    cpu: float
    peak_rss: int


class DigestSpider(PagesSpider):
    """Notes the digest of each page; of the same name as the spider that recorded them."""

    def __init__(self, base: str, pages: int, **kwargs: Any) -> None:
        super().__init__(base, pages, **kwargs)
        self.digests: dict[str, bytes] = {}

    def parse(self, response: Response) -> None:
        self.digests[response.url] = sha1(response.body).digest()


def crawl(settings: dict[str, Any], base: str, pages: int, folder: Path) -> Replayed:
    """Crawl all *pages* below *base*, those of *folder*."""
    began = clocks()
    process = CrawlerProcess({**COMMON, **settings})
    crawler = process.create_crawler(DigestSpider)
    process.crawl(crawler, base=base, pages=pages)
    process.start()
    wall, cpu, _ = (end - start for end, start in zip(clocks(), began, strict=True))
    peak = peak_rss()
    spider = crawler.spider
    assert isinstance(spider, DigestSpider)
    right = sum(
        spider.digests.get(f"{base}/{page}.json") == _digest(folder / f"{page}.json")
        for page in range(pages)
    )
    return Replayed(pages=pages, right=right, wall=wall, cpu=cpu, peak_rss=peak)


def _digest(file: Path) -> bytes:
    return sha1(file.read_bytes()).digest()


if __name__ == "__main__":
    _settings, _base, _pages, _folder = sys.argv[1:]
    print(json.dumps(asdict(crawl(json.loads(_settings), _base, int(_pages), Path(_folder)))))
