"""The spider that reads archives of other tools, WARC or WACZ, into the same corpus."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from crawler.crawling.item_flow import Flow
from crawler.exceptions import BadArgumentError, SourceUnreadableError, StorageError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.foreign.bookmarks import UnreadArchive, query_text, unread_archive
from crawler.foreign.capture_reader import CaptureFilter, CaptureReader
from crawler.foreign.worker import Batch, RecordProblem
from crawler.foreign.worker_pool import WorkerPool
from crawler.items import Article
from crawler.settings_reader import SettingsReader
from crawler.sources.arguments import hosts, known_arguments, languages, period
from crawler.text.article import EXTRACTOR
from crawler.warc.container import expand_patterns

_ARGUMENTS = ("path", "domains", "language", "after", "before", "source")
_MOST_UNHELD = 500  # articles on their way to the disk: as many as the archive commits at once
_MOST_NAMED = 1000
_FILTERS = ("domain", "date", "language")


class WarcSpider(Spider):
    """Reads the archives that ``path`` names: a file, a folder with all below it, or a pattern.

    ``domains`` are hosts with all below them, ``language`` primary subtags (``en,de``);
    ``after`` (included) and ``before`` (not included) bound the day of publication, ``source``
    names all articles, which are else named after their sites.

    Every article that begins before a file's bookmark in the ledger is held: a run that was
    stopped goes on there.
    """

    name = "warc"
    pool: WorkerPool
    bookmark_interval: float  # seconds

    def __init__(self, **given: str) -> None:
        super().__init__(self.name)
        self.arguments = known_arguments(given, _ARGUMENTS)
        argument = {name: self.arguments.get(name, "") for name in _ARGUMENTS}
        after, before = period(argument["after"], argument["before"])
        self.source = argument["source"]
        self.wanted = CaptureFilter(
            domains=hosts("domains", argument["domains"]),
            languages=languages("language", argument["language"]),
            after=after,
            before=before,
            source=self.source,
        )
        self.files = _files(argument["path"])

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = SettingsReader(crawler.settings)
        spider.wanted = replace(
            spider.wanted,
            captions=settings.CLEAN_CAPTIONS,
            max_size=settings.DOWNLOAD_MAXSIZE,
        )
        own = Path(os.path.abspath(settings.ARCHIVES_DIR)) / "warc"  # noqa: PTH100 - as below
        spider.pool = WorkerPool(
            CaptureReader(wanted=spider.wanted, own=own),
            workers=settings.WARC_WORKERS or os.cpu_count() or 1,
            limit=settings.WARC_PAGE_TIMEOUT,
        )
        spider.bookmark_interval = settings.WARC_BOOKMARK_INTERVAL
        crawler.signals.connect(spider.pool.close, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Article]:
        self._open()
        archives = await asyncio.to_thread(lambda: list(self._unread_archives()))
        self._stats.set_value("warc/bytes_total", sum(archive.size for archive in archives))
        self._bookmarks = {archive.bookmark.file: archive.bookmark for archive in archives}
        batches = self.pool.read(part for archive in archives for part in archive.parts)
        while batch := await self._next(batches):
            self._count(batch)
            for article in batch.articles:
                await self._flow.enter()
                yield article
            if self._flow.is_blocked:
                return
            await self._bookmark(batch)
        await self._flow.end()
        await self._write_bookmarks()
        self._conclude()

    async def _next(self, batches: Iterator[Batch]) -> Batch | None:
        try:
            return await asyncio.to_thread(next, batches, None)
        except ChildProcessError as error:
            self._report.fatal(SourceUnreadableError(str(error)))
            return None

    def _open(self) -> None:
        self._report = required(self.crawler, ReportExtension)
        self._store = required(self.crawler, LedgerExtension).store
        self._stats = self.crawler.stats
        self._flow = Flow(self.crawler, _MOST_UNHELD)
        self._reached: dict[str, int] = {}
        self._bookmarked = time.monotonic()

    def _unread_archives(self) -> Iterator[UnreadArchive]:
        query = query_text({**asdict(self.wanted), "extractor": EXTRACTOR})
        for path in self.files:
            try:
                archive = unread_archive(path, query, self._store)
            except (OSError, ValueError) as error:
                self._report.problem("warc_unreadable", f"{path} cannot be read: {error}")
                continue
            self._stats.inc_value("warc/files")
            if archive.bookmark.offset and not archive.parts:
                self._stats.inc_value("warc/files_held")
            yield archive

    def _count(self, batch: Batch) -> None:
        self._stats.inc_value("warc/bytes", batch.end - batch.start)
        self._stats.inc_value("warc/records", batch.records)
        self._stats.inc_value("warc/articles", len(batch.articles))
        for reason, number in batch.skipped.items():
            self._stats.inc_value(f"warc/skipped/{reason}", number)
        for problem in batch.problems:
            self._report_problem(batch.path, problem)

    def _report_problem(self, path: Path, problem: RecordProblem) -> None:
        self._stats.inc_value("warc/faults")
        if self._stats.get_value("warc/faults") <= _MOST_NAMED:
            place = f"{path}: {problem.length:,} bytes at byte {problem.offset}"
            self._report.problem(f"warc_{problem.kind}", f"{place}: {problem.reason}")

    async def _bookmark(self, batch: Batch) -> None:
        """Write bookmarks now and then, when every article in front of them is held."""
        self._reached[str(batch.path)] = batch.end
        if time.monotonic() - self._bookmarked > self.bookmark_interval:
            await self._flow.end()
            await self._write_bookmarks()

    async def _write_bookmarks(self) -> None:
        """Write how far each file was read, unless an article was lost; all others are held."""
        bookmarks = [
            replace(self._bookmarks[file], offset=end) for file, end in self._reached.items()
        ]
        self._reached.clear()
        self._bookmarked = time.monotonic()
        if self._flow.has_lost:
            return
        try:
            await asyncio.to_thread(self._store.put_bookmarks, bookmarks)
        except OSError as error:
            self._report.fatal(StorageError(str(error)))

    def _conclude(self) -> None:
        """Report how many problems were not named, and an archive without any article."""
        value = self._stats.get_value
        if (unnamed := value("warc/faults", 0) - _MOST_NAMED) > 0:
            self._report.problem("warc_damaged", f"{unnamed:,} more places gave nothing")
        filtered = sum(value(f"warc/skipped/{reason}", 0) for reason in _FILTERS)
        was_read = any(bookmark.offset for bookmark in self._bookmarks.values())
        if not (value("warc/articles", 0) or was_read or filtered):
            self._report.fatal(
                SourceUnreadableError(
                    f"there is no article in {self.arguments['path']}: "
                    f"{value('warc/records', 0):,} records in {len(self.files):,} files"
                )
            )


def _files(path: str) -> list[Path]:
    try:
        # Not resolved: a link is the name that its owner gave to the archive.
        return [Path(os.path.abspath(file)) for file in expand_patterns([path])]  # noqa: PTH100
    except ValueError as error:
        raise BadArgumentError("path", path, str(error)) from None
