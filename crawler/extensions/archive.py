"""The WARC archive of a run: one file open, and one thread that waits for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.signalmanager import SignalManager
from scrapy.statscollectors import StatsCollector
from warcio.recordloader import ArcWarcRecord

from crawler import __version__
from crawler.exceptions import BadArgumentError, StorageError
from crawler.extensions.signals import archive_sealed, storage_failed
from crawler.items import RecordRef
from crawler.warc import records
from crawler.warc.compression import compressor
from crawler.warc.exchange import Exchange
from crawler.warc.writer import WarcWriter

SOFTWARE = f"newsreel/{__version__}, scrapy/{version('scrapy')}, warcio/{version('warcio')}"


class ArchiveExtension:
    """Writes records at once, in the order in which they are handed over.

    Writing stays on the event loop: handing an exchange to a thread and back costs more than
    compressing it with ISA-L. Only fsync, which waits for the disk, has a thread. A failed write
    raises `StorageError`, then and at every later call.
    """

    def __init__(
        self, folder: Path, writer: WarcWriter, stats: StatsCollector, bus: SignalManager
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._stats = stats
        self._bus = bus
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._written = self._synced = 0
        self._failure: StorageError | None = None
        self._files: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        if settings["ARCHIVE_MODE"] != "record":
            raise NotConfigured(f"ARCHIVE_MODE is {settings['ARCHIVE_MODE']!r}")
        try:
            compress = compressor(settings["ARCHIVE_GZIP"])
        except ValueError as error:
            raise BadArgumentError("ARCHIVE_GZIP", settings["ARCHIVE_GZIP"], str(error)) from None
        folder = Path(settings["ARCHIVES_DIR"]) / "warc"
        writer = WarcWriter(
            folder,
            getattr(crawler.spider, "source", None) or crawler.spidercls.name,
            software=SOFTWARE,
            fields={
                "http-header-user-agent": settings["USER_AGENT"],
                "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
            },
            compress=compress,
        )
        extension = cls(folder, writer, crawler.stats, crawler.signals)
        crawler.signals.connect(extension.close, signals.spider_closed)
        return extension

    async def record(self, exchange: Exchange) -> RecordRef:
        """Archive *exchange* and return where its response (or lone request) lies."""
        refs = self._append(lambda: records.exchange_records(exchange))
        self._stats.inc_value("archive/exchanges")
        return refs[0]

    async def write(self, build: Callable[[], Sequence[ArcWarcRecord]]) -> list[RecordRef]:
        """Archive the records that *build* makes; they are on the disk when this returns."""
        refs = self._append(build)
        position = self._written
        with self._failing():
            await asyncio.get_running_loop().run_in_executor(self._thread, self._sync, position)
        return refs

    @contextmanager
    def _failing(self) -> Iterator[None]:
        if self._failure:
            raise self._failure
        try:
            yield
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> StorageError:
        self._stats.inc_value("archive/failed_writes")
        if self._failure is None:
            self._failure = StorageError(f"the archive cannot be written: {error}")
            self._bus.send_catch_log(storage_failed, error=self._failure)
        return self._failure

    def _append(self, build: Callable[[], Sequence[ArcWarcRecord]]) -> list[RecordRef]:
        with self._failing():
            refs = self._writer.write(build())
        self._written += len(refs)
        self._stats.inc_value("archive/records", len(refs))
        self._stats.inc_value("archive/bytes", sum(ref.length for ref in refs))
        self._files.update(ref.file for ref in refs)
        return refs

    def _sync(self, position: int) -> None:
        # Who waited meanwhile has its records written too: one fsync serves them all.
        if self._synced < position:
            written = self._written
            self._writer.sync()
            self._synced = written

    async def close(self) -> None:
        """Seal the file, also after a failed write: its records up to there are whole."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        except OSError as error:
            self._failed(error)
        self._thread.shutdown()
        files = sorted(str(self._folder / name) for name in self._files)
        self._bus.send_catch_log(archive_sealed, files=files)
