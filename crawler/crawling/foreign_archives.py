"""Archives of other tools on their way into the corpus: problems, counts and bookmarks."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler

from crawler.crawling.item_flow import ItemFlow
from crawler.exceptions import SourceUnreadableError, StorageError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.foreign.archive_worker import Batch, RecordProblem
from crawler.foreign.bookmarks import UnreadArchive, query_text, unread_archive
from crawler.foreign.worker_pool import WorkerPool
from crawler.items import Article
from crawler.reports.reasons import Effect

_MOST_UNHELD = 500  # articles on their way to the disk: as many as the archive commits at once
_MOST_NAMED = 1000
_FILTERS = ("domain", "date", "language")
_NO_ARTICLES = (
    *("no_text", "no_date", "no_story", "listing", "soft_error", "challenge"),
    *("too_big", "attributes", "depth", "malformed"),
)


class ForeignArchives:
    """Reads *files*, which the user named by *path*, each from its bookmark in the ledger on.

    Every article before a bookmark is held, so that the next run goes on there. Bookmarks are
    written every *bookmark_interval* seconds. *query* is all that the articles depend on besides
    the files: with another one a file is read from its beginning.
    """

    def __init__(
        self,
        crawler: Crawler,
        path: str,
        files: Sequence[Path],
        pool: WorkerPool,
        query: Mapping[str, Any],
        bookmark_interval: float,
    ) -> None:
        self._report = required(crawler, ReportExtension)
        self._store = required(crawler, LedgerExtension).store
        self._stats = crawler.stats
        self._flow = ItemFlow(crawler, _MOST_UNHELD)
        self._path = path
        self._files = files
        self._pool = pool
        self._query = query_text(query)
        self._bookmark_interval = bookmark_interval
        self._bookmarked = time.monotonic()
        self._reached: dict[str, int] = {}

    async def articles(self) -> AsyncIterator[Article]:
        """Yield all articles that are not held, no faster than they can be stored."""
        archives = await asyncio.to_thread(lambda: list(self._unread_archives()))
        self._stats.set_value("warc/bytes_total", sum(archive.size for archive in archives))
        self._bookmarks = {archive.bookmark.file: archive.bookmark for archive in archives}
        batches = self._pool.read(part for archive in archives for part in archive.parts)
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

    def _unread_archives(self) -> Iterator[UnreadArchive]:
        for path in self._files:
            try:
                archive = unread_archive(path, self._query, self._store)
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
        self._lose(batch)
        for problem in batch.problems:
            self._report_problem(batch.path, problem)

    def _lose(self, batch: Batch) -> None:
        """Report what was skipped; nobody said that a page of an archive is a story."""
        named = Counter(page.reason for page in batch.no_articles)
        for page in batch.no_articles:
            self._report.lose(
                page.reason, page.url, page.evidence, lasts=False, effect=Effect.DOUBT
            )
        for reason in (*_FILTERS, *_NO_ARTICLES):
            if (unnamed := batch.skipped.get(reason, 0) - named[reason]) > 0:
                effect = Effect.NONE if reason in _FILTERS else Effect.DOUBT
                self._report.lose_unnamed(reason, unnamed, effect=effect)

    def _report_problem(self, path: Path, problem: RecordProblem) -> None:
        self._stats.inc_value("warc/faults")
        if self._stats.get_value("warc/faults") <= _MOST_NAMED:
            place = f"{path}: {problem.length:,} bytes at byte {problem.offset}"
            self._report.problem(f"warc_{problem.kind}", f"{place}: {problem.reason}")

    async def _bookmark(self, batch: Batch) -> None:
        """Write bookmarks now and then, once every article before them is held."""
        self._reached[str(batch.path)] = batch.end
        if time.monotonic() - self._bookmarked > self._bookmark_interval:
            await self._flow.end()
            await self._write_bookmarks()

    async def _write_bookmarks(self) -> None:
        """Write how far each file was read, unless an article was lost or none was kept.

        A run that kept nothing is not complete, and neither is the next one that does the same.
        """
        bookmarks = [
            replace(self._bookmarks[file], offset=end) for file, end in self._reached.items()
        ]
        self._reached.clear()
        self._bookmarked = time.monotonic()
        if self._flow.has_lost or not (self._report.report.kept or self._may_keep_nothing):
            return
        try:
            await asyncio.to_thread(self._store.put_bookmarks, bookmarks)
        except OSError as error:
            self._report.fatal(StorageError(str(error)))

    def _conclude(self) -> None:
        """Report how many problems were not named, and whether there was no article at all."""
        value = self._stats.get_value
        if (unnamed := value("warc/faults", 0) - _MOST_NAMED) > 0:
            self._report.problem("warc_damaged", f"{unnamed:,} more places gave nothing")
        if not (value("warc/articles", 0) or self._may_keep_nothing):
            self._report.fatal(
                SourceUnreadableError(
                    f"there is no article in {self._path}: {value('warc/records', 0):,} records "
                    f"in {len(self._files):,} files"
                )
            )

    @property
    def _may_keep_nothing(self) -> bool:
        """Whether earlier runs read a part, or articles were found that nobody asked for."""
        was_read = any(bookmark.offset for bookmark in self._bookmarks.values())
        value = self._stats.get_value
        return was_read or any(value(f"warc/skipped/{reason}", 0) for reason in _FILTERS)
