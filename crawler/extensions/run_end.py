"""The end of a run, on the way into archive and ledger."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from scrapy.crawler import Crawler

from crawler.archive.run_end_records import ended_run, run_record, told_problems
from crawler.archive.visit_records import groups
from crawler.exceptions import StorageError
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.ledger import LedgerExtension
from crawler.reports.run import RunReport
from crawler.settings_reader import SettingsReader
from crawler.state.store import Store, Visit
from crawler.warc.records import new_ref
from crawler.warc.warc_dates import warc_date

logger = logging.getLogger(__name__)


class RunEnd:
    """Notes how the run of *report* ended: a record in the archive, and a row in the ledger.

    ``visits`` are noted with it: those that a run has which brings nothing new are so few that
    they need no record of their own. A run that nothing is archived of has a row alone. A replay
    notes nothing.
    """

    def __init__(self, crawler: Crawler, report: RunReport) -> None:
        self._crawler = crawler
        self._report = report
        self._is_replay = SettingsReader(crawler.settings).ARCHIVE_MODE == "replay"
        self._is_noted = False
        self.visits: list[Visit] = []

    def note(self) -> None:
        """Write the record, with the row, while the archive is not sealed yet."""
        archive = self._crawler.get_extension(ArchiveExtension)
        ledger = self._crawler.get_extension(LedgerExtension)
        if not (archive and ledger) or self._is_noted or self._is_replay:
            return
        ref = new_ref("", datetime.now(UTC))
        run = replace(ended_run(self._report, archive.run, ref.date), record=ref)
        problems = told_problems(self._report.problems)
        visits = [replace(visit, noted=ref.date) for visit in self._take_visits()]

        def change(store: Store) -> None:
            store.put_visits(visits)
            store.put_run(run if ref.file else replace(run, record=None))

        try:
            archive.note_last(
                lambda: [run_record(run, problems, groups(visits, ledger.store))],
                ref,
                change=change,
            )
        except StorageError as error:
            logger.warning("The end of the run is not in the archive: %s", error)
        else:
            self._is_noted = True

    def settle(self) -> None:
        """See to it that the ledger says how the run ended, whatever came of the record."""
        ledger = self._crawler.get_extension(LedgerExtension)
        if ledger is None or self._is_replay:
            return
        try:
            self._settle(ledger)
        except OSError as error:
            logger.warning("The end of the run is not in the ledger: %s", error)

    def _settle(self, ledger: LedgerExtension) -> None:
        now = warc_date(datetime.now(UTC))
        run = ended_run(self._report, self._id, now)
        visits = [replace(visit, noted=now) for visit in self._take_visits()]
        if known := ledger.store.run(run.id):
            if known.exit_code == run.exit_code:
                return
            # Sealing failed, or a signal came.
            run = replace(known, exit_code=run.exit_code, reason=run.reason)

        def change(store: Store) -> None:
            store.put_visits(visits)
            store.put_run(run)

        try:
            ledger.note(change)
        except StorageError:  # the archive failed, but the ledger may be well
            store = ledger.store
            store.atomically(lambda: change(store))

    @property
    def _id(self) -> str:
        archive = self._crawler.get_extension(ArchiveExtension)
        return archive.run if archive else uuid.uuid4().urn

    def _take_visits(self) -> list[Visit]:
        visits, self.visits = self.visits, []
        return visits
