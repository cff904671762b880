"""Changes of the ledger, committed together with their evidence in the archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Self

from scrapy.crawler import Crawler
from warcio.recordloader import ArcWarcRecord

from crawler.archive.recorder import Change
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.ledger import LedgerExtension
from crawler.items import RecordRef


class LedgerChanges:
    """Commits each change with its records, so that the ledger can be rebuilt from the archive.

    Without an archive (ARCHIVE_MODE=off) only the ledger is changed.
    """

    def __init__(self, archive: ArchiveExtension | None, ledger: LedgerExtension) -> None:
        self._archive = archive
        self._ledger = ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.get_extension(ArchiveExtension), required(crawler, LedgerExtension))

    @property
    def are_archived(self) -> bool:
        """Whether there is an archive."""
        return self._archive is not None

    async def commit(
        self,
        keys: Iterable[str],
        change: Change,
        build: Callable[[], Sequence[ArcWarcRecord]],
        ref: RecordRef | None = None,
    ) -> None:
        """Make *change*, of the articles with *keys*, and archive the records that *build* makes.

        Fills in *ref*, of the first record. Raises ``StorageError`` or ``OSError``.
        """
        if self._archive:
            await self._archive.keep(build, *([ref] if ref else []), change=change)
        else:
            await self._ledger.commit(change)
        for key in keys:
            self._ledger.under_way.outdate(key)
