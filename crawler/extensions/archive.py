"""The WARC archive of a run, as the event loop uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from warcio.recordloader import ArcWarcRecord

from crawler import __version__
from crawler.archive.recorder import Change, Recorder
from crawler.exceptions import StorageError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.signals import archive_closing, archive_sealed, storage_failed
from crawler.extensions.writer_thread import Limits, WriterThread
from crawler.items import RecordRef
from crawler.settings_reader import SettingsReader
from crawler.state.store import Outcome
from crawler.warc.exchange import Exchange
from crawler.warc.index_writer import IndexWriter
from crawler.warc.records import new_ref
from crawler.warc.runs import RUN, new_run
from crawler.warc.writer import WarcWriter

SOFTWARE = f"newsreel/{__version__}, scrapy/{version('scrapy')}, warcio/{version('warcio')}"


class ArchiveExtension:
    """The archive that exchanges and articles are written to, in the order they come.

    A thread writes them. After a failed write every call raises `StorageError`. ``run`` is the id
    of the run in the archive; a replay has none.
    """

    def __init__(
        self, crawler: Crawler, writer: WarcWriter, folder: Path, limits: Limits, run: str
    ) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._writer = writer
        self._folder = folder
        self._index = folder.parent / "index"
        self._limits = limits
        self.run = run
        self._running: WriterThread | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        if settings.ARCHIVE_MODE == "off":
            raise NotConfigured("ARCHIVE_MODE is off")
        folder = settings.ARCHIVES_DIR / "warc"
        limits = Limits(
            group=settings.ARCHIVE_COMMIT_GROUP,
            interval=settings.ARCHIVE_COMMIT_INTERVAL,
        )
        fields = _run_fields(crawler)
        writer = _writer(crawler, folder, fields)
        extension = cls(crawler, writer, folder, limits, fields.get(RUN, ""))
        crawler.signals.connect(extension.close, signals.spider_closed)
        return extension

    @cached_property
    def _recorder(self) -> Recorder:
        store = required(self._crawler, LedgerExtension).store
        return Recorder(self._writer, store, IndexWriter(self._index))

    @property
    def _thread(self) -> WriterThread:
        if self._running is None:
            self._running = WriterThread(self._recorder, self._limits, self._failed)
        return self._running

    async def record(self, exchange: Exchange) -> RecordRef:
        """Queue *exchange*, and return the reference of its response, or of a lone request."""
        ref = new_ref(exchange.uri, exchange.started)
        size = len(exchange.request) + len(exchange.response)
        await self._thread.queue(lambda recorder: recorder.write_exchange(exchange, ref), size)
        self._stats.inc_value("archive/exchanges")
        return ref

    async def keep(
        self,
        build: Callable[[], Sequence[ArcWarcRecord]],
        *refs: RecordRef,
        change: Change | None = None,
    ) -> None:
        """Archive the records that *build* makes, and fill in *refs* of the first ones.

        When this returns, they are on the disk and *change* is in the ledger. *build* is called
        when all earlier exchanges are written.
        """
        await self._thread.commit(lambda recorder: recorder.write(build(), refs, change))

    def note(
        self,
        build: Callable[[], Sequence[ArcWarcRecord]],
        *refs: RecordRef,
        change: Change | None = None,
    ) -> None:
        """Archive as `keep` does, with the next commit, and do not wait for it."""
        self._thread.put(lambda recorder: recorder.write(build(), refs, change))

    def note_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Queue *outcomes* for archive and ledger, which take those that are new to them."""
        self._thread.put(lambda recorder: recorder.write_outcomes(outcomes))

    def _failed(self, error: StorageError) -> None:
        self._stats.inc_value("archive/failed_writes")
        self._crawler.signals.send_catch_log(storage_failed, error=error)

    async def close(self) -> None:
        """Commit and seal, also after a failure: the records before it are whole."""
        # Scrapy begins with all receivers of a signal at once: what the others find out at the end
        # of the run is to be archived too.
        await asyncio.sleep(0)
        self._crawler.signals.send_catch_log(archive_closing)
        await asyncio.get_running_loop().run_in_executor(None, self.seal)
        for name, value in self._recorder.counts.items():
            self._stats.set_value(f"archive/{name}", value)
        files = [str(self._folder / name) for name in self._recorder.sealed]
        self._crawler.signals.send_catch_log(archive_sealed, files=files)

    def seal(self, timeout: float | None = None) -> None:
        """Commit and seal, and wait *timeout* seconds at most."""
        if self._running:
            self._running.close(timeout)


def _writer(crawler: Crawler, folder: Path, fields: dict[str, str]) -> WarcWriter:
    settings = SettingsReader(crawler.settings)
    return WarcWriter(
        folder,
        getattr(crawler.spider, "source", None) or crawler.spidercls.name,
        software=SOFTWARE,
        fields={
            "http-header-user-agent": settings.USER_AGENT,
            "robots": "obey" if settings.ROBOTSTXT_OBEY else "ignore",
            **fields,
        },
        compress=settings.ARCHIVE_GZIP,
        most_bytes=settings.ARCHIVE_FILE_SIZE,
        most_seconds=settings.ARCHIVE_FILE_AGE,
    )


def _run_fields(crawler: Crawler) -> dict[str, str]:
    """Return the fields by which a replay makes the run again; a replay itself has none."""
    if SettingsReader(crawler.settings).ARCHIVE_MODE != "record":
        return {}
    spider = crawler.spider
    source, arguments = getattr(spider, "source", ""), getattr(spider, "arguments", {})
    return new_run(crawler.spidercls.name, source, arguments)
