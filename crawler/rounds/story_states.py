"""What became of each story that a list named, as the ledger has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.reports.reasons import Effect, reason
from crawler.rounds.run_scope import LIMIT
from crawler.sources.address import address_key
from crawler.sources.tracking import is_counting, key_without, suspects
from crawler.state.identity import article_key

if TYPE_CHECKING:
    from crawler.rounds.listed_stories import ListedStories, Story
    from crawler.state.store import Holding, Outcome, Store, Visit


class State(StrEnum):
    """What became of a story; each has one."""

    HELD = "held"
    """There is a text, whatever became of the story at the site since."""
    DROPPED = "dropped"
    """There is none, for a reason that the ledger has."""
    GONE = "gone"
    """The site did not have it when it was asked for."""
    LEFT_OUT = "left out"
    """Nobody asked for it."""
    UNEXPLAINED = "unexplained"
    """Nobody knows."""


NOT_ENDED = "only runs that did not end in order had read a list that names it"
OUTDATED = "outdated"
"""Of what is held: the site says that it was modified since, and nobody says why that is not."""

NOT_HELD = "it was read as an article, which is not held"

_OWN_CHOICES = ("off_site", "link_page_off_site", "kind", "forbidden", "doubtful", LIMIT)
_SAME_IDENTITY = "same_identity"
_ARTICLE = ("article", "incomplete")
_FILTERED = "filtered"
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])(?=-|$)")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: State
    reason: str = ""
    date: str = ""
    note: str = ""


class StoryStates:
    """Says of each story of *source* among *listed* what became of it, by the ledger *store*."""

    def __init__(self, store: Store, source: str, listed: ListedStories) -> None:
        self._store = store
        self._source = source
        self._listed = listed
        self._keys = _AddressKeys(store, source)
        self._posts: dict[str, dict[int, list[str]]] = {}
        self._absent = store.absent(source)

    def note(self) -> None:
        """Note state, reason, month and a note of all stories."""
        stories = self._listed.stories(self._source)
        while batch := list(islice(stories, _AT_ONCE)):
            self._write(batch, self._verdicts(batch))
        self._find_by_address()

    def _write(self, stories: Sequence[Story], verdicts: Iterable[_Verdict]) -> None:
        self._listed.explain(
            (found.state, found.reason, _month(found.date or story.date), found.note, story.id)
            for story, found in zip(stories, verdicts, strict=True)
        )

    def _verdicts(self, stories: Sequence[Story]) -> Iterator[_Verdict]:
        keys = {story.id: self._keys_of(story) for story in stories}
        every = {key for found in keys.values() for key in found}
        outcomes = self._store.outcomes(self._source, every)
        visits = self._store.visits(self._source, every)
        articles = {story.id: self._articles_of(story, keys[story.id], visits) for story in stories}
        held = self._store.holdings({key for found in articles.values() for key in found})
        for story in stories:
            facts = _Facts(
                outcomes=[outcomes[key] for key in keys[story.id] if key in outcomes],
                visits=[visits[key] for key in keys[story.id] if key in visits],
                held=[one for key in articles[story.id] for one in held.get(key, ())],
            )
            yield self._verdict(story, facts)

    def _keys_of(self, story: Story) -> list[str]:
        """Return what outcomes and visits of *story* are noted under."""
        if story.post:
            return [story.key, address_key(story.url)] if story.url else [story.key]
        return list(dict.fromkeys((story.key, self._keys.tracked(story.url))))

    def _articles_of(
        self, story: Story, keys: Iterable[str], visits: dict[str, Visit]
    ) -> list[str]:
        """Return the keys under which *story* may be held."""
        if story.post:
            route, _, number = story.post.rpartition("/")
            listed = [article_key(story.guid, story.date)]
            known = self._posts_of(route).get(int(number), []) if number.isdecimal() else []
            return listed + known
        found = (visits[key] for key in keys if key in visits)
        return [article_key(visit.guid, visit.date) for visit in found if visit.guid]

    def _posts_of(self, route: str) -> dict[int, list[str]]:
        if route not in self._posts:
            self._posts[route] = self._store.posts(self._source, route)
        return self._posts[route]

    def _verdict(self, story: Story, facts: _Facts) -> _Verdict:
        if same := facts.outcome(_SAME_IDENTITY):
            return _Verdict(State.DROPPED, same.reason)
        if held := facts.holding(self._source):
            return self._held(story, held)
        if facts.outcomes:
            return _of_reason(facts.outcomes[0].reason)
        if visit := facts.explaining_visit(story):
            return _of_reason(visit.outcome.partition("/")[0])
        if not story.asked and story.left_out:
            return _Verdict(State.LEFT_OUT, story.left_out)
        is_read = any(visit.outcome in _ARTICLE for visit in facts.visits)
        return _Verdict(State.UNEXPLAINED, note=_note(story, is_read=is_read))

    def _held(self, story: Story, held: Holding) -> _Verdict:
        event = self._absent.get(held.key) if held.source == self._source else None
        if event:
            return _Verdict(State.HELD, event.kind, held.date)
        is_older = story.ended and "" < held.modified < story.modified
        return _Verdict(State.HELD, OUTDATED if is_older else "", held.date)

    def _find_by_address(self) -> None:
        """Find those among the unexplained that are lists, or are held though no visit says so.

        A ledger that was made again by an older version has no visits.
        """
        wanted = {
            self._keys.tracked(story.url): story
            for story in self._listed.stories(self._source, State.UNEXPLAINED)
            if story.url
        }
        if not wanted:
            return
        for key in wanted.keys() & self._listed.page_keys(self._source):
            self._write([wanted.pop(key)], [_Verdict(State.LEFT_OUT, "listing")])
        for held in self._store.of_source(self._source):
            story = wanted.get(self._keys.tracked(held.url))
            if story:
                self._write([story], [self._held(story, held)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the ledger has of a story."""

    outcomes: list[Outcome]
    visits: list[Visit]
    held: list[Holding]

    def outcome(self, name: str) -> Outcome | None:
        return next((one for one in self.outcomes if one.reason == name), None)

    def holding(self, source: str) -> Holding | None:
        ours = (one for one in self.held if one.source == source)
        return next(ours, self.held[0] if self.held else None)

    def explaining_visit(self, story: Story) -> Visit | None:
        """Return a visit that says why there is no text.

        That another selection left the story out says nothing where a run asked for everything.
        """
        for visit in self.visits:
            is_filtered = visit.outcome.partition("/")[0] == _FILTERED
            if visit.outcome not in _ARTICLE and not (is_filtered and story.of_all):
                return visit
        return None


class _AddressKeys:
    """The forms of addresses in which parameters that only track are left out."""

    def __init__(self, store: Store, source: str) -> None:
        self._tracking = {visit.url for visit in store.visits_with("tracking", source)}
        self._choosing = {visit.url for visit in store.visits_with("pages", source)}

    def tracked(self, url: str) -> str:
        """Return the key under which the crawl notes *url* beside its `address_key`."""
        names = {name for name in suspects(url) if self._tracks(url, name)}
        return key_without(url, names) if names else address_key(url)

    def _tracks(self, url: str, name: str) -> bool:
        noted = f"parameter:{_host(url)}?{name}"
        if noted in self._choosing:
            return False
        return noted in self._tracking or is_counting(name)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _of_reason(name: str) -> _Verdict:
    if name == "gone":
        return _Verdict(State.GONE, name)
    is_choice = name in _OWN_CHOICES or reason(name).effect is Effect.NONE
    return _Verdict(State.LEFT_OUT if is_choice else State.DROPPED, name)


def _note(story: Story, *, is_read: bool) -> str:
    if is_read:
        return NOT_HELD
    return "" if story.ended else NOT_ENDED


def _month(date: str) -> str:
    found = _MONTH.match(date)
    return found[0] if found else ""
