"""What counts while others write to the archive: what the ledger had when the check began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.state.lock import live_writers
from crawler.state.store import find_holding

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.items import RecordRef
    from crawler.state.store import Holding, Store, WarcFile


class CheckedMoment:
    """The moment at which *archive* is checked: ``warcs`` are those that *store* had then, by name.

    Writers may add to the archive, but change nothing that counted at that moment.
    """

    def __init__(self, archive: Archive, store: Store) -> None:
        self._archive = archive
        self._store = store
        self.warcs: dict[str, WarcFile] = {warc.name: warc for warc in store.warcs()}
        self._now = self._sizes_now()

    def came_later(self, ref: RecordRef) -> bool:
        """Return whether the record *ref* was committed after the moment."""
        if (known := self.warcs.get(ref.file)) and ref.offset < known.size:
            return False
        if ref.offset >= self._now.get(ref.file, 0):
            self._now = self._sizes_now()
        return ref.offset < self._now.get(ref.file, 0)

    def held_now(self, holding: Holding) -> Holding | None:
        """Return *holding* as it is held now; None if a live writer is about to write its text."""
        coming = self._store.due(live_writers(self._archive.folder))
        now = find_holding(self._store, holding.key, holding.source)
        return None if now is None or now.file in coming else now

    def _sizes_now(self) -> dict[str, int]:
        return {warc.name: warc.size for warc in self._store.warcs()}
