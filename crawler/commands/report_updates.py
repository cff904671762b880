"""The pages over all runs, brought up to date when a run or a round has ended."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from crawler.archive.folder import Archive
from crawler.commands.base import configured_archive
from crawler.exceptions import NewsreelError, StorageError
from crawler.reports.run_days import RoundRow
from crawler.rounds.report_index import update_index
from crawler.settings_reader import SettingsReader
from crawler.state.store import Store

logger = logging.getLogger(__name__)

REPORTS = "reports"
"""The folder of the reports, below ARCHIVES_DIR."""
_NO_RUN = (1, 2, 75)
"""Exit codes of a command that may have run nothing: then there is nothing to show either."""
_EVERY = 600.0  # seconds


class PageUpdates:
    """Brings the pages up to date now and then, beside runs that never end: people look at them."""

    def __init__(self, reader: SettingsReader) -> None:
        self._reader = reader
        self._due = time.monotonic() + _EVERY

    def update_if_due(self) -> None:
        """Begin to update the pages in a thread, if that was not done lately."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _EVERY
            loop = asyncio.get_running_loop()
            self._update = loop.run_in_executor(None, update_pages, self._reader)


@contextmanager
def opened(archive: Archive) -> Iterator[Store | None]:
    """Open the ledger of *archive*, None if there is none. Raises OSError."""
    store = archive.open_store()
    if store is None:
        yield None
        return
    with closing(store):
        yield store


def update_pages(reader: SettingsReader, exit_code: int = 0, row: RoundRow | None = None) -> int:
    """Bring the pages over all runs up to date, and return the exit code of it all.

    It is *exit_code*, or that of failed storage if the pages cannot be written. *row* is a round
    that has ended. A replay is no run of the archive.
    """
    if reader.ARCHIVE_MODE == "replay" or exit_code in _NO_RUN:
        return exit_code
    try:
        archive = configured_archive(reader)
        with opened(archive) as store:
            if store:
                update_index(archive.folder / REPORTS, store, row)
    except (OSError, NewsreelError) as error:
        logger.error("The pages over all runs could not be written: %s", error)
        return exit_code or StorageError.exit_code
    return exit_code
