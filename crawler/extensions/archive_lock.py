"""The archive's folder, which is probed, and the run's source, which is locked."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import ClassVar, Self
from weakref import WeakSet

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.exceptions import ArchiveLockedError, StorageError
from crawler.extensions.process_archive import ProcessArchive
from crawler.extensions.signals import out_of_time, storage_failed
from crawler.settings_reader import SettingsReader

logger = logging.getLogger(__name__)


class ArchiveLockExtension:
    """Keeps the archive of ARCHIVES_DIR, and *source* for this run, from its start to its end.

    The constructor raises `ArchiveLockedError` if another run has the source, `StorageError` if the
    folder cannot be written. It is probed once for all runs of the process that share the archive.
    """

    _probed: ClassVar[WeakSet[ProcessArchive]] = WeakSet()

    def __init__(self, crawler: Crawler, shared: ProcessArchive, source: str) -> None:
        self._crawler = crawler
        self._shared = shared
        self._loop: asyncio.AbstractEventLoop | None = None
        shared.join(crawler)
        try:
            shared.folder.mkdir(parents=True, exist_ok=True)
            shared.lock_source(crawler, source, self._lost)
            if shared not in self._probed:
                for below in ("", "warc", "index", "text", "reports"):
                    _probe(shared.folder / below)
                self._probed.add(shared)
        except ArchiveLockedError:
            shared.leave(crawler)
            raise
        except OSError as error:
            shared.leave(crawler)
            raise StorageError(
                f"ARCHIVES_DIR={str(shared.folder)!r} cannot be written: {error}"
            ) from error

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider, name = crawler.spider, crawler.spidercls.name
        source = getattr(spider, "source", "")
        shared = ProcessArchive.of(SettingsReader(crawler.settings), source or name)
        # Without a source a spider may do several things at once, but none of them twice.
        arguments = json.dumps(getattr(spider, "arguments", {}), sort_keys=True)
        extension = cls(crawler, shared, source or f"{name} {arguments}")
        crawler.signals.connect(extension.begin, signals.engine_started)
        crawler.signals.connect(extension.release, signals.engine_stopped)
        return extension

    def begin(self) -> None:
        """Hear from now on if another run has the source."""
        self._loop = asyncio.get_running_loop()

    def _lost(self, message: str) -> None:
        """End the run in order: another one has its source. Any thread may call."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._end, ArchiveLockedError(message))

    def _end(self, error: ArchiveLockedError) -> None:
        self._crawler.signals.send_catch_log(storage_failed, error=error)
        self._crawler.signals.send_catch_log(out_of_time)

    def take_hosts(self, hosts: frozenset[str]) -> str:
        """Take *hosts* for this run, and return who has one of them, empty if they were free.

        Any thread may call. Raises OSError.
        """
        return self._shared.lock_hosts(self._crawler, hosts, self._lost)

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
