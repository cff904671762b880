"""Which addresses were fetched before, and which of them are fetched again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itemadapter import ItemAdapter

from crawler.crawling.wire.tracking_parameters import TrackingParameters
from crawler.exceptions import ArticleDropped, UnstoredArticle
from crawler.items import Article
from crawler.sources.address import address_key
from crawler.sources.link import Link
from crawler.state.identity import article_key
from crawler.state.store import Holding, Store, Visit, find_holding

# Outcomes, as the ledger holds them; where there was no article, the reason stands in their place.
ARTICLE = "article"
INCOMPLETE = "incomplete"
LINK_PAGE = "door"  # with its kind behind a slash, if that is no listing
FILTERED = "filtered"
OFF_SITE = "redirect_off_site"
_BY_SELECTION = (FILTERED, OFF_SITE)

_MOST_UNWRITTEN = 200  # visits
_SOONEST = timedelta(minutes=10)
_FIRST = timedelta(hours=1)
_CHANGED = 0.1
_HORIZON = timedelta(days=7)
_OTHER_DAY = timedelta(days=2)  # more than another zone explains


def is_due(link: Link, visit: Visit, now: datetime) -> bool:
    """Tell whether the story at *link*, fetched last at *visit*, is to be fetched again at *now*.

    Most corrections come in the first hours: a story is fetched again when it is twice as old as
    it was, until it is a week old. One that the link page calls modified since is fetched sooner,
    when it is a tenth older; without that limit a site that calls everything modified would be
    fetched whole in every run. One that it calls unmodified is not fetched. An address that gave
    no article is tried again after a week.
    """
    fetched = _in_utc(visit.at)
    passed = now - fetched
    if visit.outcome != ARTICLE:
        return passed >= _HORIZON
    age = fetched - _in_utc(visit.date)
    match link.modified and link.modified.is_later_than(fetched):
        case True:
            return passed >= max(_SOONEST, _CHANGED * abs(age))
        case False:
            return False
    # A story dated in the future, by more than another zone explains, never counts as new.
    return abs(age) < _HORIZON and passed >= max(_FIRST, abs(age))


def _in_utc(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _is_of_another_day(link: Link, visit: Visit | None) -> bool:
    """Tell whether *link* is of another day than the story of *visit*."""
    if visit is None or not (visit.date and link.published):
        return False
    apart = link.published.local_time - _in_utc(visit.date).replace(tzinfo=None)
    return abs(apart) > _OTHER_DAY


def guid_address(link: Link) -> str:
    """Return the address under which a visit is noted for the guid that *link* gives."""
    return f"guid:{link.guid}" if link.guid else link.url


@dataclass(frozen=True, slots=True)
class _Pending:
    visit: Visit
    urls: tuple[str, ...]


class FetchHistory:
    """The visits of *source* in the ledger *store*; *selection* is the selection's fingerprint.

    A visit is noted once its article is held or dropped: after a crash before that, the address
    is fetched again. *on_text* gets the addresses of each article that is held. *write* writes
    visits, and returns them as the ledger is about to have them; *write_last* those that a complete
    run notes at its end.
    """

    def __init__(
        self,
        store: Store,
        source: str,
        selection: str,
        on_text: Callable[[Iterable[str]], object] = lambda addresses: None,
        *,
        write: Callable[[Iterable[Visit]], Iterable[Visit]] | None = None,
        write_last: Callable[[Sequence[Visit]], object] | None = None,
    ) -> None:
        self.store = store
        self._on_text = on_text
        self._source = source
        self._write = write or self._put
        self._write_last = write_last or self._write
        self.tracking = TrackingParameters(store, source, self._note_learned)
        self._selection = selection
        self._pending: dict[str, _Pending] = {}
        self._link_pages: dict[str, str] = {}
        self._start = ""
        self.latest = ""
        self._done: dict[str, Visit] = {}
        self._written: list[dict[str, Visit]] = []  # which the ledger may not have yet

    def last_visits(self, links: Sequence[Link]) -> dict[str, Visit]:
        """Return the last visits of *links*, by URL."""
        keys = {link.url: (address_key(link.url), self.tracking.key(link.url)) for link in links}
        found = self._find(*(key for both in keys.values() for key in both))
        visits = {}
        for link in links:
            here, elsewhere = (found.get(key) for key in keys[link.url])
            visit = here or (None if _is_of_another_day(link, elsewhere) else elsewhere)
            if visit and self._is_of_selection(visit):
                visits[link.url] = visit
        return visits

    def _is_of_selection(self, visit: Visit) -> bool:
        """Tell whether *visit* holds here: what another selection left out may be in this one."""
        reason, _, selection = visit.outcome.rpartition("/")
        return reason not in _BY_SELECTION or selection == self._selection

    def note_start(self, at: str) -> None:
        """Note that the run was fetching at *at*; only the first call counts."""
        self._start = self._start or at
        self.latest = max(self.latest, at)

    def earlier_article(self, address: str) -> Visit | None:
        """Return the last visit of *address* in an earlier run, if it gave an article.

        Visits of this run do not count, since they would depend on the order of its answers.
        """
        last = self.last_visit(address)
        return last if last and last.guid and last.at < self._start else None

    @property
    def start(self) -> str:
        """When the run began to fetch, empty before that."""
        return self._start

    def last_visit(self, address: str) -> Visit | None:
        """Return the last visit of *address* (or `guid_address`) that the ledger holds."""
        keys = (address_key(address), self.tracking.key(address))
        found = self._find(*keys)
        return found.get(keys[0]) or found.get(keys[1])

    def holds(self, address: str) -> bool:
        """Tell whether the article that *address* gave last is held."""
        return self.held(address) is not None

    def held(self, address: str) -> Holding | None:
        """Return the article that *address* gave last, if it is held."""
        last = self.last_visit(address)
        key = article_key(last.guid, last.date) if last and last.guid else ""
        return find_holding(self.store, key, self._source) if key else None

    def last_read(self, link_page: str) -> str:
        """Return when everything that *link_page* linked had been fetched, empty if never."""
        address = self._link_page_address(link_page)
        found = self._find(address).get(address)
        return found.at if found else ""

    def last_kind(self, link_page: str) -> str:
        """Return which link page *link_page* was when it was read last: feed, sitemap, or empty."""
        address = self._link_page_address(link_page)
        found = self._find(address).get(address)
        return found.outcome.partition("/")[2] if found else ""

    def note_link_page(self, link_page: str, kind: str, at: str) -> None:
        """Note that *link_page*, of *kind*, was read at *at*; `finish` writes that."""
        kind = "" if kind == "listing" else f"/{kind}"
        self._link_pages[self._link_page_address(link_page)] = f"{LINK_PAGE}{kind}"
        self.latest = max(self.latest, at)

    def note_skipped(self, link: Link, urls: Iterable[str], at: str, outcome: str) -> None:
        """Note that *link*, also known as *urls*, gave no article for the reason *outcome*."""
        outcome = f"{outcome}/{self._selection}" if outcome in _BY_SELECTION else outcome
        visit = self._visit(at, outcome)
        if known := self.last_visit(link.url):  # a story that is gone may come back
            visit = replace(visit, guid=known.guid, date=known.date)
        self._note([link.url, *urls], visit)

    def note_same(self, link: Link, other: str) -> Visit | None:
        """Note that *link* leads to the story at *other*; return the visit of that if it came."""
        visit = self.last_visit(other)
        if visit:
            self._note([link.url, guid_address(link)], visit)
            if visit.outcome in (ARTICLE, INCOMPLETE):
                self._on_text([link.url])
        return visit

    def note_pending(self, article: Article, link: Link, urls: Iterable[str], at: str) -> None:
        """Note *link*, also known as *urls*, once the pipelines have held or dropped *article*."""
        visit = self._visit(at, ARTICLE)
        visit = replace(visit, guid=article.guid, date=article.date)
        # Two links may lead to one article at once.
        others = self._pending[article.url].urls if article.url in self._pending else ()
        urls = (link.url, guid_address(link), *urls, article.url, *others)
        self._pending[article.url] = _Pending(visit, urls)

    def note_held(self, item: Any) -> None:
        """Note the visit that gave *item*, which is held now."""
        if pending := self._pending.pop(ItemAdapter(item).get("url", ""), None):
            outcome = INCOMPLETE if ItemAdapter(item).get("text_incomplete") else ARTICLE
            self._note_article(pending, outcome)

    def note_dropped(self, item: Any, exception: Exception) -> None:
        """Note the visit that gave *item*, which the pipelines dropped.

        Do not note one that could not be stored, so that the next run fetches it again.
        """
        pending = self._pending.pop(ItemAdapter(item).get("url", ""), None)
        if pending is None or isinstance(exception, UnstoredArticle):
            return
        reason = exception.reason if isinstance(exception, ArticleDropped) else ARTICLE
        if reason == "duplicate":
            reason = INCOMPLETE if ItemAdapter(item).get("text_incomplete") else ARTICLE
            self._note_article(pending, reason)
        else:
            self._note(pending.urls, replace(pending.visit, outcome=reason))

    def _note_article(self, pending: _Pending, outcome: str) -> None:
        self._note(pending.urls, replace(pending.visit, outcome=outcome))
        self._on_text(pending.urls)

    def _visit(self, at: str, outcome: str) -> Visit:
        return Visit(source=self._source, url="", at=at, outcome=outcome)

    def _note(self, urls: Iterable[str], visit: Visit) -> None:
        self.latest = max(self.latest, visit.at)
        for url in urls:
            for key in {address_key(url), self.tracking.key(url)}:
                self._done[key] = replace(visit, url=key)
        if len(self._done) > _MOST_UNWRITTEN:
            self.write()

    def _note_learned(self, visits: Iterable[Visit]) -> None:
        self._done |= {visit.url: visit for visit in visits}

    def finish(self) -> None:
        """Write, at the end of a complete run, that all its link pages were read to the end."""
        for address, outcome in self._link_pages.items():
            self._done[address] = replace(self._visit(self.latest, outcome), url=address)
        done, self._done = self._done, {}
        self._write_last(list(done.values()))

    def _link_page_address(self, url: str) -> str:
        """Return the address that a link page is noted under, for this selection alone."""
        return f"{address_key(url)}#{self._selection}"

    def write(self) -> None:
        """Write what was noted. Raises OSError."""
        done, self._done = self._done, {}
        if done:
            self._drop_settled()
            self._written.append({visit.url: visit for visit in self._write(done.values())})

    def _put(self, visits: Iterable[Visit]) -> Iterable[Visit]:
        self.store.put_visits(visits)
        return ()

    def _find(self, *keys: str) -> dict[str, Visit]:
        """Return the last visits of *keys*, which are addresses as the ledger has them."""
        found = self.store.visits(self._source, keys)
        for written in self._written:
            found |= {key: written[key] for key in keys if key in written}
        return found

    def _drop_settled(self) -> None:
        """Forget what was written and is in the ledger by now: in the order in which it was."""
        while self._written:
            last = next(reversed(self._written[0].values()), None)
            if last and self._noted(last.url) < last.noted:
                return
            del self._written[0]

    def _noted(self, url: str) -> str:
        found = self.store.visits(self._source, [url]).get(url)
        return found.noted if found else ""
