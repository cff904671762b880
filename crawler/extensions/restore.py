"""Text files that are missing, written again from the archive."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.state.store import Holding
from crawler.text.corpus import Corpus
from crawler.warc.reader import record_at

logger = logging.getLogger(__name__)


class RestoreExtension:
    """Looks at the start of a run whether each article that is held has its text file.

    It has none if a run died, or its disk was full, between the ledger and the file. The bytes
    come from the ``conversion`` record; what cannot be restored is named in the report.
    """

    def __init__(self, crawler: Crawler, folder: Path) -> None:
        self._crawler = crawler
        self._folder = folder

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("RESTORE_TEXTS"):
            raise NotConfigured("RESTORE_TEXTS is off")
        extension = cls(crawler, Path(crawler.settings["ARCHIVES_DIR"]) / "warc")
        crawler.signals.connect(extension.restore, signals.spider_opened)
        return extension

    def restore(self) -> None:
        """Write every text file that is missing."""
        ledger = required(self._crawler, LedgerExtension)
        if not ledger.missing:
            return
        for holding in [held for held in ledger.store.all() if held.file in ledger.missing]:
            self._restore(holding, ledger.corpus)

    def _restore(self, holding: Holding, corpus: Corpus) -> None:
        try:
            corpus.write(holding.file, self._text(holding))
        except (OSError, LookupError) as error:
            required(self._crawler, ReportExtension).problem(
                "text_missing", f"{holding.file} is missing and cannot be restored: {error}"
            )
        else:
            self._crawler.stats.inc_value("restore/texts")
            logger.warning("%s was missing, and is restored from the archive", holding.file)

    def _text(self, holding: Holding) -> bytes:
        if holding.conversion is None:
            raise LookupError(f"{holding.url} was collected without an archive")
        path = self._folder / holding.conversion.file
        return bytes(record_at(path, holding.conversion).block)
