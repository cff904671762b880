"""The WARC archive of a run, as the event loop uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from warcio.recordloader import ArcWarcRecord

from crawler.archive.recorder import Change, RecordedRun, Recorder
from crawler.exceptions import StorageError
from crawler.extensions.process_archive import ProcessArchive
from crawler.extensions.signals import archive_closing, archive_sealed, storage_failed
from crawler.extensions.writer_thread import WriterThread
from crawler.items import RecordRef
from crawler.settings_reader import SettingsReader
from crawler.state.store import Outcome
from crawler.warc.exchange import Exchange
from crawler.warc.records import new_ref
from crawler.warc.runs import RUN, new_run


class ArchiveExtension:
    """The archive that exchanges and articles are written to, in the order they come.

    A thread writes them, for all runs of the process. After a failed write every call raises
    `StorageError`. ``run`` is the id of the run in the archive; a replay has none.
    """

    def __init__(self, crawler: Crawler, shared: ProcessArchive, fields: Mapping[str, str]) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._shared = shared
        self._recorded = RecordedRun(fields=fields)
        self._has_ended = False
        self.run = fields.get(RUN, "")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        if settings.ARCHIVE_MODE == "off":
            raise NotConfigured("ARCHIVE_MODE is off")
        shared, fields = ProcessArchive.of(settings), _run_fields(crawler)
        if shared.writer_fields is None:
            shared.writer_fields = fields
        extension = cls(crawler, shared, fields)
        shared.join(crawler, extension._failed)
        crawler.signals.connect(extension.close, signals.spider_closed)
        return extension

    @property
    def _thread(self) -> WriterThread:
        if self._has_ended:
            raise StorageError("the archive is sealed: nothing more can be written")
        return self._shared.thread

    async def record(self, exchange: Exchange) -> RecordRef:
        """Queue *exchange*, and return the reference of its response, or of a lone request."""
        ref, run = new_ref(exchange.uri, exchange.started), self._recorded
        size = len(exchange.request) + len(exchange.response)
        await self._thread.queue(lambda recorder: recorder.write_exchange(exchange, ref, run), size)
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
        run = self._recorded
        await self._thread.commit(lambda recorder: recorder.write(build(), refs, change, run))

    def note(
        self,
        build: Callable[[], Sequence[ArcWarcRecord]],
        *refs: RecordRef,
        change: Change | None = None,
    ) -> None:
        """Archive as `keep` does, with the next commit, and do not wait for it."""
        run = self._recorded
        self._thread.put(lambda recorder: recorder.write(build(), refs, change, run))

    def note_last(
        self, build: Callable[[], Sequence[ArcWarcRecord]], ref: RecordRef, *, change: Change
    ) -> None:
        """Archive as `note` does; for a run that nothing is archived of make *change* alone.

        That has no file of its own, and there is nothing that a replay could make again.
        """
        run = self._recorded

        def job(recorder: Recorder) -> None:
            if run.counts["bytes"]:
                recorder.write(build(), [ref], change, run)
            else:
                recorder.change(change)

        self._thread.put(job)

    def note_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Queue *outcomes* for archive and ledger, which take those that are new to them."""
        run = self._recorded
        self._thread.put(lambda recorder: recorder.write_outcomes(outcomes, run))

    def _failed(self, error: StorageError) -> None:
        self._stats.inc_value("archive/failed_writes")
        self._crawler.signals.send_catch_log(storage_failed, error=error)

    async def close(self) -> None:
        """Commit what the run wrote, and seal the file unless other runs write on.

        After a failure the records before it are whole.
        """
        # Scrapy begins with all receivers of a signal at once: what the others find out at the end
        # of the run is to be archived too.
        await asyncio.sleep(0)
        self._crawler.signals.send_catch_log(archive_closing)
        self._has_ended = True
        with suppress(StorageError):  # all runs were told
            await self._shared.end_run()
        for name, value in self._recorded.counts.items():
            self._stats.set_value(f"archive/{name}", value)
        files = [str(self._shared.folder / "warc" / name) for name in self._recorded.files]
        self._crawler.signals.send_catch_log(
            archive_sealed, files=files, not_uploaded=self._count_uploads()
        )

    def _count_uploads(self) -> list[str]:
        """Set the stats of the process's uploads; return a line for each file that lacks its own.

        Runs that share the archive leave that to the last one.
        """
        uploads = self._shared.uploads
        if uploads is None or self._shared.is_shared:
            return []
        for name, value in uploads.counts.items():
            self._stats.set_value(f"upload/{name}", value)
        problems = uploads.take_problems()
        self._stats.set_value("upload/failed", len(problems))
        return problems

    def hurry(self, patience: float) -> None:
        """Have nobody wait for uploads for more than *patience* seconds from now on."""
        if uploads := self._shared.uploads:
            uploads.hurry(patience)

    def seal(self, timeout: float | None = None) -> None:
        """Commit and seal, and wait *timeout* seconds at most."""
        self._shared.seal(timeout)


def _run_fields(crawler: Crawler) -> dict[str, str]:
    """Return the fields by which a replay makes the run again; a replay itself has none."""
    if SettingsReader(crawler.settings).ARCHIVE_MODE != "record":
        return {}
    spider = crawler.spider
    source, arguments = getattr(spider, "source", ""), getattr(spider, "arguments", {})
    return new_run(crawler.spidercls.name, source, arguments)
