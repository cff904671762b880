"""The text file, written last, since it can always be written again from the archive."""

from __future__ import annotations

from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension


class TextFilePipeline:
    """Writes the article's text as ``file`` into the corpus, in place of an older text."""

    def __init__(self, ledger: LedgerExtension, report: ReportExtension) -> None:
        self._ledger = ledger
        self._report = report

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(required(crawler, LedgerExtension), required(crawler, ReportExtension))

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        with self._report.storing(adapter["url"]):
            document = self._ledger.under_way.text(adapter).document
            self._ledger.corpus.write(adapter["file"], document, durable=False)
            self._ledger.note_written(adapter["file"])
        self._report.note_written(adapter["file"])
        return item
