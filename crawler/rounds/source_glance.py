"""How a source is, at a glance: what the last reads tell, at a cost that its age does not raise."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from crawler.reports.index_page import SourceGlance
from crawler.rounds.durations import in_words
from crawler.rounds.publication_times import published_times
from crawler.rounds.reading_plan import ReadingPlan, kept_plan, make_plan
from crawler.rounds.silence import SHORTEST_SILENCE
from crawler.rounds.source_health import SourceVerdict, failure
from crawler.rounds.source_reads import SourceReads, source_reads

if TYPE_CHECKING:
    from crawler.state.store import Store


def glance(store: Store, source: str, now: datetime) -> SourceGlance:
    """Return how *source* was when it was read last, by the plan that the ledger keeps of it.

    The plan is made, which takes a look at all its stories, only where the last read brought new
    ones: what `crawler.rounds.source_health` says in whole counts them each time.
    """
    reads = source_reads(store, source, now)
    plan = _plan(store, source, reads)
    newest = _newest(store, source, plan, reads)
    verdict, why = "", ""
    if why := failure(reads):
        verdict = SourceVerdict.FAILING.value
    elif plan and plan.silent_after and newest and reads.last_answered:
        length = reads.last_answered.at - newest
        if length > plan.silent_after:
            verdict = SourceVerdict.SILENT.value
            usual = in_words(plan.silent_after)
            why = f"no new story for {in_words(length)}, where less than {usual} is usual"
    return SourceGlance(
        source=source,
        verdict=verdict,
        why=why,
        last_read=reads.last.at.isoformat() if reads.last else "",
        last_story=newest.isoformat() if newest else "",
    )


def _plan(store: Store, source: str, reads: SourceReads) -> ReadingPlan | None:
    """Return the plan that is kept of *source*, or a new one, kept from now on, if it is due."""
    kept, last = kept_plan(store, source), reads.last
    if last is None or not last.new or (kept and kept.holds(last.at)):
        return kept
    plan = make_plan(store, source, last.ended)
    store.put_fact(*plan.as_fact(source))
    return plan


def _newest(
    store: Store, source: str, plan: ReadingPlan | None, reads: SourceReads
) -> datetime | None:
    """Return when the last story was published that the last answered read could see."""
    if plan is None or reads.last_answered is None:
        return plan.last_story if plan else None
    at = reads.last_answered.at
    since = min(at - SHORTEST_SILENCE, plan.last_story or at)
    seen = (moment for moment in published_times(store, source, since) if moment <= at)
    return max(seen, default=plan.last_story)
