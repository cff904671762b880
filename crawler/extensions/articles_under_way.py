"""Articles on their way into the ledger, and how each of them was judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from itemadapter import ItemAdapter

from crawler.archive.copies import find_copies
from crawler.state.identity import to_utc
from crawler.state.sketch_bands import bands
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict, judge
from crawler.text.article_text import ArticleText
from crawler.text.fingerprint import TextFingerprint

_MOST_HELD = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCopy:
    """A copy of an article: the same text (``is_exact``) or nearly its words.

    ``held`` is as the ledger has it, None while it is under way.
    """

    key: str
    url: str
    published: str
    is_exact: bool
    held: Holding | None = None


@dataclass(slots=True, kw_only=True)
class ArticleUnderWay:
    """An article that is not held yet, and how it was judged.

    ``held`` is what the ledger has under its key, ``rival`` the holding that it duplicates,
    revises, precedes or collides with. ``incomplete`` is as that of a `Holding`. ``is_outdated``
    means that the ledger has changed under the key since then.
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
    incomplete: int = 0
    copies: list[KnownCopy] = field(default_factory=list)
    is_outdated: bool = False


class ArticlesUnderWay:
    """The articles that passed the dedup pipeline, until they are held or dropped.

    Each is judged once. It is judged again if a pipeline in between changed its text, or if another
    article was held under its key: the same article may come twice at once.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._articles: dict[tuple[str, str], ArticleUnderWay] = {}
        self._held: dict[tuple[str, str], Holding] = {}

    def judge(self, item: Mapping[str, Any]) -> ArticleUnderWay:
        """Judge the cleaned *item*, which has its ``key``, by what the ledger holds now."""
        key, source, modified = item["key"], item["source"], item.get("modified") or ""
        text = ArticleText.from_fields(item)
        held = self._store.holdings([key]).get(key, [])
        incomplete = len(item["text"]) if item.get("text_incomplete") else 0
        verdict, rival = judge(
            held,
            source=source,
            modified=modified,
            text_digest=text.digest,
            incomplete=incomplete,
            origin=item.get("record"),
        )
        if verdict is Verdict.EARLIER and rival and self._has_held(rival, text.digest):
            verdict = Verdict.DUPLICATE
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
            incomplete=incomplete,
        )

    def _has_held(self, article: Holding, text_digest: bytes) -> bool:
        """Return whether *article* had the text before."""
        history = self._store.history(article.key, article.source)
        return any(earlier.text_digest == text_digest for earlier in history)

    def add(self, article: ArticleUnderWay) -> None:
        """Note that *article* is under way."""
        self._articles[article.key, article.source] = article

    def find_copies(self, article: ArticleUnderWay) -> None:
        """Fill in the copies of *article*; an incomplete text has none, and is none.

        Two copies may come at once: the second finds the first here before the ledger has it.
        """
        if article.incomplete:
            return
        text = article.text
        held = find_copies(self._store, text.fingerprint, key=article.key)
        found: list[tuple[Holding | ArticleUnderWay, bool]] = [
            *((copy.holding, copy.is_exact) for copy in held if not copy.holding.incomplete),
            *(
                (other, other.text.digest == text.digest)
                for other in self._articles.values()
                if other.key != article.key
                and not other.incomplete
                and _are_copies(text.fingerprint, other.text.fingerprint)
            ),
        ]
        article.copies = [
            KnownCopy(
                key=one.key,
                url=one.url,
                published=one.published,
                is_exact=is_exact,
                held=one if isinstance(one, Holding) else None,
            )
            for one, is_exact in found
        ]

    def judge_once(self, item: Mapping[str, Any]) -> ArticleUnderWay:
        """Return *item* as it was judged before, or judge it again if something has changed."""
        known = self._articles.get((item["key"], item["source"]))
        if (
            known
            and not known.is_outdated
            and known.modified == (item.get("modified") or "")
            and known.text == ArticleText.from_fields(item)
            and bool(known.incomplete) == bool(item.get("text_incomplete"))
        ):
            return known
        article = self.judge(item)
        if article.verdict is not Verdict.DUPLICATE:
            self.find_copies(article)
            self.add(article)
        return article

    def text(self, item: Mapping[str, Any]) -> ArticleText:
        """Return the text of *item*, with what was made of it before if it has not changed."""
        text = ArticleText.from_fields(item)
        known = self._articles.get((item["key"], item["source"]))
        return known.text if known and known.text == text else text

    def note_held(self, holding: Holding) -> None:
        """Note that the ledger has taken *holding*, whose text file is still to be written."""
        self._held[holding.key, holding.source] = holding
        if len(self._held) > _MOST_HELD:  # an own pipeline drops them before they are written
            del self._held[next(iter(self._held))]

    def take_held(self, item: Mapping[str, Any]) -> Holding | None:
        """Return *item* as the ledger took it, for the one who writes the text file."""
        return self._held.pop((item["key"], item["source"]), None)

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


def _are_copies(one: TextFingerprint, other: TextFingerprint) -> bool:
    """Return whether the ledger would find one as a copy of the other."""
    if one.digest == other.digest:
        return True
    return one.similarity(other) > 0 and bool(bands(one.sketch) & bands(other.sketch))
