"""What a pipeline changes in the ledger, with its evidence in the archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from scrapy.crawler import Crawler
from warcio.recordloader import ArcWarcRecord

from crawler.archive.recorder import Change
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.ledger import LedgerExtension
from crawler.items import RecordRef
from crawler.state.store import Store


class Keeper:
    """Commits changes: each with its records, so that the archive alone tells the whole ledger.

    Without an archive (ARCHIVE_MODE=off) the ledger is all there is.
    """

    def __init__(self, archive: ArchiveExtension | None, store: Store) -> None:
        self._archive = archive
        self._store = store

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(
            crawler.get_extension(ArchiveExtension), required(crawler, LedgerExtension).store
        )

    @property
    def archives(self) -> bool:
        """Whether there is an archive."""
        return self._archive is not None

    async def keep(
        self,
        change: Change,
        build: Callable[[], Sequence[ArcWarcRecord]],
        ref: RecordRef | None = None,
    ) -> None:
        """Make *change*, archiving the records of *build*, the first of which fills in *ref*.

        Raises ``StorageError`` or ``OSError``.
        """
        if self._archive:
            await self._archive.keep(build, *([ref] if ref else []), change=change)
        else:
            change(self._store)
