"""Documents that are on disk already: clean texts and raw REST posts, into the same corpus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from scrapy import Spider
from scrapy.crawler import Crawler

from crawler.crawling.item_flow import ItemFlow
from crawler.crawling.seed_documents import (
    DEFAULT_SOURCE,
    documents_in,
    file_uri,
    is_json,
    read_articles,
)
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.progress import TOTAL
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.report import ReportExtension
from crawler.items import Article, RecordRef
from crawler.settings_reader import SettingsReader
from crawler.sources.arguments import known_arguments
from crawler.warc import records

_ARGUMENTS = ("path", "source")
_MOST_UNHELD = 500  # articles on their way to the disk


class SeedsSpider(Spider):
    """Reads ``path``: one document, or a folder and all below it, in the order of their names.

    A clean text keeps its bytes (but for a byte order mark and the line ends of Windows), and the
    ordinal and key of its file name where they are free;
    a raw REST post is cleaned like a crawled one; any other file is a problem in the report. Each
    document is archived as a ``resource`` record, from which a replay reads it.
    """

    name = "seeds"

    def __init__(self, **given: str) -> None:
        super().__init__(self.name)
        defaults = {"path": "", "source": DEFAULT_SOURCE}
        self.arguments = defaults | known_arguments(given, _ARGUMENTS)
        self.source = self.arguments["source"]
        self.files: list[Path] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: str, **kwargs: str) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        if SettingsReader(crawler.settings).ARCHIVE_MODE != "replay":
            spider.files = documents_in(spider.arguments["path"])
        return spider

    async def start(self) -> AsyncIterator[Article]:
        report = required(self.crawler, ReportExtension)
        archive = self.crawler.get_extension(ArchiveExtension)
        flow = ItemFlow(self.crawler, _MOST_UNHELD)
        self.crawler.stats.set_value(TOTAL, len(self.files))
        for path, read_bytes, record in self._documents():
            try:
                data = read_bytes()
                articles = read_articles(path, data, self.source)
            except (OSError, ValueError) as error:
                report.lose("seed_unreadable", file_uri(path), f"{path}: {error}")
                continue
            report.got([file_uri(path)])
            if archive and not record:
                record = await _archive(archive, path, data)  # noqa: PLW2901 - it is archived now
            for article in articles:
                article.record = record
                await flow.enter()
                yield article
        # Otherwise Scrapy would take up to five seconds to see that the last item is done.
        await flow.end()

    def _documents(self) -> Iterator[tuple[Path, Callable[[], bytes], RecordRef | None]]:
        """Yield each document's path, a function that reads it, and its record if it has one."""
        if replay := self.crawler.get_extension(ReplayExtension):
            for data, ref in replay.documents():
                yield Path(unquote(ref.uri.rpartition("/")[2])), partial(bytes, data), ref
        for path in self.files:
            yield path, path.read_bytes, None


async def _archive(archive: ArchiveExtension, path: Path, data: bytes) -> RecordRef:
    media_type = "application/json" if is_json(data) else "text/plain; charset=utf-8"
    ref = records.new_ref(file_uri(path), datetime.now(UTC))
    await archive.keep(lambda: [records.resource(ref, data, media_type)], ref)
    return ref
