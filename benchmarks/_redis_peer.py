"""The spider of scrapy-redis that `benchmarks.many_workers` is measured beside.

It is run by ``scrapy runspider`` in an environment that has scrapy-redis. It reads lists of posts,
ten at a time as WordPress gives them, and leaves guid and title of each post in Redis: no archive,
no text, no revision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from scrapy.http import Request, Response
from scrapy_redis.spiders import RedisSpider


class PeerSpider(RedisSpider):  # type: ignore[misc]
    """Takes the addresses of lists from Redis."""

    name = "peer"
    redis_key = "peer:start_urls"
    custom_settings: ClassVar[dict[str, Any]] = {
        "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
        "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
        "SCHEDULER_PERSIST": True,
        "ITEM_PIPELINES": {"scrapy_redis.pipelines.RedisPipeline": 300},
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "LOG_LEVEL": "WARNING",
        "ROBOTSTXT_OBEY": False,
    }

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Yield the posts of a list, and ask for the next ones."""
        for post in response.json():  # type: ignore[attr-defined]
            yield {"guid": post["guid"]["rendered"], "title": post["title"]["rendered"]}
        number = response.meta.get("number", 1)
        pages = response.headers["X-WP-TotalPages"] or b"1"
        if number < int(pages):
            first = response.url.partition("&page=")[0]
            yield Request(f"{first}&page={number + 1}", meta={"number": number + 1})
