"""Runs requests through the capturing or the replaying handler and notes every signal they send.

``python -m tests.handlers.signal_job JOB`` reads a job as `tests.handlers.request_job` does, with
``archives``: a folder whose ``warc`` is written, or read if ``replay`` is true. Sockets and the
resolver are then forbidden; each try is a line in ``outcomes``.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess

from crawler import settings as defaults
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.report import ReportExtension
from crawler.settings_reader import SettingsReader
from crawler.warc.runs import new_run
from crawler.warc.writer import WarcWriter
from tests.handlers.request_job import SETTINGS, FileRecorder, JobSpider, start_patiently

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

HANDLERS = {
    False: "crawler.handlers.capture.CaptureDownloadHandler",
    True: "crawler.handlers.offline.ReplayDownloadHandler",
}
_CALLS = ("connect", "connect_ex", "sendto", "sendmsg")
_LOOK_UPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")


class RunRecorder(FileRecorder):
    """Records a run that a replay knows again."""

    def __init__(self, folder: Path) -> None:
        fields = new_run(ListeningSpider.name, "", {})
        self._writer = WarcWriter(folder, "test", software="newsreel tests", fields=fields)


class ListeningSpider(JobSpider):
    """Notes, beside what it gets, the signals that its requests send."""

    name = "listening"

    def __init__(self, job: dict[str, Any]) -> None:
        super().__init__(job)
        self._heads: dict[str, list[Any]] = defaultdict(list)
        self._bodies: dict[str, bytes] = defaultdict(bytes)
        self._downloads: dict[str, list[Any]] = defaultdict(list)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.head_came, signals.headers_received)
        crawler.signals.connect(spider.body_came, signals.bytes_received)
        crawler.signals.connect(spider.downloaded, signals.response_downloaded)
        return spider

    def head_came(self, headers: Headers, body_length: int | None, request: Request) -> None:
        length = body_length if isinstance(body_length, int) else None
        fields = [[name.decode("latin-1"), _texts(values)] for name, values in headers.items()]
        self._heads[_key(request)].append([fields, length])

    def body_came(self, data: bytes, request: Request) -> None:
        self._bodies[_key(request)] += data

    def downloaded(self, response: Response, request: Request) -> None:
        self._downloads[_key(request)].append([response.status, response.url, len(response.body)])

    def _note(self, key: str, request: Request, seen: dict[str, Any]) -> None:
        body = self._bodies[key]
        seen["signals"] = {
            "headers_received": self._heads[key],
            "bytes_received": [len(body), hashlib.sha256(body).hexdigest()],
            "response_downloaded": self._downloads[key],
        }
        super()._note(key, request, seen)


def _key(request: Request) -> str:
    key: str = request.cb_kwargs["key"]
    return key


def _texts(values: list[bytes]) -> list[str]:
    return [value.decode("latin-1") for value in values]


def forbid_the_network(note: Path) -> None:
    """Make every way out raise, and leave a line in *note* even if somebody catches that."""

    def forbidden(name: str) -> Callable[..., NoReturn]:
        def call(*args: object, **_: object) -> NoReturn:
            with note.open("a") as file:
                file.write(f"{name}{args}\n")
            raise AssertionError(f"{name} was called in a replay")

        return call

    for name in _CALLS:
        setattr(socket.socket, name, forbidden(name))
    for name in _LOOK_UPS:
        setattr(socket, name, forbidden(name))


def run(job: dict[str, Any]) -> None:
    """Crawl, live or from the archive."""
    archives = Path(job["archives"])
    handler = HANDLERS[job["replay"]]
    settings = {**SETTINGS, "DOWNLOAD_HANDLERS": {"http": handler, "https": handler}}
    if job["replay"]:
        forbid_the_network(Path(job["outcomes"]).with_name("network"))
        settings["EXTENSIONS"] = {LedgerExtension: 0, ReportExtension: 1, ReplayExtension: 2}
        settings["REPLAY_FROM"] = [str(archives / "warc")]
        settings["ARCHIVES_DIR"] = str(archives / "replay")
        known = vars(SettingsReader)
        ours = {name: value for name, value in vars(defaults).items() if name in known}
        settings = ours | settings
    else:
        settings["EXTENSIONS"] = {RunRecorder: 0}
        settings["TEST_WARC"] = str(archives / "warc")
    start_patiently()
    process = AsyncCrawlerProcess(settings | job["settings"])
    process.crawl(ListeningSpider, job=job)
    process.start()


if __name__ == "__main__":
    run(json.loads(Path(sys.argv[1]).read_text()))
