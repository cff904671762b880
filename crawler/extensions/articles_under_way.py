"""Articles on their way into the ledger, and what was found out about each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from itemadapter import ItemAdapter

from crawler.archive.copies import find_copies
from crawler.state.identity import to_utc
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict, judge
from crawler.text.article_text import ArticleText


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCopy:
    """An article, held or under way, with the same text (``is_exact``) or nearly its words.

    ``published`` tells which of two is the earlier one.
    """

    key: str
    url: str
    published: str
    is_exact: bool


@dataclass(slots=True, kw_only=True)
class ArticleUnderWay:
    """An article that is not held yet, and what it is to the articles that are.

    ``held`` is what the ledger has under its key, ``rival`` the holding that it duplicates, revises
    or collides with. ``is_outdated``: the ledger has changed under the key since then.
    """

    key: str
    source: str
    url: str
    published: str
    modified: str
    text: ArticleText
    held: Sequence[Holding]
    verdict: Verdict
    rival: Holding | None
    copies: list[KnownCopy] = field(default_factory=list)
    is_outdated: bool = False


class ArticlesUnderWay:
    """The articles that passed the dedup pipeline, until they are held or dropped.

    What one pipeline found out about an article is what the next ones get, as long as it is true:
    a pipeline in between may change the text, and the same article may come twice at once.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._articles: dict[tuple[str, str], ArticleUnderWay] = {}

    def judge(self, item: Mapping[str, Any]) -> ArticleUnderWay:
        """Return the cleaned *item*, which has its ``key``, as the ledger has it judged now."""
        key, source, modified = item["key"], item["source"], item.get("modified") or ""
        text = ArticleText.from_fields(item)
        held = self._store.holdings([key]).get(key, [])
        verdict, rival = judge(held, source=source, modified=modified, text_digest=text.digest)
        return ArticleUnderWay(
            key=key,
            source=source,
            url=item["url"],
            published=to_utc(item.get("date_gmt")) or str(item["date"]),
            modified=modified,
            text=text,
            held=held,
            verdict=verdict,
            rival=rival,
        )

    def add(self, article: ArticleUnderWay) -> None:
        """Note that *article* is under way."""
        self._articles[article.key, article.source] = article

    def find_copies(self, article: ArticleUnderWay) -> None:
        """Fill in the copies of *article*.

        Two copies may come at once: the second finds the first here before the ledger has it.
        """
        fingerprint = article.text.fingerprint
        article.copies = [
            KnownCopy(
                key=copy.holding.key,
                url=copy.holding.url,
                published=copy.holding.published,
                is_exact=copy.is_exact,
            )
            for copy in find_copies(self._store, fingerprint, key=article.key)
        ] + [
            KnownCopy(
                key=other.key,
                url=other.url,
                published=other.published,
                is_exact=other.text.digest == article.text.digest,
            )
            for other in self._articles.values()
            if other.key != article.key and fingerprint.similarity(other.text.fingerprint)
        ]

    def judged(self, item: Mapping[str, Any]) -> ArticleUnderWay:
        """Return *item* as it was judged, or judge it again where that is no longer true."""
        known = self._articles.get((item["key"], item["source"]))
        if (
            known
            and not known.is_outdated
            and known.modified == (item.get("modified") or "")
            and known.text == ArticleText.from_fields(item)
        ):
            return known
        article = self.judge(item)
        if article.verdict is not Verdict.DUPLICATE:
            self.find_copies(article)
            self.add(article)
        return article

    def text(self, item: Mapping[str, Any]) -> ArticleText:
        """Return the text of *item*: what was made of it before serves again, if it is the same."""
        text = ArticleText.from_fields(item)
        known = self._articles.get((item["key"], item["source"]))
        return known.text if known and known.text == text else text

    def outdate(self, key: str) -> None:
        """Have the articles with *key* judged again: the ledger has changed under it."""
        for article in self._articles.values():
            if article.key == key:
                article.is_outdated = True

    def remove(self, item: Any) -> None:
        """Note that *item* is held, or dropped."""
        if ItemAdapter.is_item(item):
            fields = ItemAdapter(item)
            self._articles.pop((str(fields.get("key")), str(fields.get("source"))), None)
