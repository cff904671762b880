"""Items from somebody's own spider go the way of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.exceptions import InvalidArticle
from crawler.items import Article
from crawler.settings import ITEM_PIPELINES
from crawler.warc import reader
from pipelines.validate import ValidatePipeline
from tests.conftest import Scrapy
from tests.spiders.conftest import Harbour, harbour

__all__ = ["harbour"]

OWN = Path(__file__).with_name("own.py")
KINDS = ["dict", "AttrsArticle", "ScrapyArticle", "Article"]


def test_items_of_every_kind(scrapy: Scrapy, harbour: Harbour, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    run = scrapy("runspider", str(OWN), "-a", f"page={harbour().home}", "-O", str(feed))
    texts = set(run.texts.values())
    assert texts == {f" date 2024-05-06 From {kind}\nText of {kind}.\n" for kind in KINDS}
    lines = [json.loads(line) for line in feed.read_text(encoding="utf-8").splitlines()]
    assert {line["text"] for line in lines} == {f"Text of {kind}." for kind in KINDS}
    assert {line["file"] for line in lines} == set(run.texts)


def test_drops_are_counted_by_reason(scrapy: Scrapy, harbour: Harbour) -> None:
    run = scrapy("runspider", str(OWN), "-a", f"page={harbour().home}")
    assert run.report["articles"] == {"new": len(KINDS), "duplicate": 1}
    assert run.report["dropped"] == {"invalid": 3, "empty": 1, "incomplete": len(KINDS)}
    assert run.report["stats"]["clean/incomplete/gate"] == len(KINDS)
    assert "the text ends at “Subscribe to continue reading.”" in run.log
    assert run.report["stats"]["article/dropped/invalid"] == 3
    assert "NarrowArticle has no field" in run.log
    assert "date is 'yesterday'" in run.log


def test_incomplete_texts_of_every_kind_kept_on_request(scrapy: Scrapy, harbour: Harbour) -> None:
    keep = ("-s", "INCOMPLETE=keep")
    run = scrapy("runspider", str(OWN), "-a", f"page={harbour().home}", *keep)
    assert run.report["articles"] == {"new": len(KINDS), "duplicate": len(KINDS)}
    assert run.report["incomplete"] == 1, "they are one article"
    assert run.report["dropped"] == {"invalid": 3, "empty": 1}
    assert run.report["stats"]["clean/incomplete/gate"] == len(KINDS)
    assert run.report["stats"]["report/problems/text_incomplete"] >= 1
    assert len(run.texts) == len(KINDS) + 1


def test_records_point_at_the_page_that_the_item_came_from(
    scrapy: Scrapy, harbour: Harbour
) -> None:
    page = harbour().home
    run = scrapy("runspider", str(OWN), "-a", f"page={page}")
    (path,) = (run.archives / "warc").iterdir()
    by_id = {record.header("WARC-Record-ID"): record for record in reader.records(path)}
    conversions = [record for record in by_id.values() if record.type == "conversion"]
    assert len(conversions) == len(KINDS)
    for record in conversions:
        assert by_id[record.header("WARC-Refers-To")].header("WARC-Target-URI") == page


def test_without_an_archive_the_texts_are_the_same(scrapy: Scrapy, harbour: Harbour) -> None:
    run = scrapy("runspider", str(OWN), "-a", f"page={harbour().home}", "-s", "ARCHIVE_MODE=off")
    assert len(run.texts) == len(KINDS)
    assert not (run.archives / "warc").exists()


@pytest.mark.parametrize("position", [350, 450])
def test_a_text_that_an_own_pipeline_changed_is_written(
    scrapy: Scrapy, harbour: Harbour, position: int
) -> None:
    pipelines = ITEM_PIPELINES | {"tests.pipelines.own.ShoutingPipeline": position}
    settings = ("-s", f"ITEM_PIPELINES={json.dumps(pipelines)}")
    run = scrapy("runspider", str(OWN), "-a", f"page={harbour().home}", *settings)
    assert set(run.texts.values()) == {
        f" date 2024-05-06 From {kind}\n{f'Text of {kind}.'.upper()}\n" for kind in KINDS
    }
    if position < ITEM_PIPELINES["pipelines.archive.ArchivePipeline"]:
        assert scrapy("verify").exit_code == 0


def test_the_page_rules_of_the_sources_file_hold(
    scrapy: Scrapy, harbour: Harbour, tmp_path: Path
) -> None:
    page, file = harbour().home, tmp_path / "own.toml"
    entry = f"""[harbour]
name = 'Harbour'
site = '{page}'
domains = ["127.0.0.1", "own.example"]
pages.dateline = '(?P<mark>Text) of '
"""
    file.write_text(entry, encoding="utf-8")
    run = scrapy("runspider", str(OWN), "-a", f"page={page}", "-s", f"SOURCES_FILE={file}")
    texts = set(run.texts.values())
    assert texts == {f" date 2024-05-06 From {kind}\n{kind}.\n" for kind in KINDS}
    file.write_text(entry.replace("Text)", "Text"), encoding="utf-8")
    bad = scrapy("crawl", "wordpress", "-a", f"site={page}", "-s", f"SOURCES_FILE={file}")
    assert bad.exit_code == 2
    assert "[harbour.pages] dateline = '(?P<mark>Text of ' cannot be used" in bad.log
    assert "Traceback" not in bad.log


def test_a_date_that_no_index_has_room_for_is_none() -> None:
    fields: dict[str, Any] = {
        "source": "a.test",
        "guid": "1",
        "url": "https://a.test/1",
        "content_html": "<p>A",
    }
    for date in ("2024-05-06T07:08:09.123456+01:00", "2024-05-06"):
        assert ValidatePipeline().process_item(Article(**fields, date=date))
    with pytest.raises(InvalidArticle, match="expected YYYY-MM-DD"):
        ValidatePipeline().process_item(Article(**fields, date="2024-05-06" + "7" * 5000))
