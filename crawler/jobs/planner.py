"""What is due, again and again, at a cost that goes by what was read since the last time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.rounds.schedule import NextRead, Schedule
from crawler.warc.warc_dates import warc_date

if TYPE_CHECKING:
    from crawler.sources.round_sources import Source
    from crawler.state.store import Store

_SLACK = timedelta(minutes=2)  # a run ends by the clock of its machine, and is noted a little later
_LONG_AGO = timedelta(days=1)  # a source that was never read is as urgent as one so overdue
_MOST_URGENT = 100_000


class Planner:
    """Finds the sources that are due by the ledger *store*.

    It remembers when each is due, until a run of it ends.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.schedule = Schedule(store)
        self._next: dict[str, tuple[Source, NextRead]] = {}
        self._seen: datetime | None = None

    def due(
        self, sources: Iterable[Source], now: datetime, waiting: Collection[str]
    ) -> Iterator[tuple[Source, int]]:
        """Yield each of *sources* that is due *now*, and how urgent it is: the minutes overdue.

        *waiting* are the keys of those that need not be looked at. Raises OSError.
        """
        self._forget_read(now)
        for source in sources:
            if source.key in waiting:
                continue
            at = self._next_read(source, now).at
            if at <= now:
                del self._next[source.key]
                overdue = now - at if at < now else _LONG_AGO
                yield source, min(int(overdue / timedelta(minutes=1)), _MOST_URGENT)

    def _next_read(self, source: Source, now: datetime) -> NextRead:
        known, read = self._next.get(source.key, (None, None))
        if read is None or known != source:  # its entry may have been changed
            read = self.schedule.next_read(source, now)
            self._next[source.key] = source, read
        return read

    def _forget_read(self, now: datetime) -> None:
        """Forget when those are due of which a run has ended since the last call."""
        if self._seen is not None:
            since, until = warc_date(self._seen - _SLACK), warc_date(now + _SLACK)
            ended = {run.source for run in self._store.runs_ended(since, until)}
            for key in [key for key, (source, _) in self._next.items() if source.source in ended]:
                del self._next[key]
        self._seen = now
