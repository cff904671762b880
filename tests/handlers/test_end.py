"""The end of a run cuts what is under way, archives what came of it, and begins nothing more."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from threading import Barrier
from typing import Any, BinaryIO, Self

import pytest
from scrapy import Request, signals
from scrapy.crawler import Crawler

from crawler.extensions.signals import out_of_time
from tests.handlers.conftest import Crawl, crawl
from tests.handlers.test_capture import RETRY
from tests.servers.plain import answering

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
LONG = 100.0  # seconds that an answer would last; the run must be over long before
FIRST_BYTES = 5


class Bell:
    """Says that the time is over once two answers are whole and one has begun."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._whole = self._received = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        bell = cls(crawler)
        crawler.signals.connect(bell.downloaded, signals.response_downloaded)
        crawler.signals.connect(bell.came, signals.bytes_received)
        return bell

    def downloaded(self) -> None:
        self._whole += 1
        self._ring()

    def came(self, data: bytes, request: Request) -> None:
        self._received += len(data) * request.url.endswith("?dribble")
        self._ring()

    def _ring(self) -> None:
        if self._whole >= 2 and self._received >= FIRST_BYTES:
            self._whole = self._received = 0
            send = self._crawler.signals.send_catch_log
            asyncio.get_running_loop().call_soon(send, out_of_time)


class Site:
    """Gives whole answers, answers that dribble, and none at all."""

    def __init__(self) -> None:
        self._silent = Barrier(3)  # the dribble begins when both silent ones are requested

    def __call__(self, head: bytes, client: BinaryIO) -> None:
        if b"/whole" in head or b"/first" in head:
            client.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            return
        self._silent.wait(LONG)
        if b"/silent" in head:
            time.sleep(LONG)
        client.write(HEAD + b"x" * FIRST_BYTES)
        for _ in range(int(LONG / 2)):
            client.flush()
            time.sleep(2)
            client.write(b"x")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Crawl, float]:
    """Return a crawl that was ended, and its seconds: whole answers, slow and silent ones, queues.

    ``delayed`` waits in the downloader, for LONG seconds behind ``first``; ``queued`` in front of
    the downloader, which has enough to do.
    """
    folder: Path = tmp_path_factory.mktemp("end")
    names = ("whole", "first", "delayed", "dribble", "silent", "silent2", "queued")
    with answering(Site()) as url:
        requests: list[dict[str, Any]] = [
            {"key": name, "url": f"{url}/{name}?{name}", "meta": {"download_timeout": LONG}}
            for name in names
        ]
        for request in requests[1:3]:
            request["meta"]["download_slot"] = "slow"
        settings = {
            **RETRY,
            "EXTENSIONS": {
                "tests.handlers.request_job.FileRecorder": 0,
                "tests.handlers.test_end.Bell": 1,
            },
            "CONCURRENT_REQUESTS": 4,
            "DOWNLOAD_SLOTS": {"slow": {"concurrency": 1, "delay": LONG, "randomize_delay": False}},
        }
        begun = time.monotonic()
        return crawl(folder / "crawl", requests, settings=settings), time.monotonic() - begun


def seen(ended: tuple[Crawl, float], key: str) -> dict[str, object]:
    outcome: dict[str, object] = ended[0].outcomes[key]["seen"]
    return outcome


def test_the_run_is_over_at_once(ended: tuple[Crawl, float]) -> None:
    assert ended[1] < LONG / 2
    assert not [name for name in ended[0].outcomes["stats"]["stats"] if name.startswith("retry/")]


def test_what_was_whole_before_is_whole(ended: tuple[Crawl, float]) -> None:
    assert seen(ended, "whole")["status"] == 200
    assert ended[0].about("whole")["response"].header("WARC-Truncated") is None


def test_what_dribbles_is_cut_and_archived_as_far_as_it_came(ended: tuple[Crawl, float]) -> None:
    assert seen(ended, "dribble")["error"] == "RunEndedError"
    found = ended[0].about("dribble")
    block = found["response"].block[:]
    assert found["response"].header("WARC-Truncated") == "time"
    assert block.startswith(HEAD)
    assert 5 <= len(block) - len(HEAD) < 100
    assert ended[0].outcomes["dribble"]["archived"]["record_id"] == (
        found["response"].header("WARC-Record-ID")
    )


def test_of_what_is_silent_the_request_is_archived(ended: tuple[Crawl, float]) -> None:
    assert seen(ended, "silent")["error"] == "RunEndedError"
    assert set(ended[0].about("silent")) == {"request"}


@pytest.mark.parametrize("key", ["queued", "delayed"])
def test_what_waits_is_refused_and_leaves_no_record(ended: tuple[Crawl, float], key: str) -> None:
    assert seen(ended, key)["error"] == "RunEndedError"
    assert ended[0].outcomes[key]["archived"] is None
    assert ended[0].about(key) == {}
