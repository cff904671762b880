"""What a round needs to tell when a source is read next, without a walk through its stories.

A plan is made of all stories of half a year and of the pauses of two; the ledger keeps it as a fact
for a day, so that a round of a thousand sources asks for their last stories alone.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.rounds.publication_times import as_moment, published_times
from crawler.rounds.silence import (
    HISTORY,
    SHORTEST_SILENCE,
    YEAR,
    YOUNG_STORIES,
    Pause,
    read_pause,
)
from crawler.rounds.waiting_rule import FRESHNESS, LastRead, Rhythm, next_read, read_rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.state.store import SourceExtent, Store

_FACT = "reading plan of "
_HOURS = 7 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPlan:
    """The ``rhythm`` of a source, its ``last_story``, and how long the pause after that may be.

    ``silent_after`` is None while the source is young.
    """

    rhythm: Rhythm
    last_story: datetime | None
    silent_after: timedelta | None

    def holds(self, at: datetime) -> bool:
        """Tell whether it need not be made anew for a read *at* that moment."""
        return self.rhythm.holds(at)

    def as_fact(self, source: str) -> tuple[str, str]:
        """Return the plan of *source* as `Store.put_fact` takes it: name and value."""
        rhythm, after = self.rhythm, self.silent_after
        content = {
            "made": rhythm.made.isoformat(),
            "known": rhythm.known.total_seconds(),
            "stories": rhythm.stories,
            "mean": rhythm.mean,
            "rates": [float(f"{rate:.6g}") for rate in rhythm.rates],
            "last_story": self.last_story.isoformat() if self.last_story else None,
            "silent_after": after.total_seconds() if after else None,
        }
        return f"{_FACT}{source}", json.dumps(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRead:
    """When a source is to be read again; ``plan`` is new where it was not kept (``is_new``)."""

    at: datetime
    is_silent: bool
    plan: ReadingPlan
    is_new: bool


def kept_plan(store: Store, source: str) -> ReadingPlan | None:
    """Return the plan that the ledger keeps of *source*, None if there is none that can be read."""
    try:
        found = json.loads(store.fact(f"{_FACT}{source}") or "null")
        return _plan(found) if found else None
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def make_plan(store: Store, source: str, at: datetime) -> ReadingPlan:
    """Return the plan of *source* by all that is held of it and was published until then."""
    extent = store.extent(source)
    published = recent_times(store, source, extent, at)
    pause = pause_of(published, extent, at)
    return ReadingPlan(
        rhythm=read_rhythm(published, at, as_moment(extent.first_published)),
        last_story=pause.last_story,
        silent_after=pause.limit,
    )


def plan_read(
    store: Store, source: str, last: LastRead, freshness: timedelta = FRESHNESS
) -> PlannedRead:
    """Return when *source* is to be read again after its *last* read, which was answered.

    Whether it is silent is found out here; ``is_silent`` of *last* does not count. It reads the
    ledger alone: the caller keeps a new plan with `ReadingPlan.as_fact`.
    """
    kept = kept_plan(store, source)
    plan = kept if kept and kept.holds(last.at) else make_plan(store, source, last.at)
    since = last.at - max(plan.rhythm.level_window, SHORTEST_SILENCE)
    since = min(since, plan.last_story or since)
    recent = [moment for moment in published_times(store, source, since) if moment <= last.at]
    newest = max(recent, default=plan.last_story)
    if newest != plan.last_story and newest and last.at - newest > SHORTEST_SILENCE:
        plan = make_plan(store, source, last.at)  # it came in late
    length = last.at - newest if newest else timedelta(0)
    is_silent = plan.silent_after is not None and length > plan.silent_after
    read = LastRead(at=last.at, brought_known=last.brought_known, is_silent=is_silent)
    at = next_read(plan.rhythm, recent, read, freshness)
    return PlannedRead(at=at, is_silent=is_silent, plan=plan, is_new=plan is not kept)


def recent_times(store: Store, source: str, extent: SourceExtent, at: datetime) -> list[datetime]:
    """Return when the stories were published that say how *source* is *at* that moment."""
    recent = published_times(store, source, at - HISTORY - YEAR)
    if len(recent) >= YOUNG_STORIES or len(recent) == extent.stories:
        return recent
    return published_times(store, source)  # a few a year, or dead for long


def pause_of(published: Sequence[datetime], extent: SourceExtent, answered: datetime) -> Pause:
    """Return the pause of a source of which the `recent_times` are *published*."""
    return read_pause(
        published,
        answered,
        known_since=as_moment(extent.first_published),
        before=extent.stories - len(published),
    )


def _plan(found: dict[str, Any]) -> ReadingPlan:
    rates = tuple(map(float, found["rates"]))
    numbers = (*rates, float(found["mean"]))
    if len(rates) not in (0, _HOURS) or not all(0 <= n < math.inf for n in numbers):
        raise ValueError("no rates")
    made = datetime.fromisoformat(found["made"])
    last = found["last_story"]
    after = found["silent_after"]
    if made.tzinfo is None:
        raise ValueError("no zone")
    rhythm = Rhythm(
        made=made,
        known=timedelta(seconds=found["known"]),
        stories=int(found["stories"]),
        mean=numbers[-1],
        rates=rates,
    )
    return ReadingPlan(
        rhythm=rhythm,
        last_story=datetime.fromisoformat(last) if last is not None else None,
        silent_after=timedelta(seconds=after) if after is not None else None,
    )
