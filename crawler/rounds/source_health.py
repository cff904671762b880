"""How each source is: when it was read, what it brings, and whether somebody should look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.rounds.durations import in_words
from crawler.rounds.publication_times import as_moment
from crawler.rounds.reading_plan import pause_of, recent_times
from crawler.rounds.schedule import Schedule
from crawler.rounds.silence import YEAR, Pause, read_pause
from crawler.rounds.source_reads import FAILURES, Read, SourceReads, source_reads

if TYPE_CHECKING:
    from crawler.sources.round_sources import Source
    from crawler.state.store import Store

_WEEK = timedelta(days=7)
_LEAST_PAST = _WEEK


class SourceVerdict(StrEnum):
    """What a source is, the worst first."""

    FAILING = "failing"
    """Three reads in a row had no answer, or the last one lost more stories than usual."""
    SILENT = "silent"
    """Nothing new came for so long that somebody should look."""
    QUIET = "quiet"
    """Nothing new came for longer than usual."""
    YOUNG = "young"
    """It is known for less than 30 days or 20 stories."""
    GOOD = "good"
    NEVER_READ = "never read"

    @property
    def is_alarm(self) -> bool:
        """Whether somebody should look."""
        return self in (SourceVerdict.FAILING, SourceVerdict.SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source is; ``why`` is a sentence, empty where there is nothing to say.

    ``key`` is that of its entry in the sources file, if it has one. ``last_story`` is when the
    last story was published, ``last_collected`` when one was collected last. ``stories`` are held;
    ``week`` of them were published in the seven days before the last answered read, and
    ``usual_week`` is the mean of the weeks of a year before that, None where it is known for less
    than two. ``failures`` counts reads in a row without an answer, ``lost`` are the stories that
    the last answered read lost. ``pause`` tells what is usual. ``next_read`` is when rounds
    read it again, and may be past; None for a source that was never read, or has no entry.
    """

    source: str
    key: str
    verdict: SourceVerdict
    why: str
    stories: int
    last_read: datetime | None
    last_answered: datetime | None
    last_story: datetime | None
    last_collected: datetime | None
    week: int
    usual_week: float | None
    failures: int
    lost: int
    pause: Pause
    next_read: datetime | None


def all_health(
    store: Store | None,
    entries: Iterable[Source],
    now: datetime,
    names: Sequence[str] = (),
    left_out: Collection[str] = (),
) -> list[SourceHealth]:
    """Return how the sources are that the ledger knows, and those of the *entries*.

    Sources *left_out* are not among them unless they are named. With *names* those alone: sources,
    or keys of entries. Raises LookupError, with the name, for one that is neither.
    """
    by_source = {entry.source: entry for entry in entries}
    known = {*store.run_sources(), *store.article_sources()} if store else set()
    known = (known | by_source.keys()) - {""}
    chosen: Iterable[str] = sorted(known - set(left_out))
    if names:
        by_key = {entry.key: entry.source for entry in by_source.values()}
        wanted = [name if name in known else by_key.get(name, "") for name in names]
        if "" in wanted:
            raise LookupError(names[wanted.index("")])
        chosen = dict.fromkeys(wanted)
    return [source_health(store, name, by_source.get(name), now) for name in chosen]


def source_health(
    store: Store | None, source: str, entry: Source | None, now: datetime
) -> SourceHealth:
    """Return how *source* is at the moment *now*; *entry* is that of the sources file."""
    extent = store.extent(source) if store else None
    reads = source_reads(store, source, now) if store else SourceReads(reads=[])
    seen_until = reads.last_answered.at if reads.last_answered else now
    published = recent_times(store, source, extent, seen_until) if store and extent else []
    if reads.last_answered:
        published = _seen(published, reads.last_answered)
    pause = pause_of(published, extent, seen_until) if extent else read_pause([], seen_until)
    verdict, why = _judge(reads, pause)
    return SourceHealth(
        source=source,
        key=entry.key if entry else "",
        verdict=verdict,
        why=why,
        stories=extent.stories if extent else 0,
        last_read=reads.last.at if reads.last else None,
        last_answered=reads.last_answered.at if reads.last_answered else None,
        last_story=pause.last_story,
        last_collected=as_moment(extent.last_collected) if extent else None,
        week=sum(seen_until - _WEEK < moment <= seen_until for moment in published),
        usual_week=_usual_week(published, seen_until),
        failures=reads.failures,
        lost=reads.last_answered.lost if reads.last_answered else 0,
        pause=pause,
        next_read=_next_read(store, entry, reads, now) if store and entry else None,
    )


def _seen(published: Iterable[datetime], read: Read) -> list[datetime]:
    """Return the times of the stories that were there when *read* began.

    Those that it collected were, though it is known that late of those with times without a zone.
    """
    return [min(moment, read.at) for moment in published if moment <= max(read.at, read.ended)]


def _judge(reads: SourceReads, pause: Pause) -> tuple[SourceVerdict, str]:
    if reads.last is None:
        return SourceVerdict.NEVER_READ, ""
    if why := failure(reads):
        return SourceVerdict.FAILING, why
    if reads.last_answered is None:
        return SourceVerdict.YOUNG, "no read was answered yet"
    if pause.is_silent:
        return SourceVerdict.SILENT, (
            f"no new story for {in_words(pause.length)}, "
            f"where its longest pause was {in_words(pause.longest)}"
        )
    if pause.is_young:
        return SourceVerdict.YOUNG, ""
    return (SourceVerdict.QUIET if pause.is_quiet else SourceVerdict.GOOD), ""


def failure(reads: SourceReads) -> str:
    """Return what fails, empty if nothing does."""
    if reads.failures >= FAILURES:
        return f"{reads.failures} reads in a row had no answer"
    last = reads.last_answered
    if last is None or not reads.loses_more_than_usual:
        return ""
    return (
        f"the last read lost {last.lost:,} of {max(last.listed, last.lost):,} stories, "
        f"{last.lost_share:.0%} where {reads.usual_lost_share or 0:.0%} is usual: "
        "its report names them"
    )


def _usual_week(published: Sequence[datetime], seen_until: datetime) -> float | None:
    """Return the mean of the weeks before the last one, within a year."""
    end = seen_until - _WEEK
    past = [moment for moment in published if seen_until - YEAR < moment <= end]
    if not past or end - min(past) < _LEAST_PAST:
        return None
    whole_year = any(moment <= seen_until - YEAR for moment in published)
    known = YEAR - _WEEK if whole_year else end - min(past)
    return len(past) / (known / _WEEK)


def _next_read(
    store: Store,
    entry: Source,
    reads: SourceReads,
    now: datetime,
) -> datetime | None:
    """Return when rounds read the source of *entry* again; nobody reads others by a plan."""
    return Schedule(store).next_read(entry, now).at if reads.last else None
