"""Brings ``corpus.sqlite`` up to date with an archive: only what is new since the last time.

What an article looks like is read off the ledger and the records that it names, never off what the
database had before: so what is made step by step is the same as what is made anew. The WARC files
only say of which articles there is anything new.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from crawler.export.browsing.build_steps import BuildResult, BuildSteps, OnWritten
from crawler.export.browsing.corpus_file import is_damage, new_corpus, only_builder, open_corpus
from crawler.export.browsing.warc_progress import Segment, committed, new_segments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from crawler.archive.folder import Archive
    from crawler.state.store import Store


def build_corpus(
    archive: Archive,
    store: Store,
    path: Path,
    licences: Mapping[str, str],
    on_written: OnWritten = lambda count: None,
) -> BuildResult:
    """Bring the database at *path* up to date with *archive*, whose ledger is *store*.

    *licences* are those of sources, *on_written* gets the number of articles that were written. It
    may be read meanwhile, and the archive written to. A build that is killed leaves the database as
    it was at the end of some batch. Raises OSError and sqlite3.Error.
    """

    def steps(db: sqlite3.Connection) -> BuildSteps:
        return BuildSteps(db, archive, store, licences, on_written)

    with only_builder(path):
        if result := _add(path, steps, partial(new_segments, archive=archive, store=store)):
            return result
        with new_corpus(path) as db:
            anew = steps(db)
            anew.make_anew(list(committed(archive, store)))
        return anew.result


def _add(
    path: Path,
    steps: Callable[[sqlite3.Connection], BuildSteps],
    find: Callable[[sqlite3.Connection], list[Segment] | None],
) -> BuildResult | None:
    """Add what is new to the database at *path*; None if it must be made anew."""
    if (db := open_corpus(path)) is None:
        return None
    with closing(db):
        try:
            if (segments := find(db)) is None:
                return None
            found = steps(db)
            found.add(segments)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return None
            raise
        return found.result
