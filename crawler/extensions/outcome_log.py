"""Why addresses, entries and posts gave no text, on the way into archive and ledger."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from scrapy.crawler import Crawler

from crawler.archive.outcome_records import TEXT, changed, take
from crawler.exceptions import StorageError
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.signals import archive_closing
from crawler.sources.address import address_key
from crawler.state.store import Outcome

logger = logging.getLogger(__name__)

_MOST_PENDING = 200
_LONGEST = 8192  # characters of an address
_LONGEST_DETAIL = 500


class OutcomeLog:
    """The outcomes of a run, which are written in groups; of an address the last one counts."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._pending: dict[tuple[str, str], Outcome] = {}
        crawler.signals.connect(self.write, archive_closing)

    def note(self, source: str, address: str, reason: str, detail: str, at: str) -> None:
        """Note that *address*, captured *at* a moment (now without one), gave no text."""
        if "://" not in address or len(address) > _LONGEST:
            return
        archive = self._crawler.get_extension(ArchiveExtension)
        key = address_key(address).encode("utf-8", "replace").decode()
        self._pending[source, key] = Outcome(
            source=source,
            url=key,
            run=archive.run if archive else "",
            reason=reason,
            detail=detail[:_LONGEST_DETAIL],
            at=at or datetime.now(UTC).isoformat(),
        )
        if len(self._pending) >= _MOST_PENDING:
            self.write()

    def note_text(self, source: str, addresses: Iterable[str]) -> None:
        """Note that *addresses* give a text: an earlier outcome of theirs no longer holds."""
        for address in addresses:
            self.note(source, address, TEXT, "", "")

    def write(self) -> None:
        """Write what was noted."""
        outcomes, self._pending = list(self._pending.values()), {}
        if not outcomes:
            return
        try:
            if archive := self._crawler.get_extension(ArchiveExtension):
                archive.note_outcomes(outcomes)
            elif ledger := self._crawler.get_extension(LedgerExtension):
                ledger.note(lambda store: take(store, changed(store, outcomes, archived=False)))
        except (StorageError, OSError) as error:
            # The run ends for it already; the next one meets these addresses again.
            logger.warning("%d outcomes are not in the ledger: %s", len(outcomes), error)
