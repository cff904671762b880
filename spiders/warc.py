"""Archives that other tools wrote, WARC or WACZ, into the same corpus."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.crawling.item_flow import Flow
from crawler.exceptions import BadArgumentError, SourceUnreadableError, StorageError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.foreign.bookmarks import Reading, asked, reading
from crawler.foreign.capture_reader import CaptureReader, Wanted
from crawler.foreign.worker import Piece, Trouble
from crawler.foreign.worker_pool import Bulk
from crawler.items import Article
from crawler.text.article import EXTRACTOR
from crawler.warc.container import expand

_DOMAIN = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_UNDER_WAY = 500  # items between here and the disk: what the archive commits at once
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
    bulk: Bulk
    mark_every: float  # seconds

    def __init__(
        self,
        path: str = "",
        domains: str = "",
        language: str = "",
        after: str = "",
        before: str = "",
        source: str = "",
        **others: str,
    ) -> None:
        super().__init__(self.name)
        for name, text in others.items():
            if not name.startswith("_"):
                raise BadArgumentError(name, text, "there is no such argument")
        given = {"path": path, "domains": domains, "language": language}
        given |= {"after": after, "before": before, "source": source}
        self.arguments = {name: text for name, text in given.items() if text}
        self.source = source
        self.wanted = Wanted(
            domains=_list("domains", domains, _DOMAIN, "name hosts, e.g. domains=example.org"),
            languages=_list("language", language, _LANGUAGE, "use codes, e.g. language=en,de"),
            after=_moment("after", after),
            before=_moment("before", before),
            source=source,
        )
        self.files = _files(path)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.wanted = replace(
            spider.wanted,
            captions=settings.getbool("CLEAN_CAPTIONS"),
            max_size=settings.getint("DOWNLOAD_MAXSIZE"),
        )
        own = Path(os.path.abspath(settings["ARCHIVES_DIR"])) / "warc"  # noqa: PTH100 - as below
        spider.bulk = Bulk(
            CaptureReader(wanted=spider.wanted, own=own),
            workers=int(_number(settings, "WARC_WORKERS")) or os.cpu_count() or 1,
            limit=_number(settings, "WARC_PAGE_TIMEOUT"),
        )
        spider.mark_every = _number(settings, "WARC_BOOKMARK_INTERVAL")
        crawler.signals.connect(spider.bulk.close, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Article]:
        self._open()
        readings = await asyncio.to_thread(lambda: list(self._readings()))
        self._stats.set_value("warc/bytes_total", sum(reading.size for reading in readings))
        self._marks = {reading.bookmark.file: reading.bookmark for reading in readings}
        pieces = self.bulk.read(part for reading in readings for part in reading.parts)
        while piece := await self._next(pieces):
            self._count(piece)
            for article in piece.articles:
                await self._flow.enter()
                yield article
            if self._flow.is_blocked:
                return
            await self._mark(piece)
        await self._flow.end()
        await self._write_marks()
        self._conclude()

    async def _next(self, pieces: Iterator[Piece]) -> Piece | None:
        try:
            return await asyncio.to_thread(next, pieces, None)
        except ChildProcessError as error:
            self._report.fatal(SourceUnreadableError(str(error)))
            return None

    def _open(self) -> None:
        self._report = required(self.crawler, ReportExtension)
        self._store = required(self.crawler, LedgerExtension).store
        self._stats = self.crawler.stats
        self._flow = Flow(self.crawler, _UNDER_WAY)
        self._reached: dict[str, int] = {}
        self._marked = time.monotonic()

    def _readings(self) -> Iterator[Reading]:
        question = asked({**asdict(self.wanted), "extractor": EXTRACTOR})
        for path in self.files:
            try:
                found = reading(path, question, self._store)
            except (OSError, ValueError) as error:
                self._report.problem("warc_unreadable", f"{path} cannot be read: {error}")
                continue
            self._stats.inc_value("warc/files")
            if found.bookmark.offset and not found.parts:
                self._stats.inc_value("warc/files_held")
            yield found

    def _count(self, piece: Piece) -> None:
        self._stats.inc_value("warc/bytes", piece.end - piece.start)
        self._stats.inc_value("warc/records", piece.records)
        self._stats.inc_value("warc/articles", len(piece.articles))
        for reason, number in piece.skipped.items():
            self._stats.inc_value(f"warc/skipped/{reason}", number)
        for trouble in piece.troubles:
            self._name(piece.path, trouble)

    def _name(self, path: Path, trouble: Trouble) -> None:
        self._stats.inc_value("warc/faults")
        if self._stats.get_value("warc/faults") <= _MOST_NAMED:
            place = f"{path}: {trouble.length:,} bytes at byte {trouble.offset}"
            self._report.problem(f"warc_{trouble.kind}", f"{place}: {trouble.reason}")

    async def _mark(self, piece: Piece) -> None:
        """Note now and then how far everything is held."""
        self._reached[str(piece.path)] = piece.end
        if time.monotonic() - self._marked > self.mark_every:
            await self._flow.end()
            await self._write_marks()

    async def _write_marks(self) -> None:
        """Nothing is under way: what was brought is held, unless some of it was lost."""
        marks = [replace(self._marks[file], offset=end) for file, end in self._reached.items()]
        self._reached.clear()
        self._marked = time.monotonic()
        if self._flow.has_lost:
            return
        try:
            await asyncio.to_thread(self._store.put_bookmarks, marks)
        except OSError as error:
            self._report.fatal(StorageError(str(error)))

    def _conclude(self) -> None:
        """Say what was not named, and whether there was nothing at all."""
        value = self._stats.get_value
        if (unnamed := value("warc/faults", 0) - _MOST_NAMED) > 0:
            self._report.problem("warc_damaged", f"{unnamed:,} more places gave nothing")
        filtered = sum(value(f"warc/skipped/{reason}", 0) for reason in _FILTERS)
        was_read = any(mark.offset for mark in self._marks.values())
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
        return [Path(os.path.abspath(file)) for file in expand([path])]  # noqa: PTH100
    except ValueError as error:
        raise BadArgumentError("path", path, str(error)) from None


def _number(settings: BaseSettings, name: str) -> float:
    try:
        value = settings.getfloat(name)
    except ValueError:
        value = -1.0
    if value < 0:
        raise BadArgumentError(name, settings[name], "use a number, 0 or more")
    return value


def _list(name: str, text: str, form: re.Pattern[str], fix: str) -> tuple[str, ...]:
    values = tuple(value.strip().lower() for value in text.split(",") if value.strip())
    for value in values:
        if not form.fullmatch(value):
            raise BadArgumentError(name, value, fix)
    return values


def _moment(name: str, text: str) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text) if text else None
        if moment is None or moment.tzinfo is None:
            return moment
    raise BadArgumentError(name, text, "use 2024-01-15 or 2024-01-15T07:00:00, without a zone")
