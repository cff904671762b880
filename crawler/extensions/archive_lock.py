"""The archive's folder, which is locked and probed before the first request."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.exceptions import StorageError
from crawler.extensions.process_archive import ProcessArchive
from crawler.settings_reader import SettingsReader

logger = logging.getLogger(__name__)


class ArchiveLockExtension:
    """Keeps the archive of ARCHIVES_DIR from the start of a run to its end.

    The constructor raises `ArchiveLockedError` if the archive is locked, `StorageError` if the
    folder cannot be written.
    """

    def __init__(self, crawler: Crawler, shared: ProcessArchive) -> None:
        self._crawler = crawler
        self._shared = shared
        shared.join(crawler)
        try:
            for below in ("", "warc", "index", "text", "reports"):
                _probe(shared.folder / below)
        except OSError as error:
            shared.leave(crawler)
            raise StorageError(
                f"ARCHIVES_DIR={str(shared.folder)!r} cannot be written: {error}"
            ) from error

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        name = getattr(crawler.spider, "source", None) or crawler.spidercls.name
        extension = cls(crawler, ProcessArchive.of(SettingsReader(crawler.settings), name))
        crawler.signals.connect(extension.release, signals.engine_stopped)
        return extension

    def release(self) -> None:
        """Let the next run begin."""
        try:
            self._shared.leave(self._crawler)
        except OSError as error:
            # Text files that are not on the disk stay due, and the next start writes them again.
            logger.warning("%s", error)


def _probe(folder: Path) -> None:
    if folder.is_dir():
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"newsreel")
            os.fsync(probe.fileno())
