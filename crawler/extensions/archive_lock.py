"""The lock of the archive, which is taken and probed before the first request."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.archive.folder import remove_leftovers
from crawler.exceptions import ArchiveLockedError, StorageError
from crawler.settings_reader import SettingsReader
from crawler.state.lock import RunLock


class ArchiveLockExtension:
    """The lock of ARCHIVES_DIR, held from the start of a run to its end.

    The constructor raises `ArchiveLockedError` if another run has it, `StorageError` if the folder
    cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = RunLock(folder)
            for below in ("", "warc", "index", "text", "reports"):
                _probe(folder / below)
            remove_leftovers(folder)
        except BlockingIOError as error:
            raise ArchiveLockedError(
                f"{error}: wait for that run or name another ARCHIVES_DIR"
            ) from None
        except OSError as error:
            raise StorageError(
                f"ARCHIVES_DIR={str(folder)!r} cannot be written: {error}"
            ) from error

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(SettingsReader(crawler.settings).ARCHIVES_DIR)
        crawler.signals.connect(extension.release, signals.engine_stopped)
        return extension

    def release(self) -> None:
        """Let the next run begin."""
        self._lock.release()


def _probe(folder: Path) -> None:
    if folder.is_dir():
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"newsreel")
            os.fsync(probe.fileno())
