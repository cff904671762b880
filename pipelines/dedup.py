"""Each article once: by (guid, date), and by text for what was imported without a guid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from crawler.exceptions import DuplicateArticle
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.state.identity import article_key, normalise_guid
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict, judge
from crawler.text.fingerprint import text_digest


class DedupPipeline:
    """Fills ``key`` and drops what is held already. Reads the ledger, claims nothing in it."""

    def __init__(self, store: Store, report: ReportExtension) -> None:
        self._store = store
        self._report = report

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(required(crawler, LedgerExtension).store, required(crawler, ReportExtension))

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        adapter["key"] = adapter.get("key") or article_key(adapter["guid"], adapter["date"])
        with self._report.storing(adapter["url"]):
            if self._check_held(adapter) is Verdict.NEW:
                self._check_imported(adapter)
        return item

    def _check_held(self, adapter: ItemAdapter) -> Verdict:
        held = self._identified(adapter)
        modified = adapter.get("modified") or ""
        verdict, rival = judge(
            held, source=adapter["source"], modified=modified, text_digest=_digest(adapter)
        )
        if verdict is not Verdict.DUPLICATE or rival is None:
            return verdict
        if rival.source == adapter["source"] and modified > rival.modified:
            self._store.touch(rival.key, rival.source, modified)
        raise DuplicateArticle(f"{adapter['url']} is held as {rival.file}")

    def _identified(self, adapter: ItemAdapter) -> list[Holding]:
        """Return what is held under the key; an import under its true key gets its identity."""
        held = self._store.holdings([adapter["key"]]).get(adapter["key"], [])
        if adapter["guid"] and len(held) == 1 and not held[0].guid:
            return [self._identify(held[0], adapter, modified="")]
        return held

    def _check_imported(self, adapter: ItemAdapter) -> None:
        """A clean text that was imported has no guid: the first article with its text gives it."""
        for held in self._store.with_text(_digest(adapter)):
            if held.date[:10] != adapter["date"][:10]:
                continue
            if not adapter["guid"]:
                raise DuplicateArticle(f"{adapter['url']} has the text of {held.file}")
            if not held.guid:
                self._identify(held, adapter, modified=adapter.get("modified") or "")
                raise DuplicateArticle(f"{adapter['url']} was imported as {held.file}")

    def _identify(self, held: Holding, adapter: ItemAdapter, *, modified: str) -> Holding:
        identity = replace(
            held,
            key=adapter["key"],
            source=adapter["source"],
            guid=normalise_guid(adapter["guid"]),
            date=adapter["date"],
            modified=modified,
            url=adapter["url"],
        )
        self._store.identify(held, identity)
        return identity


def _digest(adapter: ItemAdapter) -> bytes:
    return text_digest(adapter["title"], adapter["text"].split("\n"))
