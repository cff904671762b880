"""Visits, on the way into archive and ledger."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from scrapy.crawler import Crawler

from crawler.archive.visit_records import groups, in_records, visits_record
from crawler.exceptions import StorageError
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.state.store import Visit
from crawler.warc.records import new_ref
from crawler.warc.warc_dates import warc_date

logger = logging.getLogger(__name__)

_FEW = 100


class VisitLog:
    """The visits of a run, which are written in groups, by the thread that writes the archive."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    def write(self, visits: Iterable[Visit]) -> list[Visit]:
        """Have *visits* written, and return them as the ledger has them, or is about to.

        Without an archive, and in a replay, no record tells them.
        """
        now = datetime.now(UTC)
        noted = [replace(visit, noted=warc_date(now)) for visit in visits]
        try:
            self._write(noted, now)
        except StorageError as error:
            # The run ends for it already; the next one fetches these addresses again.
            logger.warning("%d visits are not in the ledger: %s", len(noted), error)
        return noted

    def _write(self, visits: Sequence[Visit], now: datetime) -> None:
        if archive := self._archive:
            for batch in in_records(visits):
                self._record(archive, batch, now)
        else:
            ledger = required(self._crawler, LedgerExtension)
            ledger.note(lambda store: store.put_visits(visits))

    @property
    def _archive(self) -> ArchiveExtension | None:
        """The archive, if it is to have records of the run."""
        archive = self._crawler.get_extension(ArchiveExtension)
        return archive if archive and archive.run else None

    def write_last(self, visits: Sequence[Visit]) -> None:
        """Have *visits* written at the end of the run; a few have no record of their own."""
        if self._archive and len(visits) <= _FEW:
            required(self._crawler, ReportExtension).end.visits += visits
        else:
            self.write(visits)

    def _record(self, archive: ArchiveExtension, visits: Sequence[Visit], now: datetime) -> None:
        store = required(self._crawler, LedgerExtension).store
        ref = new_ref("", now)
        archive.note(
            lambda: [visits_record(visits[0].source, groups(visits, store), ref)],
            ref,
            change=lambda store: store.put_visits(visits),
        )
