"""Runs requests through a download handler, without any middleware, in a process of its own.

``python -m tests.handlers.request_job JOB`` reads the job as JSON:
``requests`` (a list of {key, url, method, body, headers, meta}), ``settings``, ``warc`` (a folder,
or null for Scrapy's own handler) and ``outcomes`` (a file that gets one JSON line a request). The
time limit of a request whose meta has ``stalls_after`` counts from the byte of that number.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast
from unittest import mock

import scrapy
from scrapy import signals
from scrapy.core.downloader.handlers import http11
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import StopDownload

from crawler.handlers import capture
from crawler.warc.records import exchange_records
from crawler.warc.writer import WarcWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.base import DelayedCall
    from twisted.internet.defer import Deferred

    from crawler.handlers.exchange_buffer import ExchangeBuffer
    from crawler.items import RecordRef
    from crawler.warc.exchange import Exchange

SETTINGS: dict[str, Any] = {
    "DOWNLOADER_MIDDLEWARES_BASE": {},
    "SPIDER_MIDDLEWARES_BASE": {},
    "EXTENSIONS_BASE": {},
    "TELNETCONSOLE_ENABLED": False,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "WARNING",
}


class FileRecorder:
    """An archive as small as can be: every exchange straight into a WARC file."""

    def __init__(self, folder: Path) -> None:
        self._writer = WarcWriter(folder, "test", software="newsreel tests")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        recorder = cls(Path(crawler.settings["TEST_WARC"]))
        crawler.signals.connect(recorder.close, signals.engine_stopped)
        return recorder

    async def record(self, exchange: Exchange) -> RecordRef:
        return self._writer.write(exchange_records(exchange))[0]

    def close(self) -> None:
        self._writer.close()


class JobSpider(scrapy.Spider):
    """Asks for what the job lists and notes what it gets."""

    name = "job"

    def __init__(self, job: dict[str, Any]) -> None:
        super().__init__()
        self._job = job
        self._outcomes = Path(job["outcomes"]).open("w", buffering=1)  # noqa: SIM115 (until the end)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        for name in ("headers_received", "bytes_received"):
            handler = _stopper(name)
            crawler.signals.connect(handler, getattr(signals, name), weak=False)
        crawler.signals.connect(spider.note_stats, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for number, request in enumerate(self._job["requests"]):
            yield scrapy.Request(
                request["url"],
                self.note_response,
                method=request.get("method", "GET"),
                body=base64.b64decode(request.get("body", "")),
                headers=request.get("headers"),
                meta={"handle_httpstatus_all": True, **request.get("meta", {})},
                cb_kwargs={"key": request["key"]},
                errback=self.note_error,
                dont_filter=True,
                priority=-number,
            )

    def note_response(self, response: Response, key: str) -> None:
        assert response.request
        self._note(key, response.request, _seen(response))

    def note_error(self, failure: Any) -> None:
        error = failure.value
        seen = {"error": type(error).__name__, "message": str(error)}
        if isinstance(error, StopDownload) and error.response:
            seen |= _seen(error.response)
        self._note(failure.request.cb_kwargs["key"], failure.request, seen)

    def note_stats(self) -> None:
        stats = {k: v for k, v in self.crawler.stats.get_stats().items() if isinstance(v, int)}
        self._outcomes.write(json.dumps({"key": "stats", "stats": stats}))
        self._outcomes.close()

    def _note(self, key: str, request: scrapy.Request, seen: dict[str, Any]) -> None:
        ref = request.meta.get("archive")
        archived = dataclasses.asdict(ref) if ref else None
        self._outcomes.write(json.dumps({"key": key, "archived": archived, "seen": seen}) + "\n")


class PatientAgent(http11._ScrapyAgent):
    """Scrapy's, but the time limit of an answer that stalls counts from where it stalls.

    A busy machine may need longer than the limit until the first byte comes.
    """

    def download_request(self, request: scrapy.Request) -> Deferred[Response]:
        response = super().download_request(request)
        buffer, size = capture._current.get(None), request.meta.get("stalls_after")
        if buffer and size is not None:
            _postpone(self._timeout_cl, request.meta["download_timeout"], buffer, size)
        return response


def _postpone(limit: DelayedCall, seconds: float, buffer: ExchangeBuffer, size: int) -> None:
    """Let *limit* begin anew, again and again, until *buffer* has *size* bytes of an answer."""
    from twisted.internet import reactor

    was_sent = buffer.exchange("", "", None) is not None
    if limit.active() and not (was_sent and buffer.size >= size):
        limit.reset(seconds)
        cast("Any", reactor).callLater(seconds / 10, _postpone, limit, seconds, buffer, size)


def start_patiently() -> None:
    """Use `PatientAgent` from now on."""
    mock.patch.object(http11, "_ScrapyAgent", PatientAgent).start()


def _stopper(name: str) -> Any:
    def stop(request: scrapy.Request) -> None:
        if request.meta.get("stop") == name:
            raise StopDownload(fail=False)

    return stop


def _seen(response: Response) -> dict[str, Any]:
    """Return all that a spider can see of a response."""
    headers = {k.decode("latin-1"): v for k, v in response.headers.items()}
    return {
        "url": response.url,
        "status": response.status,
        "class": type(response).__name__,
        "headers": {k: [one.decode("latin-1") for one in v] for k, v in headers.items()},
        "body": [len(response.body), hashlib.sha256(response.body).hexdigest()],
        "flags": response.flags,
        "protocol": response.protocol,
        "ip_address": str(response.ip_address),
        "certificate": bool(response.certificate),
    }


def run(job: dict[str, Any]) -> None:
    """Crawl, with the capturing handler if the job names a folder for WARCs."""
    settings = dict(SETTINGS)
    if job["warc"]:
        handler = "crawler.handlers.capture.CaptureDownloadHandler"
        settings["DOWNLOAD_HANDLERS"] = {"http": handler, "https": handler}
        settings["EXTENSIONS"] = {FileRecorder: 0}
        settings["TEST_WARC"] = job["warc"]
    start_patiently()
    process = AsyncCrawlerProcess(settings | job["settings"])
    process.crawl(JobSpider, job=job)
    process.start()


if __name__ == "__main__":
    run(json.loads(Path(sys.argv[1]).read_text()))
