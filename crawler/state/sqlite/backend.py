"""The ledger on one machine: an SQLite file, ``sqlite:PATH``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from crawler.disk import move_aside as move_file_aside
from crawler.items import RecordRef
from crawler.state.sqlite import queue, soundness
from crawler.state.sqlite.articles import ArticleTables
from crawler.state.sqlite.captures import CaptureTables
from crawler.state.sqlite.facts_table import FactTables
from crawler.state.sqlite.fetches import FetchTables
from crawler.state.sqlite.lives import LifeTables
from crawler.state.sqlite.ordinals import OrdinalCounter
from crawler.state.sqlite.outcomes import OutcomeTable
from crawler.state.sqlite.relocation import BEYOND, PlaceTables
from crawler.state.sqlite.runs_table import RunTable
from crawler.state.sqlite.source_tables import SourceTables
from crawler.state.store import Holding, Relocation

FORM = "sqlite:PATH"
IS_SHARED = False
_SUFFIXES_BESIDE = ("-wal", "-shm", soundness.SUFFIX, queue.SUFFIX)


class SqliteStore(
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
    """A `crawler.state.store.Store` in one file, group of tables by group of tables."""

    def forget(self, file: str, size: int) -> list[Holding]:
        with self.transaction():
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


def names_ledger(uri: str) -> bool:
    """Return whether *uri* has a path; a ledger in memory would be gone with the process."""
    path = _path(uri)
    return bool(path) and not path.startswith(("//", ":"))


def connect(uri: str, writer: str = "", node: str = "") -> SqliteStore:
    """Open the ledger at *uri*, and make it if it is not there. Raises OSError."""
    return SqliteStore(_path(uri), writer, node)


def exists(uri: str) -> bool:
    """Return whether there is a ledger at *uri*."""
    return Path(_path(uri)).exists()


def move_aside(uri: str, kind: str) -> str:
    """Rename the file to ``NAME.<kind>-N``, and return its new path. Raises OSError."""
    path = Path(_path(uri))
    for suffix in _SUFFIXES_BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return str(move_file_aside(path, kind))


def _path(uri: str) -> str:
    return uri.partition(":")[2]
