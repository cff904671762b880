"""All groups of tables together: the ledger, but for the database below it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from crawler.items import RecordRef
from crawler.state.sql.all_tables import AllTables
from crawler.state.sql.articles import ArticleTables
from crawler.state.sql.captures import CaptureTables
from crawler.state.sql.facts_table import FactTables
from crawler.state.sql.fetches import FetchTables
from crawler.state.sql.lives import LifeTables
from crawler.state.sql.ordinals import OrdinalCounter
from crawler.state.sql.outcomes import OutcomeTable
from crawler.state.sql.relocation import BEYOND, PlaceTables
from crawler.state.sql.runs_table import RunTable
from crawler.state.sql.source_tables import SourceTables
from crawler.state.sql.tables import atomic
from crawler.state.store import Holding, Relocation


class SqlStore(
    AllTables,
    ArticleTables,
    OrdinalCounter,
    CaptureTables,
    FetchTables,
    OutcomeTable,
    LifeTables,
    PlaceTables,
    FactTables,
    RunTable,
    SourceTables,
):
    """The methods of a `crawler.state.store.Store` that are the same with every database."""

    @atomic
    def forget(self, file: str, size: int) -> list[Holding]:
        captures_lost = self._forget_captures(file, size)
        lost = self._forget_articles(file, size)
        self._forget_outcomes(file, size)
        self._forget_events(file, size)
        self._forget_runs(file, size)
        if lost:
            self._forget_bookmarks()
        if lost or captures_lost:
            self._forget_visits()
            self._forget_walks()
        return lost

    def relocate(
        self, found: Iterable[RecordRef], files: Collection[str], forgetting: Collection[str] = ()
    ) -> Relocation:
        with self.transaction():
            self._put_places(found, files, forgetting)
            moved, left = self._count_moved(), self._count_left()
            if moved or left:
                self._move_to_places()
            self._drop_places()
            lost = [
                held for file in left if file in forgetting for held in self.forget(file, BEYOND)
            ]
        return Relocation(moved=moved, left=left, lost=lost)
