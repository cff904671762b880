"""Which articles tell one story: those that are held, and those of this run that soon will be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from crawler.archive.copies import Text, copies
from crawler.exceptions import SyndicatedArticle
from crawler.state.identity import universal
from crawler.state.store import Store
from pipelines.document import text


@dataclass(frozen=True, slots=True)
class Told:
    """An article that tells the story too; *published* makes it earlier or later than others."""

    published: str
    key: str
    url: str
    is_exact: bool


class Syndication:
    """Finds the copies of an article among what *store* holds and what is under way to it.

    Two copies may come at once: the second finds the first here until the ledger has it.
    """

    def __init__(self, store: Store, stats: StatsCollector, *, drops: bool) -> None:
        self._store = store
        self._stats = stats
        self._drops = drops
        self._under_way: dict[tuple[str, str], tuple[Told, Text]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, store: Store) -> Self:
        drops = crawler.settings.getbool("DEDUP_SYNDICATED")
        syndication = cls(store, crawler.stats, drops=drops)
        for end in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(syndication.leave, end)
        return syndication

    def check(self, adapter: ItemAdapter, *, is_held: bool) -> None:
        """Fill ``copy_of`` of a cleaned item, which is under way from now on.

        It is the key of the earliest copy; none if that is the item itself. Raises
        SyndicatedArticle for a copy, if those are dropped, unless it *is_held* with an older text.
        """
        own = text(adapter)
        told = Told(published(adapter), adapter["key"], adapter["url"], is_exact=True)
        adapter["copy_of"] = None
        if found := self._copies(adapter["key"], own):
            self._count(found)
            earliest = min(found, key=attrgetter("published"))
            if self._drops and not is_held:
                raise SyndicatedArticle(f"{told.url} tells the story of {earliest.url}")
            if earliest.published <= told.published:
                adapter["copy_of"] = earliest.key
        self._under_way[told.key, adapter["source"]] = told, own

    def _count(self, found: Sequence[Told]) -> None:
        kind = "exact" if any(told.is_exact for told in found) else "near"
        self._stats.inc_value(f"dedup/copies/{kind}")

    def _copies(self, key: str, own: Text) -> list[Told]:
        found = [
            Told(copy.holding.published, copy.holding.key, copy.holding.url, copy.is_exact)
            for copy in copies(self._store, own, key=key)
        ]
        return found + [told for told in self._awaited(own) if told.key != key]

    def _awaited(self, own: Text) -> list[Told]:
        return [
            replace(told, is_exact=other.digest == own.digest)
            for told, other in self._under_way.values()
            if own.likeness(other)
        ]

    def leave(self, item: Any) -> None:
        """Note that *item* is held, or dropped."""
        if ItemAdapter.is_item(item):
            adapter = ItemAdapter(item)
            self._under_way.pop((str(adapter.get("key")), str(adapter.get("source"))), None)


def published(adapter: ItemAdapter) -> str:
    """The date by which an item is earlier or later than others."""
    return universal(adapter.get("date_gmt")) or str(adapter["date"])
