"""Which addresses were read already, and which of them are to be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itemadapter import ItemAdapter

from crawler.exceptions import ArticleDropped, UnstoredArticle
from crawler.items import Article
from crawler.sources.address import address_key
from crawler.sources.link import Link
from crawler.state.store import Store, Visit

ARTICLE = "article"
DOOR = "door"
FILTERED = "filtered"

_MANY = 200
_SOONEST = timedelta(minutes=10)
_FIRST = timedelta(hours=1)
_CHANGED = 0.1
_HORIZON = timedelta(days=7)


def is_due(link: Link, visit: Visit, now: datetime) -> bool:
    """Tell whether the story at *link* is to be read again at *now*, after *visit*.

    A story is corrected in its first hours most: it is read again when it has become twice as old
    as it was, until it is a week old. One that its source says was modified since comes sooner,
    when it is a tenth older: sites that call everything modified in every list are not read whole
    in every run. What its source says was not modified since is not read. What gave no article is
    tried again once a week.
    """
    read = _moment(visit.at)
    passed = now - read
    if visit.outcome != ARTICLE:
        return passed >= _HORIZON
    age = read - _moment(visit.date)
    match link.modified and link.modified.is_later_than(read):
        case True:
            return passed >= max(_SOONEST, _CHANGED * abs(age))
        case False:
            return False
    # What is dated in the future, more than another zone explains, is never young.
    return abs(age) < _HORIZON and passed >= max(_FIRST, abs(age))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def named(link: Link) -> str:
    """Return the name under which the guid that *link* tells is noted."""
    return f"guid:{link.guid}" if link.guid else link.url


@dataclass(frozen=True, slots=True)
class _Pending:
    visit: Visit
    urls: tuple[str, ...]


class Visits:
    """The visits of *source*, kept in *store*; *mark* names what the run asks for.

    A visit is noted when its article is held or refused: a run that ends before reads the address
    again.
    """

    def __init__(self, store: Store, source: str, mark: str) -> None:
        self._store = store
        self._source = source
        self._mark = mark
        self._filtered = f"{FILTERED}/{mark}"
        self._pending: dict[str, _Pending] = {}
        self._doors: set[str] = set()
        self._began = ""
        self.latest = ""
        self._done: dict[str, Visit] = {}

    def known(self, links: Sequence[Link]) -> dict[str, Visit]:
        """Return the last visits of *links*, by address."""
        found = self._store.visits(self._source, {address_key(link.url) for link in links})
        return {
            url: visit
            for url, visit in found.items()
            # What another run was not interested in may interest this one.
            if not visit.outcome.startswith(FILTERED) or visit.outcome == self._filtered
        }

    def begin(self, at: str) -> None:
        """Note that the run was reading at *at*; the first time counts."""
        self._began = self._began or at

    def earlier(self, name: str) -> Visit | None:
        """Return the last visit that gave an article of the address or guid *name*.

        Those of this run do not count: in which order it reads is chance.
        """
        last = self.last(name)
        return last if last and last.guid and last.at < self._began else None

    def last(self, name: str) -> Visit | None:
        """Return the last visit of the address or guid *name* that is written."""
        return self._store.visits(self._source, [address_key(name)]).get(address_key(name))

    def since(self, door: str) -> str:
        """Return when all that *door* linked had been read, for what is asked; else nothing."""
        address = self._address(door)
        found = self._store.visits(self._source, [address]).get(address)
        return found.at if found else ""

    def came(self, door: str, at: str) -> None:
        """Note that *door* was gone through at *at*, once the run has come to its end."""
        self._doors.add(self._address(door))
        self.latest = max(self.latest, at)

    def left(self, link: Link, urls: Iterable[str], at: str, outcome: str) -> None:
        """Note that *link*, also known as *urls*, gave no article because of *outcome*."""
        outcome = self._filtered if outcome == FILTERED else outcome
        visit = self._visit(at, outcome)
        if known := self.last(link.url):  # what is gone may come back, as the same story
            visit = replace(visit, guid=known.guid, date=known.date)
        self._note([link.url, *urls], visit)

    def expect(self, article: Article, link: Link, urls: Iterable[str], at: str) -> None:
        """Note *link*, also known as *urls*, when it is known what becomes of *article*."""
        visit = self._visit(at, ARTICLE)
        visit = replace(visit, guid=article.guid, date=article.date)
        # Two links may lead to one article at once.
        others = self._pending[article.url].urls if article.url in self._pending else ()
        urls = (link.url, named(link), *urls, article.url, *others)
        self._pending[article.url] = _Pending(visit, urls)

    def held(self, item: Any) -> None:
        """Note the visit that gave *item*, which is held now."""
        if pending := self._pending.pop(ItemAdapter(item).get("url", ""), None):
            self._note(pending.urls, pending.visit)

    def refused(self, item: Any, exception: Exception) -> None:
        """Note the visit that gave *item*, which the pipelines dropped; not if it was lost."""
        pending = self._pending.pop(ItemAdapter(item).get("url", ""), None)
        if pending is None or isinstance(exception, UnstoredArticle):
            return
        reason = exception.reason if isinstance(exception, ArticleDropped) else ARTICLE
        outcome = ARTICLE if reason == "duplicate" else reason
        self._note(pending.urls, replace(pending.visit, outcome=outcome))

    def _visit(self, at: str, outcome: str) -> Visit:
        return Visit(source=self._source, url="", at=at, outcome=outcome)

    def _note(self, urls: Iterable[str], visit: Visit) -> None:
        self.latest = max(self.latest, visit.at)
        for url in map(address_key, urls):
            self._done[url] = replace(visit, url=url)
        if len(self._done) > _MANY:
            self.write()

    def finish(self) -> None:
        """Note, at the end of a run that came to it, that all its doors linked is known."""
        visit = self._visit(self.latest, DOOR)
        self._done |= {door: replace(visit, url=door) for door in self._doors}
        self.write()

    def _address(self, door: str) -> str:
        """Return where a door is noted: not as a story, and for what is asked alone."""
        return f"{address_key(door)}#{self._mark}"

    def write(self) -> None:
        """Put what was noted into the ledger. Raises OSError."""
        done, self._done = self._done, {}
        self._store.put_visits(done.values())
