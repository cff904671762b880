"""The archive of a run without answers."""

from __future__ import annotations

from crawler.warc.reader import records
from crawler.warc.records import failure_of
from tests.conftest import Scrapy


def test_a_run_that_got_nothing_archives_why(crawl: Scrapy) -> None:
    run = crawl(site="http://127.0.0.1:1/", allow=False)
    assert run.exit_code == 4, run.log
    assert "Error caught on signal handler" not in run.log
    (warc,) = (run.archives / "warc").iterdir()
    failed = [found for record in records(warc) if (found := failure_of(record))]
    assert failed
    assert all(method == "GET" and "127.0.0.1" in why for method, why in failed)


def test_a_run_without_requests_leaves_no_file(crawl: Scrapy) -> None:
    run = crawl(site="http://", allow=False)
    assert run.exit_code == 2, run.log
    assert not (run.archives / "warc").exists()
