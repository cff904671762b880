"""Brings the database that people browse up to date, as ``scrapy browse`` does at its start."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.commands.base import check_readable, configured_archive, storage_errors, warcs_kept
from crawler.exceptions import NewsreelError, StorageError
from crawler.export.browsing.build_steps import BuildResult, OnWritten
from crawler.export.browsing.corpus_build import build_corpus
from crawler.export.browsing.corpus_runs import is_covered, note_sources
from crawler.extensions.terminal_display import Share, ShareBar, TerminalDisplay
from crawler.rounds import coverage_texts, health_report
from crawler.rounds.source_coverage import Coverage
from crawler.rounds.source_health import SourceVerdict, all_health
from crawler.rounds.story_states import State
from crawler.sources.known_services import licences, services
from crawler.sources.round_sources import round_sources

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.settings_reader import SettingsReader
    from crawler.state.store import Store

CORPUS = "corpus.sqlite"
"""The name of the database, in the folder of the archives."""

_QUICKLY_COVERED = 1 << 28  # bytes of WARC files whose lists are read again in seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltCorpus:
    """The database at ``path`` after a build.

    ``is_covered``: it has what became of all that was listed, as of the last run.
    """

    path: Path
    result: BuildResult
    is_covered: bool


def build(reader: SettingsReader, *, covers: bool | None = None) -> BuiltCorpus:
    """Bring the database of the configured archive up to date; return what was done.

    Reading all lists again, for the coverage, takes long in a large archive: *covers* says whether
    it is done, by default if the archive is small and a run has ended since. Raises NewsreelError.
    """
    archive = configured_archive(reader)
    check_readable(archive.folder)
    path = archive.folder / CORPUS
    try:
        with storage_errors():
            store = archive.open_store()
            if store is None:
                if not archive.warcs.is_dir():
                    raise NewsreelError(f"nothing is collected yet in {archive.folder}: make crawl")
                lack = f"there is no ledger {archive.ledger_name}: run scrapy rebuild"
                raise NewsreelError(lack)
            with closing(store), warcs_kept(archive):
                named = licences(services(reader.SOURCES_FILE))
                with _shown(store) as note:
                    result = build_corpus(archive, store, path, named, note)
                is_due = not is_covered(path)
                wanted = is_due and _is_small(store) if covers is None else covers
                coverage = _coverage(reader, archive, store) if wanted else None
                note_sources(path, _health(reader, store), coverage)
                return BuiltCorpus(path=path, result=result, is_covered=wanted or not is_due)
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be written: {error}") from error


@contextmanager
def _shown(store: Store) -> Iterator[OnWritten]:
    """Show in a terminal how much of what is held was written; yield what notes that."""
    total = sum(store.extent(source).stories for source in store.article_sources())
    written, begin = [0], time.monotonic()

    def render() -> ShareBar | str:
        share = Share(written[0], total, time.monotonic() - begin)
        return ShareBar(CORPUS, share) if written[0] else ""

    def note(count: int) -> None:
        written[0] = count

    with TerminalDisplay.shown(render):
        yield note


def _is_small(store: Store) -> bool:
    return sum(warc.size for warc in store.warcs()) <= _QUICKLY_COVERED


def _health(reader: SettingsReader, store: Store) -> list[dict[str, Any]]:
    """Return how the sources are, the worst first."""
    now = datetime.now(UTC)
    order = list(SourceVerdict)
    found = all_health(store, round_sources(reader.SOURCES_FILE), now)
    worst_first = sorted(found, key=lambda health: (order.index(health.verdict), health.source))
    sources: list[dict[str, Any]] = json.loads(health_report.as_json(worst_first, now))["sources"]
    return sources


def _coverage(reader: SettingsReader, archive: Archive, store: Store) -> list[dict[str, Any]]:
    timeout = reader.WIRE_LINK_PAGE_TIMEOUT
    with Coverage(archive, store, services(reader.SOURCES_FILE), timeout=timeout) as coverage:
        found = coverage_texts.as_json(coverage, State.UNEXPLAINED)
    sources: list[dict[str, Any]] = found["sources"]
    return sources
