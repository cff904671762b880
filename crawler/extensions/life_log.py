"""Events in the lives of articles, on the way into archive and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scrapy.crawler import Crawler

from crawler.archive.life_records import life_event, life_record, take_events
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.state.store import Holding


class LifeLog:
    """Notes what a run finds out of articles that it does not read again, and counts it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    def note(self, kind: str, held: Holding, detail: Mapping[str, Any]) -> None:
        """Note that *kind* happened to *held*. Raise `StorageError` or ``OSError``."""
        archive = self._crawler.get_extension(ArchiveExtension)
        event = life_event(kind, held, detail, archived=archive is not None)
        if archive and event.record:
            archive.note(
                lambda: [life_record(event)],
                event.record,
                change=lambda store: take_events(store, [event]),
            )
        else:
            ledger = required(self._crawler, LedgerExtension)
            ledger.note(lambda store: take_events(store, [event]))
        required(self._crawler, ReportExtension).count_change(kind)
