"""Each article once: by (guid, date), and by text for what was imported without a guid."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, NoReturn, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from crawler.archive.article_records import identity_records
from crawler.exceptions import DuplicateArticle
from crawler.extensions import required
from crawler.extensions.articles_under_way import ArticleUnderWay
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.state.identity import article_key, normalise_guid
from crawler.state.store import Holding
from crawler.state.verdict import Verdict
from pipelines.ledger_changes import LedgerChanges
from pipelines.syndication import CopyMarker


class DedupPipeline:
    """Fills ``key`` and ``copy_of``, and drops what is held already.

    With DEDUP_SYNDICATED, a copy of what is held under another identity is dropped as well.
    """

    def __init__(
        self,
        ledger: LedgerExtension,
        changes: LedgerChanges,
        report: ReportExtension,
        copy_marker: CopyMarker,
    ) -> None:
        self._store = ledger.store
        self._articles = ledger.under_way
        self._changes = changes
        self._report = report
        self._copy_marker = copy_marker
        self._identifying = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(
            required(crawler, LedgerExtension),
            LedgerChanges.from_crawler(crawler),
            required(crawler, ReportExtension),
            CopyMarker.from_crawler(crawler),
        )

    async def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        adapter["key"] = adapter.get("key") or article_key(adapter["guid"], adapter["date"])
        with self._report.storing(adapter["url"]):
            article = await self._judge(adapter)
            if article.verdict is Verdict.DUPLICATE:
                await self._drop_duplicate(article, adapter.get("text_incomplete") or "")
            if article.verdict is Verdict.NEW:
                await self._check_import_of_text(adapter, article)
            self._articles.find_copies(article)
            adapter["copy_of"] = self._copy_marker.earliest_copy(article)
            # Nothing was awaited since the verdict, so that the ledger has not changed since then.
            self._articles.add(article)
        return item

    async def _judge(self, adapter: ItemAdapter) -> ArticleUnderWay:
        """Judge the item; first, an import without a guid that has its key gets its identity."""
        article = self._articles.judge(adapter)
        if adapter["guid"] and len(article.held) == 1 and not article.held[0].guid:
            await self._identify(article.held[0], adapter, modified="")
            return self._articles.judge(adapter)
        return article

    async def _drop_duplicate(self, article: ArticleUnderWay, evidence: str) -> NoReturn:
        held = article.rival
        assert held
        if held.source == article.source and not article.incomplete:
            if article.modified > held.modified:
                await self._touch(held, article.modified)
        elif article.incomplete and held.incomplete:
            self._report.incomplete(article.url, evidence)
        raise DuplicateArticle(f"{article.url} is held as {held.file}")

    async def _check_import_of_text(self, adapter: ItemAdapter, article: ArticleUnderWay) -> None:
        """Drop an article whose text was imported, or an import whose text is held.

        An import without a guid gets the identity of the first article with its text.
        """
        for held in self._store.with_text(article.text.digest):
            if held.date[:10] != article.text.day:
                continue
            if not adapter["guid"]:
                raise DuplicateArticle(f"{article.url} has the text of {held.file}")
            if not held.guid:
                await self._identify(held, adapter, modified=article.modified)
                raise DuplicateArticle(f"{article.url} was imported as {held.file}")

    async def _touch(self, held: Holding, modified: str) -> None:
        touched = replace(held, modified=modified)
        await self._changes.commit(
            [held.key],
            lambda store: store.touch(held.key, held.source, modified),
            lambda: identity_records("touched", held, touched),
        )

    async def _identify(self, held: Holding, adapter: ItemAdapter, *, modified: str) -> None:
        identity = replace(
            held,
            key=adapter["key"],
            source=adapter["source"],
            guid=normalise_guid(adapter["guid"]),
            date=adapter["date"],
            modified=modified,
            url=adapter["url"],
        )
        async with self._identifying:
            # The same article may have come twice at once.
            if held in self._store.holdings([held.key]).get(held.key, []):
                await self._changes.commit(
                    [held.key, identity.key],
                    lambda store: store.identify(held, identity),
                    lambda: identity_records("identified", held, identity),
                )
