"""Messages too large for memory: whole and cut ones, byte for byte, and what they cost."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO, NoReturn, Self

import pytest
from scrapy.crawler import Crawler

from crawler.warc.message import split_head
from crawler.warc.spool import MEMORY_LIMIT, Spool
from tests.conftest import Scrapy
from tests.handlers.conftest import Crawl, crawl
from tests.handlers.test_capture import RETRY
from tests.limits import small_files
from tests.servers.plain import answering

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = os.urandom(1 << 16) * 48
CHUNKS = b"".join(
    b"10000\r\n%b\r\n" % BODY[start : start + 65_536] for start in range(0, 1 << 21, 65_536)
)
BIG = 8 << 20

CASES: dict[str, tuple[bytes, str | None]] = {
    "whole": (HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY, None),
    "until it closes": (HEAD + b"\r\n" + BODY, None),
    "chunked": (CHUNKED + CHUNKS + b"0\r\nX-Trailer: 1\r\n\r\n", None),
    "too short": (HEAD + b"Content-Length: %d\r\n\r\n" % (2 * len(BODY)) + BODY, "disconnect"),
    "chunks without end": (CHUNKED + CHUNKS, "disconnect"),
    "cut in a chunk": (CHUNKED + CHUNKS[: MEMORY_LIMIT + 100], "disconnect"),
    "no HTTP": (b"SSH-2.0" + BODY, "unspecified"),
}


def crawled(folder: Path, sent: bytes, **settings: object) -> Crawl:
    def answer(head: bytes, client: BinaryIO) -> None:
        client.write(sent)

    with answering(answer) as url:
        return crawl(folder, [{"key": "one", "url": f"{url}/?one"}], settings=settings)


@pytest.mark.parametrize(("sent", "truncated"), CASES.values(), ids=CASES)
def test_large_messages_are_byte_for_byte(
    tmp_path: Path, sent: bytes, truncated: str | None
) -> None:
    found = crawled(tmp_path / "crawl", sent).about("one")
    main = found.get("response") or found["resource"]
    assert main.header("WARC-Truncated") == truncated
    if "resource" in found:
        assert sent.startswith(main.block[:])  # we hung up
    else:
        assert main.block[:] == sent


def test_one_that_is_larger_than_allowed_is_kept_up_to_there(tmp_path: Path) -> None:
    sent = HEAD + b"\r\n" + BODY
    run = crawled(tmp_path / "crawl", sent, DOWNLOAD_MAXSIZE=2 * MEMORY_LIMIT)
    assert run.outcomes["one"]["seen"]["error"] == "DownloadCancelledError"
    response = run.about("one")["response"]
    assert response.header("WARC-Truncated") == "length"
    assert sent.startswith(response.block[:])
    assert len(split_head(response.block)[1]) >= 2 * MEMORY_LIMIT


def test_a_disk_without_room_for_it_is_a_storage_error(tmp_path: Path) -> None:
    with small_files(2 * MEMORY_LIMIT):
        run = crawled(tmp_path / "crawl", CASES["whole"][0], **RETRY, ARCHIVES_DIR=str(tmp_path))
    assert run.outcomes["one"]["seen"]["error"] == "StorageError"
    assert not [name for name in run.outcomes["stats"]["stats"] if name.startswith("retry/")]


class FullDisk:
    """Lets the disk refuse one method of `Spool`, whatever the sizes in which the bytes come."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        def refuse(*_: object) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device")

        setattr(Spool, crawler.settings["TEST_REFUSED"], refuse)
        return cls()


@pytest.mark.parametrize("refused", ["write", "cut", "view"])
def test_whatever_the_disk_refuses_is_a_storage_error(tmp_path: Path, refused: str) -> None:
    recorder, full_disk = (
        "tests.handlers.request_job.FileRecorder",
        "tests.handlers.test_large.FullDisk",
    )
    settings = {**RETRY, "EXTENSIONS": {recorder: 0, full_disk: 1}, "TEST_REFUSED": refused}
    sent = HEAD + b"Content-Length: 2\r\n\r\nok, and a surplus"
    run = crawled(tmp_path / "crawl", sent, **settings)
    assert run.outcomes["one"]["seen"]["error"] == "StorageError"
    assert "No space left on device" in run.outcomes["one"]["seen"]["message"]
    assert run.outcomes["one"]["archived"] is None
    assert not [name for name in run.outcomes["stats"]["stats"] if name.startswith("retry/")]


def test_memory_of_a_crawl_of_large_bodies_is_bounded(scrapy: Scrapy, archives: Path) -> None:
    """The highest resident set as the kernel counts it, against Scrapy's own handler.

    CONCURRENT_REQUESTS is set since Scrapy 2.19 heeds the limit of a domain only with a delay.
    """
    noise = os.urandom(BIG)

    def answer(head: bytes, client: BinaryIO) -> None:
        client.write(HEAD + b"Content-Length: %d\r\n\r\n%-16d" % (BIG, hash(head)) + noise[16:])

    most = {}
    with answering(answer) as url:
        for mode in ("off", "record"):
            options = ["-a", f"url={url}", "-a", "count=40", "-s", f"ARCHIVE_MODE={mode}"]
            options += ["-s", "ROBOTSTXT_OBEY=False", "-s", "MEMUSAGE_CHECK_INTERVAL_SECONDS=0.1"]
            options += ["-s", "CONCURRENT_REQUESTS=4"]
            run = scrapy("runspider", "tests/handlers/large_spider.py", *options)
            stats = run.report["stats"]
            assert stats["large/bytes"] == 40 * BIG, run.log
            most[mode] = stats["memusage/max"]
    assert sum(path.stat().st_size for path in (archives / "warc").iterdir()) > 40 * BIG
    assert most["record"] < 1.3 * most["off"], most
