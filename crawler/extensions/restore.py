"""Text files that are due and indexes that are missing, made from the archive."""

from __future__ import annotations

import logging
from functools import partial
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.archive.folder import Archive, WarcPlaces
from crawler.archive.nodes import is_of_another_node
from crawler.archive.text_records import archived_text
from crawler.exceptions import StorageError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.settings_reader import SettingsReader
from crawler.state.store import Holding
from crawler.storage.remote_file import StoredFile
from crawler.text.corpus import Corpus
from crawler.warc.reader import Fault
from crawler.warc.reindex import update_index

logger = logging.getLogger(__name__)

_MOST_NAMED = 10


class RestoreFilesExtension:
    """Writes the text files that are due, and missing indexes, at the start of a run.

    A text is due if a run died, or its disk was full, after the ledger's commit. It comes from its
    ``conversion`` record; what cannot be restored is a problem in the report. Texts that were there
    and are gone are brought back by ``scrapy verify --repair``.
    """

    def __init__(self, crawler: Crawler, archive: Archive) -> None:
        self._crawler = crawler
        self._archive = archive

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        folder = settings.ARCHIVES_DIR
        corpus = Corpus(folder, settings.CORPUS_PATH)
        archive = Archive(folder=folder, corpus=corpus, state_uri=settings.STATE_URI)
        extension = cls(crawler, archive)
        crawler.signals.connect(extension.restore, signals.spider_opened)
        return extension

    def restore(self) -> None:
        """Write the text files that are due, and the indexes that are missing.

        The first run of a process does it for all.
        """
        due = required(self._crawler, LedgerExtension).shared.take_due()
        if due is not None:
            self._restore_texts(due)
            self._restore_index()

    def _restore_texts(self, due: set[str]) -> None:
        ledger = required(self._crawler, LedgerExtension)
        held = sorted(ledger.store.with_files(due), key=lambda held: held.ordinal)
        restored = [holding.file for holding in held if self._restore(holding, ledger)]
        if restored:
            self._crawler.stats.inc_value("restore/texts", len(restored))
            logger.warning(
                "%d text files were missing or old, and are restored from the archive: %s",
                len(restored),
                ", ".join(restored[:_MOST_NAMED]) + (" …" if restored[_MOST_NAMED:] else ""),
            )

    def _restore(self, holding: Holding, ledger: LedgerExtension) -> bool:
        """Write the text file of *holding*, and return whether it changed."""
        if is_of_another_node(ledger.store, holding):  # by now
            ledger.note_written(holding.file)
            return False
        try:
            text = archived_text(self._archive, holding)
            changed = ledger.corpus.write(holding.file, text, durable=False)
            ledger.note_written(holding.file)
        except (OSError, LookupError) as error:
            required(self._crawler, ReportExtension).problem(
                "text_missing", f"{holding.file} is missing and cannot be restored: {error}"
            )
            return False
        if changed:
            required(self._crawler, ReportExtension).note_written(holding.file)
        return changed

    def _restore_index(self) -> None:
        store = required(self._crawler, LedgerExtension).store
        known = store.warcs(store.node)
        sizes = {warc.name: warc.size for warc in known if warc.sealed}
        try:
            count = update_index(
                partial(WarcPlaces.of_store(self._archive.warcs, store).sealed, store.node),
                self._archive.index,
                self._unindexed,
                sizes,
            )
        except OSError as error:
            required(self._crawler, ReportExtension).fatal(StorageError(f"index: {error}"))
            return
        if count:
            self._crawler.stats.inc_value("restore/indexes", count)
            logger.warning("The index of %d WARC files was missing, and is made again", count)

    def _unindexed(self, path: StoredFile, fault: Fault) -> None:
        required(self._crawler, ReportExtension).problem(
            "warc_damaged", f"{path}: byte {fault.offset}: {fault.reason}"
        )
