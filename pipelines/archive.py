"""The evidence of an article: its records first, then the ledger."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self
from weakref import WeakValueDictionary

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from crawler.archive.article_records import article_records
from crawler.archive.copies import copies, put_text
from crawler.exceptions import DuplicateArticle
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.state.identity import normalise_guid, universal
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict, judge
from crawler.warc import records
from pipelines.document import digest, document, text
from pipelines.keeping import Keeper

logger = logging.getLogger(__name__)

# Markup stays where it came from, in the response that the records refer to.
_NOT_DESCRIBED = {"title_html", "content_html", "text", "record", "protected"}


class ArchivePipeline:
    """Writes ``conversion`` and ``metadata`` records, then holds the article in the ledger.

    An article counts as collected only when its records are on the disk. Without an archive
    (ARCHIVE_MODE=off) only the ledger is written. Fills ``file``.
    """

    def __init__(self, keeper: Keeper, ledger: LedgerExtension, report: ReportExtension) -> None:
        self._keeper = keeper
        self._ledger = ledger
        self._report = report
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(
            Keeper.from_crawler(crawler),
            required(crawler, LedgerExtension),
            required(crawler, ReportExtension),
        )

    async def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        # The same article may come twice at once: the second is judged when the first is held.
        async with self._locks.setdefault(adapter["key"], asyncio.Lock()):
            with self._report.storing(adapter["url"]):
                verdict, holding = self._judge(adapter)
                adapter["ordinal"], adapter["file"] = holding.ordinal, holding.file
                if verdict is Verdict.REVISION:
                    self._ledger.replacing(holding.file)
                await self._hold(adapter, holding, verdict)
        return item

    async def _hold(self, adapter: ItemAdapter, holding: Holding, verdict: Verdict) -> None:
        syndicated = False
        own = text(adapter)
        if self._keeper.archives:
            moment = datetime.now(UTC)
            holding = replace(holding, conversion=records.new_ref(holding.url, moment))

        def change(store: Store) -> None:
            nonlocal syndicated
            syndicated = bool(copies(store, own, key=holding.key))
            if verdict is Verdict.REVISION:
                store.revise(holding)
            else:
                store.add([holding])
            put_text(store, holding, own)

        await self._keeper.keep(
            change,
            lambda: article_records(described(adapter), document(adapter), holding, verdict.value),
            holding.conversion,
        )
        self._report.held(verdict.value, syndicated=syndicated)

    def _judge(self, adapter: ItemAdapter) -> tuple[Verdict, Holding]:
        key, source = adapter["key"], adapter["source"]
        modified = adapter.get("modified") or ""
        text_digest = digest(adapter)
        held = self._ledger.store.holdings([key]).get(key, [])
        verdict, rival = judge(held, source=source, modified=modified, text_digest=text_digest)
        if verdict is Verdict.DUPLICATE and rival:
            raise DuplicateArticle(f"{adapter['url']} came twice, and is held as {rival.file}")
        if verdict is Verdict.COLLISION and rival:
            logger.warning("%s collides with %s of %s", adapter["url"], rival.file, rival.source)
        if verdict is Verdict.REVISION and rival:
            ordinal, file = rival.ordinal, rival.file
        else:
            ordinal, file = self._ledger.name(
                adapter.get("ordinal"), key=key, source=source, date=adapter["date"]
            )
        return verdict, Holding(
            key=key,
            source=source,
            guid=normalise_guid(adapter["guid"]),
            date=adapter["date"],
            modified=modified,
            url=adapter["url"],
            text_digest=text_digest,
            ordinal=ordinal,
            file=file,
            date_gmt=universal(adapter.get("date_gmt")),
            origin=adapter.get("record"),
        )


def described(adapter: ItemAdapter) -> dict[str, Any]:
    """The fields of an article that its metadata record holds."""
    return {name: value for name, value in adapter.items() if name not in _NOT_DESCRIBED}
