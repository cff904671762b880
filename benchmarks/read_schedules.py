"""How long stories wait to be read, and when a source is called silent: on made sources.

    python -m benchmarks.read_schedules [--sources N] [--days N] [--slowest RATE] [--fastest RATE]

The sources are made: Poisson processes with nights, half of them with quiet weekends, each at its
own hours. The rule has a history of 60 days and then sees what its own reads show. The fixed
interval is the one with as many requests of all sources together. By stories, each weighs the same;
by source-days, each day of a source that has stories: slow sources are read less than at the fixed
interval, and fast ones more.

Silence is counted over a second year: false alarms, and days until the death of a source is said.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from statistics import fmean, median

from crawler.rounds.silence import read_pause
from crawler.rounds.waiting_rule import FRESHNESS, LastRead, next_read, read_rhythm

START = datetime(2024, 1, 1, tzinfo=UTC)
HISTORY_DAYS = 60
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a way of reading came to, for one source: each story's day and delay in minutes."""

    reads: int
    delays: Sequence[tuple[date, float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=60)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--slowest", type=float, default=0.5, help="stories a day")
    parser.add_argument("--fastest", type=float, default=80, help="stories a day")
    options = parser.parse_args(arguments)
    chance = random.Random(15)
    rates = math.log(options.slowest), math.log(options.fastest)
    whole = HISTORY_DAYS + options.days
    sources = [publish(chance, whole, rates) for _ in range(options.sources)]
    for minutes in (10, 40, 160):
        print(line(sources, options.days, minutes * MINUTE), flush=True)
    print_intervals(sources, options.days)
    print(silence_line([publish(chance, 730, rates) for _ in range(options.sources)]), flush=True)
    print_cost()
    return 0


def print_intervals(sources: Sequence[Sequence[datetime]], days: int) -> None:
    """Print requests and delays of ``auto``, with its default freshness, and of usual intervals."""
    print(f"{'':14}requests a day   median, p95 min by source-days   median, p95 min by stories")
    rule = [read_by_rule(stories, days, FRESHNESS) for stories in sources]
    print(interval_line("auto", fmean(schedule.reads for schedule in rule) / days, rule))
    for minutes in (15, 60, 360):
        interval = minutes * MINUTE
        fixed = [read_each(stories, interval) for stories in sources]
        print(interval_line(f"each {minutes} min", DAY / interval, fixed), flush=True)


def interval_line(name: str, requests: float, schedules: Sequence[Schedule]) -> str:
    """Return a row of the table of `print_intervals`."""
    by_days, by_stories = day_means(schedules), all_delays(schedules)
    return (
        f"{name:14}{requests:14.1f}{median(by_days):23.0f} {summary(by_days)[1]:11.0f}"
        f"{median(by_stories):21.0f} {summary(by_stories)[1]:9.0f}"
    )


def silence_line(sources: Sequence[Sequence[datetime]]) -> str:
    """Return how often silence was said of live sources, and how long it takes for dead ones."""
    alarms, said = 0, []
    for stories in sources:
        for number, (story, following) in enumerate(pairwise(stories), 1):
            if story > START + 365 * DAY and following - story > DAY:
                limit = read_pause(stories[:number], story).limit
                alarms += limit is not None and following - story > limit
        limit = read_pause(stories, stories[-1]).limit
        said.append(limit / DAY if limit else math.inf)
    return (
        f"silence: {alarms / len(sources):.2f} false alarms a source and year, said after "
        f"{median(said):.1f} days (median), {sorted(said)[int(0.9 * len(said))]:.0f} (p90)"
    )


def publish(chance: random.Random, days: int, rates: tuple[float, float]) -> list[datetime]:
    """Return the stories of a made source, in order."""
    rate = math.exp(chance.uniform(*rates))
    opens, length = chance.uniform(0, 24), chance.uniform(6, 16)
    weekend = chance.choice((1.0, 0.3))
    stories, at = [], START
    while at < START + days * DAY:
        at += chance.expovariate(rate * 24 / length) * DAY
        hour = ((at - START) / timedelta(hours=1) - opens) % 24
        share = (1.0 if hour < length else 0.1) * (weekend if at.weekday() > 4 else 1.0)
        if chance.random() < share:
            stories.append(at)
    return stories


def line(sources: Sequence[Sequence[datetime]], days: int, freshness: timedelta) -> str:
    """Return the rule's delays beside those of the fixed interval with as many requests."""
    rule = [read_by_rule(stories, days, freshness) for stories in sources]
    requests = fmean(schedule.reads for schedule in rule) / days
    fixed = [read_each(stories, DAY / requests) for stories in sources]
    return (
        f"freshness {freshness / MINUTE:>3.0f} min, {requests:>4.1f} requests a day: "
        f"by source-days {compared(day_means(rule), day_means(fixed))}; "
        f"by stories {compared(all_delays(rule), all_delays(fixed))}"
    )


def compared(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return mean and 95th percentile of ours beside those of the fixed interval."""
    (mean, late), (fixed, fixed_late) = summary(ours), summary(theirs)
    return (
        f"{mean:.1f} min (p95 {late:.0f}), fixed {fixed:.1f} ({fixed_late:.0f}): {mean / fixed:.2f}"
    )


def summary(waited: Sequence[float]) -> tuple[float, float]:
    """Return mean and 95th percentile."""
    return fmean(waited), sorted(waited)[int(0.95 * len(waited))]


def read_by_rule(stories: Sequence[datetime], days: int, freshness: timedelta) -> Schedule:
    """Read a source for *days*, after its history, as the rule says."""
    at = START + HISTORY_DAYS * DAY
    end = at + days * DAY
    rhythm = read_rhythm(stories[: bisect_right(stories, at)], at)
    reads = [at]
    while at < end:
        seen = stories[: bisect_right(stories, at)]
        if not rhythm.holds(at):
            rhythm = read_rhythm(seen, at)
        at = next_read(rhythm, seen, LastRead(at=at), freshness)
        reads.append(at)
    return Schedule(len(reads) - 1, delays(stories, reads))


def read_each(stories: Sequence[datetime], interval: timedelta) -> Schedule:
    """Read a source at a fixed *interval*."""
    start = START + HISTORY_DAYS * DAY
    count = (stories[-1] - start) // interval + 2 if stories else 1
    return Schedule(count, delays(stories, [start + n * interval for n in range(count)]))


def delays(stories: Sequence[datetime], reads: Sequence[datetime]) -> list[tuple[date, float]]:
    """Return each story's day, and how long it waited for the next read."""
    waited, next_one = [], 0
    for story in stories:
        if story <= reads[0]:
            continue
        while next_one < len(reads) and reads[next_one] < story:
            next_one += 1
        if next_one < len(reads):
            waited.append((story.date(), (reads[next_one] - story) / MINUTE))
    return waited


def day_means(schedules: Sequence[Schedule]) -> list[float]:
    """Return the mean delay of each day of each source."""
    return [
        fmean(waited for _, waited in stories)
        for schedule in schedules
        for _, stories in groupby(schedule.delays, key=itemgetter(0))
    ]


def all_delays(schedules: Sequence[Schedule]) -> list[float]:
    """Return the delays of all stories."""
    return [waited for schedule in schedules for _, waited in schedule.delays]


def print_cost() -> None:
    """Print what a rhythm, a next read and a pause of 2,000 stories cost."""
    now = START + 200 * DAY
    stories = [now - number * 90 * MINUTE for number in range(2000)]
    rhythm = read_rhythm(stories, now)
    of_late = stories[:50]
    jobs: dict[str, Callable[[], object]] = {
        "rhythm": lambda: read_rhythm(stories, now),
        "next read": lambda: next_read(rhythm, of_late, LastRead(at=now)),
        "pause": lambda: read_pause(stories, now),
    }
    for name, job in jobs.items():
        begin = time.perf_counter()
        for _ in range(20):
            job()
        print(f"{name} of 2,000 stories: {(time.perf_counter() - begin) / 20 * 1e3:.2f} ms")


if __name__ == "__main__":
    raise SystemExit(main())
