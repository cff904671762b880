"""The archive of a run, as far as the run itself can tell."""

from __future__ import annotations

from tests.conftest import Scrapy


def test_a_run_that_got_nothing_ends_without_an_error_of_ours(crawl: Scrapy) -> None:
    run = crawl(site="http://127.0.0.1:1/", allow=False)
    assert run.exit_code == 4, run.log
    assert "Error caught on signal handler" not in run.log
    assert not (run.archives / "warc").exists()
