"""The ledger and the corpus of a run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.archive.folder import ledger_uri
from crawler.archive.found_texts import walk_once
from crawler.archive.recovery import open_ledger
from crawler.exceptions import StorageError, printable
from crawler.extensions.articles_under_way import ArticlesUnderWay
from crawler.settings_reader import SettingsReader
from crawler.state.store import Store
from crawler.text.corpus import Corpus

logger = logging.getLogger(__name__)

_SYNCED_AT_ONCE = 500  # files


class LedgerExtension:
    """The store, the corpus and the articles ``under_way`` to them; names the text files.

    ``due`` are the text files that an earlier run may not have written.
    """

    def __init__(self, store: Store, corpus: Corpus) -> None:
        self.store = store
        self.corpus = corpus
        self.under_way = ArticlesUnderWay(store)
        walk_once(store, corpus)
        self.due = store.due()
        self._written: list[str] = []
        self._ordinal = store.last_ordinal()
        self._taken: set[str] = set()
        self._archived_ordinal: Callable[[str, str], int | None] = lambda key, source: None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        folder = settings.ARCHIVES_DIR
        uri = ledger_uri(folder, settings.STATE_URI)
        try:
            corpus = Corpus(folder, settings.CORPUS_PATH)
            store, repairs = open_ledger(uri, folder / "warc", corpus)
            extension = cls(store, corpus)
        except OSError as error:
            raise StorageError(str(error)) from error
        for repair in repairs:
            crawler.stats.inc_value(f"recover/{repair.kind}")
            logger.warning("%s", printable(repair.message))
        for end in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(extension.under_way.remove, end)
        crawler.signals.connect(extension.close, signals.engine_stopped)
        return extension

    def reuse_ordinals(self, ordinal: Callable[[str, str], int | None], highest: int) -> None:
        """Name articles as in the archive that is replayed.

        *ordinal* returns the ordinal there of a key and source, or None; *highest* is the highest.
        """
        self._archived_ordinal = ordinal
        self._ordinal = max(self._ordinal, highest)

    def is_archived(self, key: str, source: str) -> bool:
        """Return whether the archive that is replayed has the article as one of *source*."""
        return self._archived_ordinal(key, source) is not None

    def name_file(
        self, preferred: int | None, *, key: str, source: str, date: str
    ) -> tuple[int, str]:
        """Return an ordinal that no other article of the corpus has, and the file named after it.

        It is *preferred* if that is free, or if that very file is in the corpus already.
        """
        if found := self._found_text(key):
            return found
        if (archived := self._archived_ordinal(key, source)) is not None:
            return archived, self.corpus.file(ordinal=archived, key=key, source=source, date=date)
        if preferred is not None:
            file = self.corpus.file(ordinal=preferred, key=key, source=source, date=date)
            if preferred > self._ordinal or (self.corpus.root / file).exists():
                self._ordinal = max(self._ordinal, preferred)
                return preferred, file
        while True:  # somebody may have put such a file there since the folder was walked
            self._ordinal += 1
            file = self.corpus.file(ordinal=self._ordinal, key=key, source=source, date=date)
            if not (self.corpus.root / file).exists():
                return self._ordinal, file

    def _found_text(self, key: str) -> tuple[int, str] | None:
        """Return ordinal and file of a text with *key* in the corpus that no article has."""
        found = self.store.found_text(key)
        if found is None or found[1] in self._taken or self.store.with_files([found[1]]):
            return None
        self._taken.add(found[1])
        return found

    def note_revision(self, file: str) -> None:
        """Note that the ledger is about to hold a new text of *file*: the written one is old."""
        self._written = [written for written in self._written if written != file]

    def note_written(self, file: str) -> None:
        """Note that the text *file* is written; it stays due until it is on the disk too.

        Syncing many files at once takes a tenth of the time. Raise ``OSError``.
        """
        self._written.append(file)
        if len(self._written) >= _SYNCED_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        files, self._written = self._written, []
        if files:
            self.corpus.sync(files)
            self.store.note_written(files)

    def close(self) -> None:
        """Release the store."""
        try:
            self._flush()
        except OSError as error:
            # The files stay due, and the next run writes them again.
            logger.warning("%s", error)
        self.store.close()
