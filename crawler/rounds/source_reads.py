"""The reads of a source, as its runs that have ended tell them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from statistics import median
from typing import TYPE_CHECKING

from crawler.reports.reasons import Effect, reason
from crawler.rounds.publication_times import as_moment

if TYPE_CHECKING:
    from crawler.state.store import EndedRun, Store

SLICE = "slice"
"""Why a run ended that goes on in the next round: it had its share of time."""
SPIDERS = ("wordpress", "wire")
"""The spiders that read a source; others bring in what is there already."""
MOST_READS = 21
"""The last read, and those that it is compared with."""
FAILURES = 3
"""So many reads in a row without an answer are no accident."""
LEAST_LOST = 5
_LEAST_COMPARED = 5
_MOST_RUNS = (100, 5000)  # the second where none of the first was answered
_ANSWERED = (0, 3)
_UNANSWERED = (1, 2, 4)  # 1 and 2: it could not begin, or a defect of ours ended it
_LONGEST_ASKED_WAIT = 10**9  # seconds
_CLOCKS_APART = timedelta(hours=1)
_NAMED_STORIES = ("before", "urls")  # arguments of a run that does not look for what is new
_LOST = (Effect.GAP, Effect.LOSS)
_KNOWN = ("held", "duplicate", "revised", "earlier", "merged", "collision")
_MET = ("listed", "new", *_KNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A run that read a source: when it began and ended, and what came of it.

    ``is_answered`` is None where the run ended for a reason of its own (a signal, a full disk), or
    did not look for new stories. ``lost`` counts the stories that it lost, ``listed`` those that
    it met; ``new`` and ``known`` those that were new, and that were not. ``is_cut`` says that its
    lists end somewhere, as feeds do; a WordPress site is asked for all that there is. The site
    asked to be left in peace for ``asked_wait``, from ``at`` on.
    """

    at: datetime
    ended: datetime
    is_answered: bool | None
    listed: int
    lost: int
    new: int
    known: int
    is_cut: bool
    asked_wait: timedelta = timedelta(0)

    @property
    def brought_any(self) -> bool:
        """Whether something came of it for any story: it goes on, if it was cut short."""
        return self.new + self.known + self.lost > 0

    @property
    def brought_known(self) -> bool:
        """Whether there is no reason to think that more lies below what was listed."""
        return self.known > 0 or self.new == 0 or not self.is_cut

    @property
    def lost_share(self) -> float:
        """The share of the stories that were met and lost."""
        return self.lost / max(self.listed, self.lost, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReads:
    """The last reads of a source, the last one first."""

    reads: Sequence[Read]

    @property
    def last(self) -> Read | None:
        """The last read."""
        return next(iter(self.reads), None)

    @property
    def last_answered(self) -> Read | None:
        """The last read that was answered, and looked for new stories."""
        return next((read for read in self.reads if read.is_answered), None)

    @property
    def failures(self) -> int:
        """How many reads had no answer since one had."""
        judged = (read for read in self.reads if read.is_answered is not None)
        return sum(1 for _ in takewhile(lambda read: not read.is_answered, judged))

    @property
    def usual_lost_share(self) -> float | None:
        """The median share of lost stories of the answered reads before the last one, of 20.

        None where there are fewer than five.
        """
        shares = [read.lost_share for read in self._answered[1:MOST_READS]]
        return median(shares) if len(shares) >= _LEAST_COMPARED else None

    @property
    def loses_more_than_usual(self) -> bool:
        """Whether the last answered read lost five stories, and twice the usual share."""
        usual, last = self.usual_lost_share, self.last_answered
        if usual is None or last is None:
            return False
        return last.lost >= LEAST_LOST and last.lost_share > 2 * usual

    @property
    def _answered(self) -> list[Read]:
        return [read for read in self.reads if read.is_answered]


def source_reads(store: Store, source: str, now: datetime) -> SourceReads:
    """Return the last reads of *source*, of its last hundred runs; of more if none was answered.

    Those do not count that began long after *now*: the clock was wrong, then or today.
    """
    found = SourceReads(reads=[])
    for most in _MOST_RUNS:
        runs = (r for r in store.runs(source, most, believed(now)) if r.spider in SPIDERS)
        found = SourceReads(reads=[read for run in runs if (read := _read(run))])
        if found.last_answered or not found.reads:
            break
    return found


def believed(now: datetime) -> str:
    """Return until when runs are believed to have begun, as `Store.runs` takes it.

    The clocks of machines that share a ledger may differ a little.
    """
    return (now + _CLOCKS_APART).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(run: EndedRun) -> Read | None:
    at, ended = as_moment(run.started), as_moment(run.ended)
    if at is None or ended is None:
        return None
    lost = sum(count for name, count in run.lost.items() if reason(name).effect in _LOST)
    counts = run.counts
    return Read(
        at=at,
        ended=ended,
        is_answered=_is_answered(run),
        listed=counts.get("listed", 0),
        lost=lost,
        new=counts.get("new", 0),
        known=sum(counts.get(name, 0) for name in _KNOWN),
        is_cut=run.spider == "wire",
        asked_wait=timedelta(seconds=min(counts.get("asked_wait", 0), _LONGEST_ASKED_WAIT)),
    )


def _is_answered(run: EndedRun) -> bool | None:
    if run.exit_code in _UNANSWERED or _is_empty_slice(run):
        return False
    return True if run.exit_code in _ANSWERED and _looks_for_news(run) else None


def _is_empty_slice(run: EndedRun) -> bool:
    """Tell whether *run* met no story in the whole time that a run may take."""
    return run.reason == SLICE and not any(run.counts.get(name) for name in _MET)


def _looks_for_news(run: EndedRun) -> bool:
    try:
        arguments = json.loads(run.arguments)
    except ValueError:
        return True
    return not (isinstance(arguments, dict) and any(map(arguments.get, _NAMED_STORIES)))
