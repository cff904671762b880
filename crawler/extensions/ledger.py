"""The ledger and the corpus of a run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.archive.recorder import Change
from crawler.exceptions import printable
from crawler.extensions.process_archive import ProcessArchive
from crawler.settings_reader import SettingsReader

logger = logging.getLogger(__name__)


class LedgerExtension:
    """The store, the corpus and the articles ``under_way`` to them; names the text files.

    They are those of the *shared* archive.
    """

    def __init__(self, shared: ProcessArchive) -> None:
        self.shared = shared
        self.store = shared.store
        self.corpus = shared.corpus
        self.under_way = shared.under_way
        self._archived_ordinal: Callable[[str, str], int | None] = lambda key, source: None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        shared = ProcessArchive.of(SettingsReader(crawler.settings))
        repairs = shared.open()
        extension = cls(shared)
        for repair in repairs:
            crawler.stats.inc_value(f"recover/{repair.kind}")
            logger.warning("%s", printable(repair.message))
        for end in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(extension.under_way.remove, end)
        return extension

    def note(self, change: Change) -> None:
        """Make *change* of the ledger, which no record tells, and do not wait for it.

        Raises `StorageError`.
        """
        self.shared.note(change)

    async def commit(self, change: Change) -> None:
        """Make *change* of the ledger, and return when it is durable. Raises `StorageError`."""
        await self.shared.commit(change)

    def reuse_ordinals(self, ordinal: Callable[[str, str], int | None], highest: int) -> None:
        """Name articles as in the archive that is replayed.

        *ordinal* returns the ordinal there of a key and source, or None; *highest* is the highest.
        """
        self._archived_ordinal = ordinal
        self.shared.ordinals.start_behind(highest)

    def is_archived(self, key: str, source: str) -> bool:
        """Return whether the archive that is replayed has the article as one of *source*."""
        return self._archived_ordinal(key, source) is not None

    async def name_file(
        self, preferred: int | None, *, key: str, source: str, date: str
    ) -> tuple[int, str]:
        """Return an ordinal that no other article of the corpus has, and the file named after it.

        It is *preferred* if that is free, or if that very file is in the corpus already. Raises
        `StorageError`.
        """
        if found := self._found_text(key):
            return found
        if (archived := self._archived_ordinal(key, source)) is not None:
            return archived, self.corpus.file(ordinal=archived, key=key, source=source, date=date)
        if preferred is not None:
            file = self.corpus.file(ordinal=preferred, key=key, source=source, date=date)
            is_free = await self.shared.ordinals.claim(preferred)
            if is_free or (self.corpus.root / file).exists():
                return preferred, file
        while True:  # somebody may have put such a file there since the folder was walked
            ordinal = await self.shared.ordinals.take()
            file = self.corpus.file(ordinal=ordinal, key=key, source=source, date=date)
            if not (self.corpus.root / file).exists():
                return ordinal, file

    def _found_text(self, key: str) -> tuple[int, str] | None:
        """Return ordinal and file of a text with *key* in the corpus that no article has."""
        found, taken = self.store.found_text(key), self.shared.taken_files
        if found is None or found[1] in taken or self.store.with_files([found[1]]):
            return None
        taken.add(found[1])
        return found

    def note_revision(self, file: str) -> None:
        """See `ProcessArchive.note_revision`."""
        self.shared.note_revision(file)

    def note_written(self, file: str) -> None:
        """See `ProcessArchive.note_written`."""
        self.shared.note_written(file)
