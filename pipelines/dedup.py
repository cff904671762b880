"""Each article once: by (guid, date), by text for what was imported without a guid, and by text and
place for what got another guid or day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn, Self

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from crawler.archive.article_records import identity_records
from crawler.archive.facts import held_facts, update_of
from crawler.archive.folder import WarcPlaces
from crawler.archive.life_records import life_event, life_record, take_events
from crawler.exceptions import DuplicateArticle
from crawler.extensions import required
from crawler.extensions.articles_under_way import ArticleUnderWay
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.settings_reader import SettingsReader
from crawler.state.identity import article_key, normalise_guid
from crawler.state.store import Holding, LifeEvent
from crawler.state.verdict import Verdict, captured
from crawler.storage.remote_file import StoredFile
from pipelines.ledger_changes import LedgerChanges
from pipelines.same_article import identity_change, same_article, take_identity
from pipelines.syndication import CopyMarker


class DedupPipeline:
    """Fills ``key`` and ``copy_of``, and drops what is held already.

    With DEDUP_SYNDICATED, a copy of what is held under another identity is dropped as well. What a
    spider whose ``keeps_addresses_apart`` is true finds is never taken for an article that was
    re-dated or renamed.
    """

    def __init__(
        self,
        ledger: LedgerExtension,
        changes: LedgerChanges,
        report: ReportExtension,
        copy_marker: CopyMarker,
        warc: Callable[[str], StoredFile],
        *,
        keeps_addresses_apart: bool = False,
    ) -> None:
        self._store = ledger.store
        self._warc = warc
        self._keeps_addresses_apart = keeps_addresses_apart
        self._articles = ledger.under_way
        self._changes = changes
        self._report = report
        self._copy_marker = copy_marker
        self._identifying = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ledger = required(crawler, LedgerExtension)
        folder = SettingsReader(crawler.settings).ARCHIVES_DIR
        return cls(
            ledger,
            LedgerChanges.from_crawler(crawler),
            required(crawler, ReportExtension),
            CopyMarker.from_crawler(crawler),
            WarcPlaces.of_store(folder / "warc", ledger.store).find,
            keeps_addresses_apart=getattr(crawler.spidercls, "keeps_addresses_apart", False),
        )

    async def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        adapter["key"] = adapter.get("key") or article_key(adapter["guid"], adapter["date"])
        with self._report.storing(adapter["url"]):
            article = await self._judge(adapter)
            if article.verdict is Verdict.NEW:
                article = await self._check_new(adapter, article)
            if article.verdict is Verdict.DUPLICATE:
                await self._drop_duplicate(article, adapter)
            if article.verdict is not Verdict.NEW:
                self._articles.find_copies(article)
            adapter["copy_of"] = self._copy_marker.earliest_copy(article)
            # Nothing was awaited since the verdict, so that the ledger has not changed since then.
            self._articles.add(article)
        return item

    async def _judge(self, adapter: ItemAdapter) -> ArticleUnderWay:
        """Judge the item; first, an import without a guid that has its key gets its identity.

        An item whose guid and date are an alias of an article is judged as that article.
        """
        article = self._articles.judge(adapter)
        for held in article.held:
            if held.source == article.source and held.key != article.key:
                take_identity(adapter, held)
                return self._articles.judge(adapter)
        if adapter["guid"] and len(article.held) == 1 and not article.held[0].guid:
            await self._identify(article.held[0], adapter, modified="")
            return self._articles.judge(adapter)
        return article

    async def _check_new(self, adapter: ItemAdapter, article: ArticleUnderWay) -> ArticleUnderWay:
        """Return *article*, or how it is judged as the article that it is under another identity.

        Drop it if its text was imported, or if it was.
        """
        await self._check_import_of_text(adapter, article)
        self._articles.find_copies(article)
        if self._keeps_addresses_apart:
            return article
        alike = [copy.held for copy in article.copies if copy.held]
        if not (found := same_article(self._store, adapter, alike)):
            return article
        kind, held = found
        detail = identity_change(adapter, held)
        await self._note(life_event(kind, held, detail, alias=article.key))
        self._report.count_change(kind)
        take_identity(adapter, held)
        return self._articles.judge(adapter)

    async def _drop_duplicate(self, article: ArticleUnderWay, adapter: ItemAdapter) -> NoReturn:
        held = article.rival
        assert held
        if held.source == article.source and not article.incomplete:
            await self._update(held, article, adapter)
        elif article.incomplete and held.incomplete:
            self._report.incomplete(article.url, adapter.get("text_incomplete") or "")
        raise DuplicateArticle(f"{article.url} is held as {held.file}")

    async def _update(self, held: Holding, article: ArticleUnderWay, adapter: ItemAdapter) -> None:
        """Note what has changed of *held* although its text has not."""
        is_newer = article.modified > held.modified
        is_later = captured(adapter.get("record")) > captured(held.origin)
        if not (is_newer or (adapter.get("post") and not article.modified and is_later)):
            return
        before = held_facts(self._store, self._warc, held)
        if update := update_of(before, adapter):
            await self._note(life_event("updated", held, update))
            self._report.count_change("updated")
        elif is_newer:
            await self._touch(held, article.modified)

    async def _note(self, event: LifeEvent) -> None:
        if not self._changes.are_archived:
            event = replace(event, record=None)
        await self._changes.commit(
            [event.key, *filter(None, [event.alias])],
            lambda store: take_events(store, [event]),
            lambda: [life_record(event)],
            event.record,
        )

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
