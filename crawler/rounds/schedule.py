"""When each source is to be read again, by what the ledger knows of its runs and stories."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.rounds.publication_times import as_moment, published_times
from crawler.rounds.silence import HISTORY, SHORTEST_SILENCE, YEAR, read_pause
from crawler.rounds.source_reads import Read, SourceReads, source_reads
from crawler.rounds.waiting_rule import (
    LONGEST_WAIT,
    SHORTEST_WAIT,
    WINDOW,
    LastRead,
    next_read,
    read_rhythm,
)

if TYPE_CHECKING:
    from crawler.sources.round_sources import Source
    from crawler.state.store import EndedRun, SourceExtent, Store

SLICE = "slice"
"""Why a run ended that goes on in the next round: it had its share of time."""

_NEXT_READ = "next-read:"
_READ_SINCE = "read-since:"


@dataclass(frozen=True, slots=True)
class Plan:
    """When a source is to be read: ``at``, which may be past; ``why`` in a few words."""

    at: datetime
    why: str


class Schedule:
    """The plans of sources, from the ledger *store*.

    What was worked out after a run is kept in the ledger: the next start need not do it again.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._fresh: dict[str, str] = {}

    def plan(self, source: Source, now: datetime) -> Plan:
        """Return when *source* is to be read next. Raises OSError."""
        last = self._store.last_run(source.source)
        if last is None:
            return Plan(now, "never read")
        if last.reason == SLICE:
            return Plan(as_moment(last.ended) or now, "goes on where it stopped")
        if kept := self._kept(source, last):
            return kept
        plan = self._worked_out(source, last, now)
        value = {"key": _key(source, last), "at": plan.at.isoformat(), "why": plan.why}
        self._fresh[_NEXT_READ + source.source] = json.dumps(value)
        return plan

    def take_fresh(self) -> Callable[[Store], None]:
        """Return a change of the ledger that keeps what was worked out since the last call."""
        fresh, self._fresh = self._fresh, {}

        def keep(store: Store) -> None:
            for name, value in fresh.items():
                store.put_fact(name, value)

        return keep

    def goes_back(self, source: Source) -> bool:
        """Return whether rounds still look for the stories of *source* since its ``since``.

        A list of posts always begins there; of other sources that is read once, to its end.
        """
        if source.since is None or source.spider == "wordpress":
            return source.since is not None
        return self._store.fact(_READ_SINCE + source.source) != source.since.isoformat()

    def note_complete(self, source: Source) -> None:
        """Note that a run of *source* came to its end, for `take_fresh`."""
        if source.since and self.goes_back(source):
            self._fresh[_READ_SINCE + source.source] = source.since.isoformat()

    def _kept(self, source: Source, last: EndedRun) -> Plan | None:
        said = self._store.fact(_NEXT_READ + source.source)
        if said is None:
            return None
        value = json.loads(said)
        at = as_moment(value["at"])
        return Plan(at, value["why"]) if at and value["key"] == _key(source, last) else None

    def _worked_out(self, source: Source, last: EndedRun, now: datetime) -> Plan:
        reads = source_reads(self._store, source.source)
        ended = as_moment(last.ended) or now
        if reads.failures:
            return Plan(ended + _back_off(reads.failures, source.every), "tried again")
        if source.every:
            return Plan((as_moment(last.started) or ended) + source.every, "its interval")
        if reads.last is None or reads.last.is_answered is None:
            return Plan(ended + SHORTEST_WAIT, "its last run was cut short")
        return self._by_rhythm(source, reads, reads.last)

    def _by_rhythm(self, source: Source, reads: SourceReads, last: Read) -> Plan:
        extent = self._store.extent(source.source)
        published = published_times(self._store, source.source, last.at - WINDOW)
        rhythm = read_rhythm(published, last.at, as_moment(extent.first_published))
        silent = self._is_silent(source.source, extent, published, last.at)
        is_first = last.new >= extent.stories
        read = LastRead(
            at=last.at,
            brought_known=is_first or last.known > 0 or last.new == 0,
            is_silent=silent,
        )
        at = next_read(rhythm, published, read, source.freshness)
        if silent:
            return Plan(at, "silent")
        return Plan(at, "its rhythm" if read.brought_known else "more may lie below")

    def _is_silent(
        self, name: str, extent: SourceExtent, recent: list[datetime], read: datetime
    ) -> bool:
        if recent and read - max(recent) <= SHORTEST_SILENCE:
            return False  # the history need not be read for most sources
        published = published_times(self._store, name, read - HISTORY - YEAR)
        known_since = as_moment(extent.first_published)
        before = extent.stories - len(published)
        return read_pause(published, read, known_since=known_since, before=before).is_silent


def _back_off(failures: int, every: timedelta | None) -> timedelta:
    """Return how long to wait after so many *failures* in a row: twice as long each time."""
    longest = max(every or LONGEST_WAIT, SHORTEST_WAIT)
    doubled: int = 2 ** min(failures - 1, 20)
    return min(SHORTEST_WAIT * doubled, longest)


def _key(source: Source, last: EndedRun) -> str:
    """Return what a plan depends on."""
    every = source.every.total_seconds() if source.every else 0
    return f"{last.id} {every:g} {source.freshness.total_seconds():g}"
