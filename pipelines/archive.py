"""The evidence of an article: its records first, then the ledger."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self
from weakref import WeakValueDictionary

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from warcio.recordloader import ArcWarcRecord

from crawler.exceptions import DuplicateArticle
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.items import RecordRef
from crawler.state.identity import normalise_guid
from crawler.state.store import Holding
from crawler.state.verdict import Verdict, judge
from crawler.text.article import EXTRACTOR
from crawler.text.fingerprint import text_digest
from crawler.warc import records
from pipelines.document import document

logger = logging.getLogger(__name__)

# Markup stays where it came from, in the response that the records refer to.
_NOT_DESCRIBED = {"title_html", "content_html", "text", "record", "protected"}


class ArchivePipeline:
    """Writes ``conversion`` and ``metadata`` records, then holds the article in the ledger.

    An article counts as collected only when its records are on the disk. Without an archive
    (ARCHIVE_MODE=off) only the ledger is written. Fills ``file``.
    """

    def __init__(
        self, archive: ArchiveExtension | None, ledger: LedgerExtension, report: ReportExtension
    ) -> None:
        self._archive = archive
        self._ledger = ledger
        self._report = report
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(
            crawler.get_extension(ArchiveExtension),
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
                await self._hold(adapter, holding, verdict)
        return item

    async def _hold(self, adapter: ItemAdapter, holding: Holding, verdict: Verdict) -> None:
        store = self._ledger.store
        if self._archive:
            conversion, _ = await self._archive.write(lambda: _records(adapter, holding, verdict))
            holding = replace(holding, conversion=conversion)
        syndicated = bool(store.with_text(holding.text_digest))
        if verdict is Verdict.REVISION:
            store.revise(holding)
        else:
            store.add([holding])
        self._report.held(verdict.value, syndicated=syndicated)

    def _judge(self, adapter: ItemAdapter) -> tuple[Verdict, Holding]:
        key, source = adapter["key"], adapter["source"]
        modified = adapter.get("modified") or ""
        digest = text_digest(adapter["title"] or "", adapter["text"].split("\n"))
        held = self._ledger.store.holdings([key]).get(key, [])
        verdict, rival = judge(held, source=source, modified=modified, text_digest=digest)
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
            text_digest=digest,
            ordinal=ordinal,
            file=file,
            origin=adapter.get("record"),
        )


def _records(adapter: ItemAdapter, holding: Holding, verdict: Verdict) -> Sequence[ArcWarcRecord]:
    moment = datetime.now(UTC)
    origin: RecordRef | None = holding.origin
    conversion = records.conversion(holding.url, document(adapter), refers_to=origin, date=moment)
    described = {name: value for name, value in adapter.items() if name not in _NOT_DESCRIBED}
    facts = described | {
        "verdict": verdict.value,
        "text_digest": f"sha256:{holding.text_digest.hex()}",
        "extractor": EXTRACTOR,
    }
    metadata = records.metadata(
        holding.url,
        json.dumps(facts, ensure_ascii=False, default=str).encode(),
        date=moment,
        refers_to=origin,
        concurrent_to=records.record_id(conversion),
    )
    return conversion, metadata
