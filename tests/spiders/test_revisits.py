"""What did not change since the last crawl is archived as a revisit of what was archived then."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from crawler.warc.message import head_length, payload
from crawler.warc.reader import Record, records
from crawler.warc.records import IDENTICAL_PAYLOAD, MIN_REVISIT_SIZE, NOT_MODIFIED
from tests.conftest import Scrapy
from tests.running import Run
from tests.servers.plain import answering
from tests.spiders.conftest import Harbour

PAGE = b"<!doctype html><title>News</title><p>The same as ever.</p>\n" * 40
TAG = b'"edition-1"'


def answers(run: Run, crawl: int) -> list[Record]:
    """Return the responses and revisits of a crawl, the first is 0."""
    path = sorted((run.archives / "warc").iterdir(), key=lambda p: p.stat().st_mtime_ns)[crawl]
    return [record for record in records(path) if record.type in {"response", "revisit"}]


def refers(record: Record) -> tuple[str | None, ...]:
    names = ("", "-Target-URI", "-Date")
    return tuple(record.header(f"WARC-Refers-To{name}") for name in names)


def names(record: Record) -> tuple[str | None, ...]:
    return tuple(record.header(f"WARC-{name}") for name in ("Record-ID", "Target-URI", "Date"))


def test_pages_that_did_not_change_are_revisits(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    crawl(site=site.home)
    run = crawl(site=site.home)
    assert run.exit_code == 0, run.log
    before, after = answers(run, 0), answers(run, 1)
    originals: dict[str | None, Record] = {}
    for record in before:
        originals.setdefault(record.header("WARC-Payload-Digest"), record)
    revisits = [record for record in after if record.type == "revisit"]
    assert len(revisits) >= 2
    for revisit in revisits:
        original = originals[revisit.header("WARC-Payload-Digest")]
        assert revisit.header("WARC-Profile") == IDENTICAL_PAYLOAD
        assert refers(revisit) == names(original)
        assert len(payload(original.block)) >= MIN_REVISIT_SIZE
        assert head_length(revisit.block) == len(revisit.block)
        assert payload(revisit.block) == b""
    for record in after:
        if record.type == "response" and len(payload(record.block)) >= MIN_REVISIT_SIZE:
            assert record.header("WARC-Payload-Digest") not in originals


def test_a_third_crawl_refers_to_the_first(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    for _ in range(3):
        run = crawl(site=site.home)
    ids = {record.header("WARC-Record-ID") for record in answers(run, 0)}
    revisits = [record for record in answers(run, 2) if record.type == "revisit"]
    assert revisits
    assert {refers(record)[0] for record in revisits} <= ids


def test_a_page_that_changed_is_archived_whole(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    crawl(site=site.home)
    site.name = "The Port Merrow Gazette"
    run = crawl(site=site.home)
    home = {record.header("WARC-Target-URI"): record for record in answers(run, 1)}[site.home]
    assert home.type == "response"
    assert b"Gazette" in home.block[:]


@pytest.fixture
def cached(tmp_path: Path) -> list[str]:
    """Return the options for Scrapy's cache as RFC 9111 has it."""
    return [
        *("-s", "HTTPCACHE_ENABLED=True", "-s", f"HTTPCACHE_DIR={tmp_path / 'cache'}"),
        *("-s", "HTTPCACHE_POLICY=scrapy.extensions.httpcache.RFC2616Policy"),
        *("-s", "ROBOTSTXT_OBEY=False"),
    ]


def validating(head: bytes, client: BinaryIO) -> None:
    """Answer 304 to a conditional request."""
    fields = b"Connection: close\r\nCache-Control: max-age=0\r\nETag: %b\r\n" % TAG
    if b"\r\nIf-None-Match: " + TAG in head:
        client.write(b"HTTP/1.1 304 Not Modified\r\n" + fields + b"\r\n")
    else:
        fields += b"Content-Type: text/html\r\nContent-Length: %d\r\n" % len(PAGE)
        client.write(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + PAGE)


def test_not_modified_is_a_revisit_of_the_page(scrapy: Scrapy, cached: list[str]) -> None:
    with answering(validating) as url:
        spider = ["tests/handlers/large_spider.py", "-a", f"url={url}", "-a", "count=2"]
        for _ in range(2):
            run = scrapy("runspider", *spider, *cached)
            assert run.report["stats"]["large/bytes"] == 2 * len(PAGE), run.log
    assert run.report["stats"]["httpcache/revalidate"] == 2
    before = {record.header("WARC-Target-URI"): record for record in answers(run, 0)}
    after = answers(run, 1)
    assert [record.type for record in after] == ["revisit"] * 2
    pages = [record for record in answers(run, 0) if record.type == "response"]
    for record in after:
        assert record.header("WARC-Profile") == NOT_MODIFIED
        assert record.header("WARC-Payload-Digest") is None
        assert record.block[:].startswith(b"HTTP/1.1 304 Not Modified\r\n")
        earlier = before[record.header("WARC-Target-URI")]
        assert refers(record) in {names(earlier), *map(names, pages)}
