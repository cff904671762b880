"""The records of an article, and then its place in the ledger."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from crawler.archive.article_records import article_records
from crawler.archive.copies import put_sketch
from crawler.exceptions import DuplicateArticle, EarlierArticle
from crawler.extensions import required
from crawler.extensions.articles_under_way import ArticleUnderWay
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.state.identity import normalise_guid, to_utc
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict
from crawler.warc import records
from pipelines.ledger_changes import LedgerChanges

logger = logging.getLogger(__name__)

# The markup is in the response that the records refer to.
_NOT_IN_METADATA = {"title_html", "content_html", "text", "record", "protected"}


class ArchivePipeline:
    """Writes ``conversion`` and ``metadata`` records, then holds the article in the ledger.

    An article counts as collected only when its records are on the disk. Without an archive
    (ARCHIVE_MODE=off) only the ledger is written. Fills ``file``. An older text than the one held
    joins the article's history, and goes no further.
    """

    def __init__(
        self, changes: LedgerChanges, ledger: LedgerExtension, report: ReportExtension
    ) -> None:
        self._changes = changes
        self._ledger = ledger
        self._report = report
        self._locks = ledger.shared.locks

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(
            LedgerChanges.from_crawler(crawler),
            required(crawler, LedgerExtension),
            required(crawler, ReportExtension),
        )

    async def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        # The same article may come twice at once: the second is judged when the first is held.
        async with self._locks.setdefault(adapter["key"], asyncio.Lock()):
            with self._report.storing(adapter["url"]):
                article = self._ledger.under_way.judge_once(adapter)
                holding = await self._holding(adapter, article)
                adapter["ordinal"], adapter["file"] = holding.ordinal, holding.file
                if article.verdict is Verdict.REVISION:
                    self._ledger.note_revision(holding.file)
                await self._hold(adapter, article, holding)
        if article.verdict is Verdict.EARLIER:
            raise EarlierArticle(f"{article.url}: {holding.file} has a newer text")
        return item

    async def _hold(self, adapter: ItemAdapter, article: ArticleUnderWay, holding: Holding) -> None:
        if self._changes.are_archived:
            moment = datetime.now(UTC)
            holding = replace(holding, conversion=records.new_ref(holding.url, moment))
        text, verdict, post = article.text, article.verdict, adapter.get("post")

        def change(store: Store) -> None:
            _put(store, holding, verdict)
            if verdict is not Verdict.EARLIER:
                put_sketch(store, holding, text.fingerprint.sketch)
            if post:
                store.put_posts(holding.source, [(post, holding.key)])

        await self._changes.commit(
            [holding.key],
            change,
            lambda: article_records(
                metadata_fields(adapter), text.document, holding, verdict.value
            ),
            holding.conversion,
        )
        if evidence := adapter.get("text_incomplete"):
            self._report.count_incomplete(holding.url, evidence)
        else:
            self._report.count_held(verdict.value, syndicated=bool(article.copies))

    async def _holding(self, adapter: ItemAdapter, article: ArticleUnderWay) -> Holding:
        """Return *article* as the ledger is to hold it. Raises DuplicateArticle if it does."""
        rival, verdict = article.rival, article.verdict
        if verdict is Verdict.DUPLICATE and rival:
            raise DuplicateArticle(f"{article.url} came twice, and is held as {rival.file}")
        if verdict is Verdict.COLLISION and rival:
            logger.warning("%s collides with %s of %s", article.url, rival.file, rival.source)
        if verdict in (Verdict.REVISION, Verdict.EARLIER) and rival:
            ordinal, file = rival.ordinal, rival.file
        else:
            ordinal, file = await self._ledger.name_file(
                adapter.get("ordinal"),
                key=article.key,
                source=article.source,
                date=adapter["date"],
            )
        return Holding(
            key=article.key,
            source=article.source,
            guid=normalise_guid(adapter["guid"]),
            date=adapter["date"],
            modified=article.modified,
            url=article.url,
            text_digest=article.text.digest,
            ordinal=ordinal,
            file=file,
            date_gmt=to_utc(adapter.get("date_gmt")),
            incomplete=article.incomplete,
            origin=adapter.get("record"),
        )


def _put(store: Store, holding: Holding, verdict: Verdict) -> None:
    if verdict is Verdict.REVISION:
        store.revise(holding)
    elif verdict is Verdict.EARLIER:
        store.put_earlier(holding)
    else:
        store.add([holding])


def metadata_fields(adapter: ItemAdapter) -> dict[str, Any]:
    """Return the fields of an article that its metadata record holds."""
    return {name: value for name, value in adapter.items() if name not in _NOT_IN_METADATA}
