"""When each source is to be read again, by what the ledger knows of its runs and stories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.rounds.publication_times import as_moment
from crawler.rounds.reading_plan import plan_read
from crawler.rounds.source_reads import SLICE, Read, SourceReads, believed, source_reads
from crawler.rounds.waiting_rule import LONGEST_WAIT, SHORTEST_WAIT, LastRead

if TYPE_CHECKING:
    from crawler.sources.round_sources import Source
    from crawler.state.store import Store

_READ_SINCE = "read-since:"
_SILENT = "silent"
_UNUSABLE = 2  # an entry of the sources file, or its password
_LONGEST_UNUSABLE = timedelta(hours=1)
_LONGEST_ASKED = timedelta(days=30)  # longer is taken for a mistake


@dataclass(frozen=True, slots=True)
class NextRead:
    """When a source is to be read: ``at``, which may be past; ``why`` in a few words."""

    at: datetime
    why: str

    @property
    def is_of_silence(self) -> bool:
        """Whether the source is read more seldom because it is silent."""
        return self.why == _SILENT


class Schedule:
    """The next reads of sources, from the ledger *store*.

    `take_fresh` gives what the ledger is to keep, for the starts to come.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._fresh: dict[str, str] = {}

    def next_read(self, source: Source, now: datetime) -> NextRead:
        """Return when *source* is to be read next. Raises OSError."""
        last = self._store.last_run(source.source, believed(now))
        if last is None:
            return NextRead(now, "never read")
        ended = as_moment(last.ended) or now
        reads = source_reads(self._store, source.source, now)
        read = self._after(source, reads, ended)
        if last.exit_code == _UNUSABLE:  # who mends the entry need not wait for half a day
            read = NextRead(min(read.at, ended + _LONGEST_UNUSABLE), read.why)
        if reads.last is None:
            return read
        if last.reason == SLICE and not reads.failures:
            wait = timedelta() if reads.last.brought_any else SHORTEST_WAIT
            read = NextRead(ended + wait, "goes on where it stopped")
        asked_for = reads.last.at + min(reads.last.asked_wait, _LONGEST_ASKED)
        return NextRead(asked_for, "its site asked for it") if asked_for > read.at else read

    def _after(self, source: Source, reads: SourceReads, ended: datetime) -> NextRead:
        """Return when *source* is read by its *reads*, if its site asks for nothing."""
        if reads.failures:
            return NextRead(ended + _back_off(reads.failures, source.every), "tried again")
        if reads.last is None or not reads.last.is_answered:
            shortest = min(source.every or SHORTEST_WAIT, SHORTEST_WAIT)
            return NextRead(ended + shortest, "its last run was cut short")
        if source.every:
            return NextRead(reads.last.at + source.every, "its interval")
        return self._by_rhythm(source, reads.last)

    def _by_rhythm(self, source: Source, last: Read) -> NextRead:
        is_first = not self._store.holds_more(source.source, last.new)
        read = LastRead(at=last.at, brought_known=is_first or last.brought_known)
        planned = plan_read(self._store, source.source, read, source.freshness)
        if planned.is_new:
            name, value = planned.plan.as_fact(source.source)
            self._fresh[name] = value
        if planned.is_silent:
            return NextRead(planned.at, _SILENT)
        return NextRead(planned.at, "its rhythm" if read.brought_known else "more may lie below")

    def take_fresh(self) -> Callable[[Store], None]:
        """Return a change of the ledger that keeps what was found out since the last call."""
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


def _back_off(failures: int, every: timedelta | None) -> timedelta:
    """Return how long to wait after so many *failures* in a row: twice as long each time."""
    longest = max(every or LONGEST_WAIT, SHORTEST_WAIT)
    doubled: int = 2 ** min(failures - 1, 20)
    return min(SHORTEST_WAIT * doubled, longest)
