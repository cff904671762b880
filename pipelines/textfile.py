"""The text file, written last, since it can always be written again from the archive."""

from __future__ import annotations

from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from crawler.archive.folder import Archive
from crawler.archive.holding_texts import write_text
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.settings_reader import SettingsReader


class TextFilePipeline:
    """Writes the article's text as ``file`` into the corpus, in place of an older text.

    If another process has held a newer one since, that is written.
    """

    def __init__(self, archive: Archive, ledger: LedgerExtension, report: ReportExtension) -> None:
        self._archive = archive
        self._ledger = ledger
        self._report = report

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ledger = required(crawler, LedgerExtension)
        settings = SettingsReader(crawler.settings)
        archive = Archive(
            folder=settings.ARCHIVES_DIR, corpus=ledger.corpus, state_uri=settings.STATE_URI
        )
        return cls(archive, ledger, required(crawler, ReportExtension))

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        with self._report.storing(adapter["url"]):
            under_way = self._ledger.under_way
            document = under_way.text(adapter).document
            if holding := under_way.take_held(adapter):
                adapter["file"] = write_text(self._archive, self._ledger.store, holding, document)
            else:
                self._ledger.corpus.write(adapter["file"], document, durable=False)
            self._ledger.note_written(adapter["file"])
        self._report.note_written(adapter["file"])
        return item
