"""The newest text of each article, of all that WARC files say: a pure function.

What is newer, what an article is called, and what is held once is decided as the ledger decides it
(`crawler.archive.ledger_from_warcs`), so that an export from WARC files has the rows of one from
the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from crawler.archive.article_records import holding, identity
from crawler.archive.holding_texts import replaces
from crawler.archive.json_records import is_text
from crawler.archive.life_records import KINDS, REFILED, facts
from crawler.export.row_events import IDENTIFIED, TOUCHED
from crawler.state.verdict import captured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.archive.article_records import ArticleMetadata
    from crawler.export.row_events import RowEvent
    from crawler.state.store import Holding, LifeEvent

_Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text of an article, as the ledger would hold it, and the event that told it."""

    held: Holding
    event: RowEvent


@dataclass(frozen=True, slots=True)
class FoldedArticle:
    """An article: its newest text, its ``earlier`` ones by their captures, and its life."""

    now: FoldedText
    earlier: tuple[FoldedText, ...] = ()
    life: tuple[LifeEvent, ...] = ()

    @property
    def texts(self) -> tuple[FoldedText, ...]:
        """All texts, the newest last."""
        return (*self.earlier, self.now)


def fold(events: Iterable[RowEvent]) -> list[FoldedArticle]:
    """Return the articles that *events*, in any order, tell, sorted by source and key.

    They are all those of one group of keys (`crawler.export.row_groups`), or of many.
    """
    folding = _Folding()
    for event in sorted(events, key=attrgetter("place")):
        folding.take(event)
    return folding.articles()


@dataclass(slots=True)
class _Article:
    now: FoldedText
    earlier: list[FoldedText] = field(default_factory=list)

    @property
    def texts(self) -> list[FoldedText]:
        return [*self.earlier, self.now]

    @property
    def made(self) -> str:
        """When the first of its texts was made."""
        return min(text.event.at for text in self.texts)

    def rename(self, **names: Any) -> None:
        self.now = FoldedText(replace(self.now.held, **names), self.now.event)
        self.earlier = [FoldedText(replace(t.held, **names), t.event) for t in self.earlier]

    def change(self, **values: Any) -> None:
        self.now = FoldedText(replace(self.now.held, **values), self.now.event)

    def add(self, text: FoldedText) -> None:
        """Add another text; the article has the name of that which was made first."""
        if text.event.at < self.made:
            self.rename(ordinal=text.held.ordinal, file=text.held.file)
        name = self.now.held
        held = replace(text.held, ordinal=name.ordinal, file=name.file)
        text = FoldedText(held, text.event)
        if replaces(self.now.held, text.held):
            self.now, text = text, self.now
        self.earlier.append(text)


class _Folding:
    """What is held of some articles, event by event."""

    def __init__(self) -> None:
        self._held: dict[_Name, _Article] = {}
        self._aliases: dict[_Name, _Name] = {}
        self._lives: dict[_Name, list[LifeEvent]] = {}
        self._seen: set[str] = set()

    def take(self, event: RowEvent) -> None:
        """Take the next *event* in the order of places; a record may lie in several files."""
        if event.record_id and event.record_id in self._seen:
            return
        self._seen.add(event.record_id)
        name = event.source, event.key
        if event.is_text:
            self._text(name, event)
        elif event.kind == TOUCHED:
            self._touch(name, str(event.content["modified"]), "")
        elif event.kind == IDENTIFIED:
            self._identify(name, event)
        elif event.kind in KINDS:
            self._live(name, event.life_event())

    def articles(self) -> list[FoldedArticle]:
        """Return what is held in the end; one text of two sources is held once."""
        self._drop_doubles()
        return [self._folded(name, article) for name, article in sorted(self._held.items())]

    def _folded(self, name: _Name, article: _Article) -> FoldedArticle:
        earlier = sorted(article.earlier, key=lambda text: captured(text.held.origin))
        life = sorted(self._lives.get(name, ()), key=attrgetter("at"))
        held = replace(article.now.held, collected=article.made)
        return FoldedArticle(FoldedText(held, article.now.event), tuple(earlier), tuple(life))

    def _text(self, name: _Name, event: RowEvent) -> None:
        text = FoldedText(holding(cast("ArticleMetadata", event.content), event.ref), event)
        if article := self._held.get(name):
            article.add(text)
        elif self._aliases.get(name) not in self._held:  # else its texts come under its own key
            self._held[name] = _Article(text)

    def _touch(self, name: _Name, modified: str, url: str) -> None:
        if article := self._held.get(name):
            held = article.now.held
            article.change(modified=max(held.modified, modified), url=url or held.url)

    def _identify(self, name: _Name, event: RowEvent) -> None:
        before = event.content["held"]["source"], event.content["held"]["key"]
        article = self._held.get(before)
        is_taken = name in self._held or self._aliases.get(name) in self._held
        if article is None or article.now.held.guid or is_taken:
            return
        del self._held[before]
        self._held[name] = article
        article.change(**identity(cast("ArticleMetadata", event.content)))

    def _live(self, name: _Name, event: LifeEvent) -> None:
        self._lives.setdefault(name, []).append(event)
        if event.alias:
            self._aliases[event.source, event.alias] = name
        now = facts(event)
        if event.kind != REFILED:
            modified, url = (_text(now.get(field)) for field in ("modified", "url"))
            self._touch(name, modified, url)
        elif article := self._held.get(name):
            article.rename(ordinal=now["ordinal"], file=now["file"])

    def _drop_doubles(self) -> None:
        """Drop what another source had before with the same text, unless it was revised since."""
        earliest: dict[str, _Article] = {}
        ages = sorted(self._held.items(), key=lambda item: (item[1].made, item[0][1], item[0][0]))
        for name, article in ages:
            first = earliest.setdefault(name[1], article)
            if first is not article and len(article.texts) == 1 and _is_same(article, first):
                del self._held[name]


def _is_same(article: _Article, other: _Article) -> bool:
    """Tell whether *article* has the text that *other* had first."""
    first = min(other.earlier, key=lambda text: captured(text.held.origin), default=other.now)
    return article.now.held.text_digest == first.held.text_digest


def _text(value: object) -> str:
    return str(value) if is_text(value) else ""
