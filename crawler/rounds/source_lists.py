"""What is known of a source beside its stories, while its lists are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.rounds.listed_stories import ListCapture, encodable
from crawler.rounds.story_lists import post_query
from crawler.sources.address import address_key

if TYPE_CHECKING:
    from crawler.rounds.run_records import RunRecord
    from crawler.rounds.run_scope import RunScope

_MOST_UNREAD = 10_000
_MOST_RUNS = 1_000  # of which is known when they began


@dataclass(frozen=True, slots=True)
class Unread:
    """A list at ``uri`` that could not be read ``at`` a moment; ``why`` says what came instead."""

    uri: str
    at: str
    why: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Two readings of the feed at ``uri``, the later by ``run``, that have no story in common."""

    uri: str
    since: str
    until: str
    run: str


@dataclass(frozen=True, slots=True)
class Total:
    """How many posts a site counted ``at`` a moment, in a run that began at ``since``."""

    at: str
    since: str
    count: int


@dataclass(slots=True)
class SourceLists:
    """What was read of one source, besides its stories.

    ``runs`` began from ``first`` to ``last``. ``totals`` has by route how many posts the site
    counted last. ``unread`` are the answers that could not be read when they came last, and
    ``damaged`` those that could in part, by the key of their addresses.
    """

    spiders: set[str] = field(default_factory=set)
    runs: int = 0
    first: str = ""
    last: str = ""
    totals: dict[str, Total] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)
    damaged: dict[str, Unread] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    _begun: dict[str, str] = field(default_factory=dict)

    def note_run(self, found: RunRecord) -> None:
        """Note a record of a run."""
        if found.run.id not in self._begun:
            self.runs += 1
            # Its warcinfo record is written with the first answer, which was asked for before.
            self._begun[found.run.id] = min(found.run.started, found.record.date)
        if len(self._begun) > _MOST_RUNS:
            del self._begun[next(iter(self._begun))]
        self.spiders.add(found.run.spider)
        self.first = min(self.first or found.run.started, found.run.started)
        self.last = max(self.last, found.run.started)

    def note_total(self, route: str, answer: Answer, count: int) -> None:
        """Note that the site counted *count* posts of *route* in *answer*."""
        known = self.totals.get(route)
        if known is None or known.at <= answer.at:
            self.totals[route] = Total(answer.at, self._begun[answer.run.id], count)


class Answer:
    """A capture of a run: what it is, and what is known of its run.

    ``ended`` says that the run ended in order.
    """

    def __init__(
        self, found: RunRecord, scope: RunScope, lists: SourceLists, *, ended: bool
    ) -> None:
        self.record = found.record
        self.run = found.run
        self.source = found.run.source
        self.uri = encodable(found.record.target_uri)
        self.key = address_key(self.uri)
        self.query = post_query(self.uri)
        self.at = found.record.date
        self.scope = scope
        self.lists = lists
        self.ended = ended
        self.capture = ListCapture(
            source=self.source,
            uri=self.uri,
            at=self.at,
            choice=scope.choice,
            of_all=scope.is_all,
            ended=ended,
            record=found.record.ref(found.file),
        )

    @property
    def is_wire(self) -> bool:
        """Whether feeds, sitemaps and section fronts were read by the run."""
        return self.run.spider == "wire"

    @property
    def _list(self) -> str:
        """What the list is known by: where one of posts fails, one of fewer follows elsewhere."""
        return self.query.name if self.query else self.key

    def note_read(self) -> None:
        """Note that the list there could be read."""
        self.lists.unread.pop(self._list, None)
        self.lists.damaged.pop(self.key, None)

    def note_unread(self, why: str) -> None:
        """Note why it could not, if it is one."""
        if len(self.lists.unread) < _MOST_UNREAD:
            self.lists.unread[self._list] = Unread(self.uri, self.at, why)

    def note_damaged(self, problem: str) -> None:
        """Note what of it could not be read."""
        if len(self.lists.damaged) < _MOST_UNREAD:
            self.lists.damaged[self.key] = Unread(self.uri, self.at, problem)
