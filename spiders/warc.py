"""Archives of other tools, WARC, ARC or WACZ, into the same corpus."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from crawler.archive.merging import is_ours
from crawler.crawling.foreign_archives import ForeignArchives
from crawler.exceptions import BadArgumentError
from crawler.foreign.capture_reader import CaptureFilter, CaptureReader
from crawler.foreign.worker_pool import WorkerPool
from crawler.items import Article
from crawler.pages.page_rules import PageRulesByHost
from crawler.settings_reader import SettingsReader
from crawler.sources.arguments import hosts, known_arguments, languages, period
from crawler.text.article import EXTRACTOR
from crawler.warc.container import expand_patterns

_ARGUMENTS = ("path", "domains", "language", "after", "before", "source")


class WarcSpider(Spider):
    """Reads the archives that ``path`` names: a file, a folder with all below it, or a pattern.

    Files that Newsreel wrote, ``ours``, are merged as they are, unless another argument asks for a
    choice of what they hold: then they are read anew as those of others.

    ``domains`` are hosts with all below them, ``language`` primary subtags (``en,de``);
    ``after`` (included) and ``before`` (not included) bound the day of publication. ``source`` is
    the source of all articles; by default each has the name of its site.
    """

    name = "warc"
    keeps_addresses_apart = True
    """Archives of others hold posts and their pages side by side: both stay what they are."""
    pool: WorkerPool
    page_rules: PageRulesByHost

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
        self.ours: list[Path] = []

    @property
    def is_choosy(self) -> bool:
        """Whether a part is wanted of what the archives hold, or under another name."""
        return any(self.arguments.get(name) for name in _ARGUMENTS[1:])

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = SettingsReader(crawler.settings)
        spider.page_rules = PageRulesByHost.load(settings.SOURCES_FILE)
        spider.wanted = replace(
            spider.wanted, captions=settings.CLEAN_CAPTIONS, max_size=settings.DOWNLOAD_MAXSIZE
        )
        own = Path(os.path.abspath(settings.ARCHIVES_DIR)) / "warc"  # noqa: PTH100 - keeps links
        spider.pool = WorkerPool(
            CaptureReader(wanted=spider.wanted, own=own, rules=spider.page_rules),
            workers=settings.workers,
            limit=settings.WARC_PAGE_TIMEOUT,
        )
        if settings.ARCHIVE_MODE == "record" and not spider.is_choosy:
            spider.ours = [file for file in spider.files if file.parent != own and _is_ours(file)]
            spider.files = [file for file in spider.files if file not in set(spider.ours)]
        crawler.signals.connect(spider.pool.close, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Article]:
        if not self.files:
            return
        archives = ForeignArchives(
            self.crawler,
            self.arguments["path"],
            self.files,
            self.pool,
            query=self._query(),
            bookmark_interval=SettingsReader(self.settings).WARC_BOOKMARK_INTERVAL,
        )
        async for article in archives.articles():
            yield article

    def _query(self) -> dict[str, Any]:
        """Return all that the articles depend on besides the archives."""
        query = {**asdict(self.wanted), "extractor": EXTRACTOR}
        if SettingsReader(self.settings).INCOMPLETE == "keep":
            query["incomplete"] = "keep"
        # The packaged rules only change together with the extractor's version.
        if self.page_rules != PageRulesByHost.load(None):
            query["page_rules"] = self.page_rules.digest
        return query


def _is_ours(path: Path) -> bool:
    try:
        return is_ours(path)
    except OSError:  # the reader of archives says what it is about
        return False


def _files(path: str) -> list[Path]:
    try:
        # Symbolic links are kept: theirs are the names that the user gave to the archives.
        return [Path(os.path.abspath(file)) for file in expand_patterns([path])]  # noqa: PTH100
    except ValueError as error:
        raise BadArgumentError("path", path, str(error)) from None
