"""Each article once: by (guid, date), and by text for what was imported without a guid."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from crawler.archive.article_records import identity_records
from crawler.exceptions import DuplicateArticle
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.state.identity import article_key, normalise_guid
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict, judge
from pipelines.document import digest
from pipelines.keeping import Keeper
from pipelines.syndication import Syndication


class DedupPipeline:
    """Fills ``key`` and ``copy_of``, and drops what is held already. Claims nothing in the ledger.

    With DEDUP_SYNDICATED a copy of what is held under another identity is dropped as well.
    """

    def __init__(
        self, store: Store, keeper: Keeper, report: ReportExtension, syndication: Syndication
    ) -> None:
        self._store = store
        self._keeper = keeper
        self._report = report
        self._syndication = syndication
        self._identifying = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        store = required(crawler, LedgerExtension).store
        return cls(
            store,
            Keeper.from_crawler(crawler),
            required(crawler, ReportExtension),
            Syndication.from_crawler(crawler, store),
        )

    async def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        adapter["key"] = adapter.get("key") or article_key(adapter["guid"], adapter["date"])
        with self._report.storing(adapter["url"]):
            verdict = await self._check_held(adapter)
            if verdict is Verdict.NEW:
                await self._check_imported(adapter)
            self._syndication.check(adapter, is_held=verdict is Verdict.REVISION)
        return item

    async def _check_held(self, adapter: ItemAdapter) -> Verdict:
        held = await self._identified(adapter)
        modified = adapter.get("modified") or ""
        verdict, rival = judge(
            held, source=adapter["source"], modified=modified, text_digest=digest(adapter)
        )
        if verdict is not Verdict.DUPLICATE or rival is None:
            return verdict
        if rival.source == adapter["source"] and modified > rival.modified:
            await self._touch(rival, modified)
        raise DuplicateArticle(f"{adapter['url']} is held as {rival.file}")

    async def _identified(self, adapter: ItemAdapter) -> list[Holding]:
        """Return what is held under the key; an import under its true key gets its identity."""
        held = self._store.holdings([adapter["key"]]).get(adapter["key"], [])
        if adapter["guid"] and len(held) == 1 and not held[0].guid:
            return [await self._identify(held[0], adapter, modified="")]
        return held

    async def _check_imported(self, adapter: ItemAdapter) -> None:
        """A clean text that was imported has no guid: the first article with its text gives it."""
        for held in self._store.with_text(digest(adapter)):
            if held.date[:10] != adapter["date"][:10]:
                continue
            if not adapter["guid"]:
                raise DuplicateArticle(f"{adapter['url']} has the text of {held.file}")
            if not held.guid:
                await self._identify(held, adapter, modified=adapter.get("modified") or "")
                raise DuplicateArticle(f"{adapter['url']} was imported as {held.file}")

    async def _touch(self, held: Holding, modified: str) -> None:
        touched = replace(held, modified=modified)
        await self._keeper.keep(
            lambda store: store.touch(held.key, held.source, modified),
            lambda: identity_records("touched", held, touched),
        )

    async def _identify(self, held: Holding, adapter: ItemAdapter, *, modified: str) -> Holding:
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
                await self._keeper.keep(
                    lambda store: store.identify(held, identity),
                    lambda: identity_records("identified", held, identity),
                )
        return identity
