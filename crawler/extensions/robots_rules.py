"""The robots.txt of each host, asked once a run, and what follows from the answer.

Source: RFC 9309, section 2.3.1 (what an answer means) and 2.5 (how much of it is read).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest, StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler, load_object

from crawler.archive.run_end_records import CRAWL_DELAY
from crawler.exceptions import (
    HostBusyError,
    NotInArchive,
    OffsiteRedirectError,
    StorageError,
)
from crawler.extensions.request_meta import ROBOTS
from crawler.settings_reader import SettingsReader

logger = logging.getLogger(__name__)

MOST_BYTES = 512 << 10

_FIRST = 1000  # priority: all else at the host waits for it
_BUSY = 429
_LATER = "run the crawl again later, or with the publisher's leave pass -s ROBOTSTXT_OBEY=False"


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """What a host says: the ``rules`` of its file, or ``refusal``, why it forbids everything.

    Without both, everything is allowed. ``response`` is the answer, if there was one.
    """

    rules: RobotParser | None = None
    refusal: str = ""
    response: Response | None = None


class RobotsExtension:
    """Asks for the robots.txt of each host, once."""

    def __init__(self, crawler: Crawler) -> None:
        settings = SettingsReader(crawler.settings)
        self._crawler = crawler
        self._stats = crawler.stats
        self._parser = load_object(crawler.settings["ROBOTSTXT_PARSER"])
        self._agent = crawler.settings["ROBOTSTXT_USER_AGENT"] or settings.USER_AGENT
        self.obeys = settings.ROBOTSTXT_OBEY
        self._asked: dict[str, asyncio.Future[Robots]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.stop_behind_limit, signals.bytes_received)
        return extension

    async def ask(self, url: str) -> Robots:
        """Return what the host of *url* says. Raises StorageError."""
        parts = urlsplit(url)
        if (asked := self._asked.get(parts.netloc)) is None:
            asked = asyncio.ensure_future(self._fetch(f"{parts.scheme}://{parts.netloc}"))
            self._asked[parts.netloc] = asked
        return await asyncio.shield(asked)

    def known(self, url: str) -> Robots | None:
        """Return what the host of *url* said, None if it was not asked or has not answered."""
        asked = self._asked.get(urlsplit(url).netloc)
        if asked is None or not asked.done() or asked.cancelled() or asked.exception():
            return None
        return asked.result()

    def crawl_delay(self, robots: Robots) -> float:
        """Return the seconds between two requests that *robots* asks of us, 0 if none."""
        delay = (robots.rules.crawl_delay(self._agent) or 0.0) if robots.rules else 0.0
        if delay > 0:
            self._stats.max_value(CRAWL_DELAY, delay)
        return delay

    async def _fetch(self, origin: str) -> Robots:
        self._stats.inc_value("robotstxt/request_count")
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            priority=_FIRST,
            meta={"dont_obey_robotstxt": True, ROBOTS: 0},
            dont_filter=True,
        )
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(request)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, there is no answer
            self._stats.inc_value(f"robotstxt/exception_count/{type(error)}")
            return Robots(refusal=_refusal(request.url, error))
        return self._read(response)

    def _read(self, response: Response) -> Robots:
        """Return what *response* means: its rules, all is allowed, or nothing is."""
        self._stats.inc_value("robotstxt/response_count")
        self._stats.inc_value(f"robotstxt/response_status_count/{response.status}")
        if response.status >= 500 or response.status == _BUSY:
            answer = f"{response.url} answers with status {response.status}"
            return Robots(response=response, refusal=_forbidding(answer))
        if not 200 <= response.status < 300:
            return Robots(response=response)
        body = beginning(response.body)
        rules = build_from_crawler(self._parser, self._crawler, body)
        return Robots(response=response, rules=rules)

    def stop_behind_limit(self, data: bytes, request: Request) -> None:
        """Take no more of an endless robots.txt than counts."""
        if ROBOTS in request.meta:
            request.meta[ROBOTS] += len(data)
            if request.meta[ROBOTS] >= MOST_BYTES:
                raise StopDownload(fail=False)


def beginning(body: bytes) -> bytes:
    """Return what of a robots.txt counts: its first 512 KiB, up to the last whole line."""
    if len(body) < MOST_BYTES:
        return body
    return body[:MOST_BYTES].rpartition(b"\n")[0]


def _refusal(url: str, error: Exception) -> str:
    """Return why a robots.txt without an answer forbids everything, empty if it does not."""
    match error:
        case CannotResolveHostError():
            host = urlsplit(url).netloc
            return f"the host {host} was not found: check how it is spelled, and your network"
        case OffsiteRedirectError():
            return _forbidding(f"{url} was not read: {error}")
        case HostBusyError():
            return _forbidding(str(error))
        case NotInArchive() | IgnoreRequest():  # it redirects without end, so that there is none
            return ""
    return _forbidding(f"{url} was not answered ({type(error).__name__}: {error})")


def _forbidding(why: str) -> str:
    return f"{why.rstrip('.')}, and that forbids the whole host (RFC 9309): {_LATER}"
