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
from crawler.archive.folder import Archive
from crawler.archive.holding_texts import HeldText, hold_as_judged, remove_left, write_current
from crawler.exceptions import DuplicateArticle, EarlierArticle
from crawler.extensions import required
from crawler.extensions.articles_under_way import ArticleUnderWay
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.settings_reader import SettingsReader
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
        self,
        archive: Archive,
        changes: LedgerChanges,
        ledger: LedgerExtension,
        report: ReportExtension,
    ) -> None:
        self._archive = archive
        self._changes = changes
        self._ledger = ledger
        self._report = report
        self._locks = ledger.shared.locks

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ledger = required(crawler, LedgerExtension)
        settings = SettingsReader(crawler.settings)
        return cls(
            Archive(
                folder=settings.ARCHIVES_DIR, corpus=ledger.corpus, state_uri=settings.STATE_URI
            ),
            LedgerChanges.from_crawler(crawler),
            ledger,
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
                held = await self._hold(adapter, article, holding)
                adapter["ordinal"], adapter["file"] = held.now.ordinal, held.now.file
                if held.is_ours:
                    self._ledger.under_way.note_held(held.now)
                if article.verdict is not Verdict.EARLIER:
                    self._write_others(held)
        if held.now.source != article.source:
            raise DuplicateArticle(f"{article.url} is held as {held.now.file} by now")
        if not held.is_ours:
            raise EarlierArticle(f"{article.url}: {held.now.file} has a newer text")
        return item

    def _write_others(self, held: HeldText) -> None:
        """Write the text that another process has held since the article was judged, if any."""
        if not held.is_ours and held.now.conversion:
            self._ledger.note_written(write_current(self._archive, self._ledger.store, held.now))
        remove_left(self._archive, self._ledger.store, held.left)

    async def _hold(
        self, adapter: ItemAdapter, article: ArticleUnderWay, holding: Holding
    ) -> HeldText:
        if self._changes.are_archived:
            moment = datetime.now(UTC)
            holding = replace(holding, conversion=records.new_ref(holding.url, moment))
        text, verdict, post = article.text, article.verdict, adapter.get("post")
        held: list[HeldText] = []

        def change(store: Store) -> None:
            held.append(hold_as_judged(store, holding, verdict, article.rival))
            if held[-1].is_ours:
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
        if held[-1].is_ours or verdict is Verdict.EARLIER:
            self._count(adapter, article)
        return held[-1]

    def _count(self, adapter: ItemAdapter, article: ArticleUnderWay) -> None:
        if evidence := adapter.get("text_incomplete"):
            self._report.count_incomplete(article.url, evidence)
        else:
            self._report.count_held(article.verdict.value, syndicated=bool(article.copies))

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


def metadata_fields(adapter: ItemAdapter) -> dict[str, Any]:
    """Return the fields of an article that its metadata record holds."""
    return {name: value for name, value in adapter.items() if name not in _NOT_IN_METADATA}
