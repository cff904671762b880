"""What an export gives, made in this process: from the ledger, and from the WARC files alone."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from crawler.archive.folder import Archive, sealed_warcs
from crawler.export.article_reader import ArticleReader, Unread
from crawler.export.article_row import ArticleRow
from crawler.export.corpus_export import fill, fill_made
from crawler.export.ledger_articles import LedgerArticles
from crawler.export.local_engine import LocalEngine
from crawler.export.row_choice import RowChoice
from crawler.export.row_maker import Wanted
from crawler.export.row_spool import RowSpool
from crawler.export.warc_engine import WarcEngine
from crawler.text.corpus import Corpus

ALL = RowChoice()


@dataclass
class Exported:
    """The rows, those of earlier texts, and what could not be read."""

    rows: list[ArticleRow]
    history: list[ArticleRow]
    unread: list[Unread] = field(default_factory=list)

    def row(self, **values: object) -> ArticleRow:
        """Return the one row with these *values*."""
        (found,) = (
            row for row in self.rows if all(getattr(row, n) == v for n, v in values.items())
        )
        return found


def from_ledger(
    archives: Path, choice: RowChoice = ALL, licences: Mapping[str, str] | None = None
) -> Exported:
    """Return the export of the archive in *archives* by its ledger."""
    unread: list[Unread] = []
    archive = Archive(folder=archives, corpus=Corpus(archives, "text/{ordinal:03d}_{key}.txt"))
    store = archive.open_store()
    assert store is not None
    with closing(store):
        reader = LedgerArticles(archive, store, unread.append)
        return _exported(reader, choice, licences, unread)


def from_warcs(
    archives: Path,
    choice: RowChoice = ALL,
    warcs: Sequence[Path] | None = None,
    *,
    workers: int = 1,
) -> Exported:
    """Return the export of *warcs*, or else of the WARC files in *archives*, in no good order."""
    warcs = sealed_warcs(archives / "warc")[::-1] if warcs is None else warcs
    unread: list[Unread] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(LocalEngine(warcs, folder, unread.append, workers=workers)) as engine:
            return made_by(engine, choice, unread)


def made_by(engine: WarcEngine, choice: RowChoice, unread: list[Unread]) -> Exported:
    """Return the export of what *engine* has read."""
    wanted = Wanted(choice=choice, history=True)
    with tempfile.TemporaryDirectory() as folder, closing(RowSpool(Path(folder))) as spool:
        fill_made(spool, engine.articles(wanted), wanted, unread.append)
        return _rows(spool, unread)


def same_both_ways(archives: Path) -> Exported:
    """Return what is exported of *archives*, which is the same with its ledger and without."""
    by_ledger, alone = from_ledger(archives), from_warcs(archives)
    assert by_ledger.rows == alone.rows
    assert by_ledger.history == alone.history
    assert by_ledger.unread == alone.unread == []
    return by_ledger


def _exported(
    reader: ArticleReader,
    choice: RowChoice,
    licences: Mapping[str, str] | None,
    unread: list[Unread],
) -> Exported:
    wanted = Wanted(choice=choice, history=True, licences=licences or {})
    with tempfile.TemporaryDirectory() as folder, closing(RowSpool(Path(folder))) as spool:
        fill(spool, reader, wanted, unread.append)
        return _rows(spool, unread)


def _rows(spool: RowSpool, unread: list[Unread]) -> Exported:
    return Exported(list(spool.rows()), list(spool.rows(earlier=True)), unread)
