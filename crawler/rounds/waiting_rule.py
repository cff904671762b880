"""When to read a source again: once its stories have waited long enough, all together.

A source is read when the stories expected since the last read have together waited for `FRESHNESS`.
At an even rate the interval is the square root of 2 * freshness / rate, the known optimum for many
feeds that share a number of requests (Sia, Cho, Cho: Efficient Monitoring Algorithm for Fast News
Alerts, IEEE TKDE 19, 2007). With a rhythm of hours and weekdays it reads after the busy ones.
docs/decisions/18-when-to-read-a-source-again.md has the figures it was chosen by.

Times are in hours since 1970, rates in stories an hour, both as floats.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from crawler.sources.services import DEFAULT_FRESHNESS

FRESHNESS = DEFAULT_FRESHNESS
"""How long all stories of a source together may wait for a read: 12 requests a day, on average."""
SHORTEST_WAIT = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=12)
UNKNOWN_WAIT = timedelta(hours=1)
"""Until the next read of a source of which fewer than two stories are known."""
SILENT_WAIT = timedelta(hours=6)
WINDOW = timedelta(days=180)
"""Stories that are older say nothing."""
HALF_LIFE = timedelta(days=45)
"""The weight of a story halves in that time."""
PROFILE_AGE = timedelta(days=1)
"""A rhythm of a source that is known for `YOUNG` is worked out anew when it is as old."""
YOUNG = timedelta(days=21)

_DAY = 24
_WEEK = 7 * _DAY
_EPOCH_IN_WEEK = 3 * _DAY  # 1970 began on a Thursday
_DECAY = math.log(2) / (HALF_LIFE / timedelta(hours=1))
_LEAST_KNOWN = 1.0
_LEAST_FOR_PROFILE = 8.0
_HOUR_TRUST, _DAY_TRUST = 2 * _DAY, 14 * _DAY  # known for as long: half of the profile counts
_LONGEST_LEVEL = 21 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a source publishes, hour by hour of the week; worked out at ``made``.

    ``known`` is how long its stories are known. ``stories`` counts those of the `WINDOW`, ``mean``
    is the rate, and ``rates`` are those of the 168 hours of the week, from Monday 0:00 UTC; there
    are none where fewer than two stories are known.
    """

    made: datetime
    known: timedelta
    stories: int
    mean: float
    rates: tuple[float, ...]

    def holds(self, at: datetime) -> bool:
        """Tell whether it need not be worked out anew for a read *at* that moment."""
        age = at - self.made
        return self.known >= YOUNG and timedelta(0) <= age < PROFILE_AGE

    @property
    def level_window(self) -> timedelta:
        """How far back stories are counted to see whether more or fewer come than expected."""
        longest = min(_LONGEST_LEVEL, _hours(self.known))
        if not self.mean:
            return timedelta(hours=longest)
        return timedelta(hours=min(max(_DAY, 10 / self.mean), longest))

    def expected(self, start: datetime, end: datetime) -> float:
        """Return how many stories are expected from *start* to *end*, none if that is earlier."""
        if not self.rates or end <= start:
            return 0.0
        sums = (0.0, *accumulate(self.rates))
        begin = _hour_of_week(_since_epoch(start))
        return _stories_until(begin + _hours(end - start), sums) - _stories_until(begin, sums)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRead:
    """The last read of a source, and what it bears on the next one.

    ``brought_known`` is False where no item of the answer was known: more may lie below it.
    ``is_silent``: the source is called silent (`crawler.rounds.silence`). What its site asks for
    is no part of the rule (`crawler.rounds.schedule`).
    """

    at: datetime
    brought_known: bool = True
    is_silent: bool = False


def read_rhythm(
    published: Iterable[datetime], at: datetime, known_since: datetime | None = None
) -> Rhythm:
    """Return the rhythm of a source whose stories were *published* then, as it is known *at* then.

    All times have a zone. Stories after *at*, or more than `WINDOW` before it, do not count. The
    source is known since its oldest story, or since *known_since* if that is earlier.
    """
    now = _since_epoch(at)
    window = _hours(WINDOW)
    hours = [hour for hour in map(_since_epoch, published) if 0 <= now - hour <= window]
    watched = _hours(at - known_since) if known_since else 0.0
    known = max(_LEAST_KNOWN, min(watched, window), now - min(hours, default=now))
    is_known = len(hours) > 1 or known >= window  # then we know that there are none
    weights = [math.exp((hour - now) * _DECAY) for hour in hours]
    n = math.fsum(weights)
    mean = mean_rate(n, timedelta(hours=known))
    rates = _rates(hours, weights, known, mean) if is_known else ()
    return Rhythm(
        made=at,
        known=timedelta(hours=known),
        stories=len(hours),
        mean=mean if is_known else 0.0,
        rates=rates,
    )


def mean_rate(weight: float, known: timedelta) -> float:
    """Return the stories an hour of a source *known* for so long; theirs is *weight* together.

    The weight of a story halves in `HALF_LIFE`.
    """
    lasting = (1 - math.exp(-_hours(known) * _DECAY)) / _DECAY  # the weight of a story an hour
    return (weight + 0.5) / (lasting + 0.1 * _DAY)


def _rates(
    hours: Sequence[float], weights: Sequence[float], known: float, mean: float
) -> tuple[float, ...]:
    n = math.fsum(weights)
    if n < _LEAST_FOR_PROFILE:
        return (mean,) * _WEEK
    by_hour, by_day = [0.0] * _DAY, [0.0] * 7
    for hour, weight in zip(hours, weights, strict=True):
        day, hour_of_day = divmod(int(_hour_of_week(hour)), _DAY)
        by_hour[hour_of_day] += weight
        by_day[day] += weight
    hour_trust = known / (known + _HOUR_TRUST)
    day_trust = known / (known + _DAY_TRUST) if known >= _DAY_TRUST else 0.0
    of_hours = _profile(_smoothed(by_hour), 0.15 * n / _DAY + 0.5, hour_trust)
    of_days = _profile(by_day, 0.1 * n / 7 + 2, day_trust)
    product = [of_day * of_hour for of_day in of_days for of_hour in of_hours]
    scale = mean * _WEEK / math.fsum(product)
    return tuple(value * scale for value in product)


def _smoothed(counts: Sequence[float]) -> list[float]:
    """Give each hour a quarter of either neighbour, round the clock."""
    return [
        (counts[hour - 1] + 2 * count + counts[(hour + 1) % _DAY]) / 4
        for hour, count in enumerate(counts)
    ]


def _profile(counts: Sequence[float], prior: float, trust: float) -> list[float]:
    """Return *counts* and as many *prior* stories each, with mean 1, believed as far as *trust*."""
    mean = math.fsum(counts) / len(counts) + prior
    return [trust * (count + prior) / mean + 1 - trust for count in counts]


def next_read(
    rhythm: Rhythm,
    published: Iterable[datetime],
    last: LastRead,
    freshness: timedelta = FRESHNESS,
) -> datetime:
    """Return when a source is to be read again after its *last* read.

    Of its stories those that were *published* within `Rhythm.level_window` before the last read
    are needed, others do not matter. *freshness* is how long all its stories together may wait.
    """
    if rhythm.rates:
        level = level_of(rhythm, published, last.at)
        rates = [level * rate for rate in rhythm.rates]
        wait = _wait(rates, _hour_of_week(_since_epoch(last.at)), _hours(freshness))
    else:
        wait = UNKNOWN_WAIT
    if not last.brought_known:
        wait = min(wait, SHORTEST_WAIT)
    least = max(SHORTEST_WAIT, SILENT_WAIT if last.is_silent else SHORTEST_WAIT)
    return last.at + max(wait, least)


def level_of(rhythm: Rhythm, published: Iterable[datetime], at: datetime) -> float:
    """Return by which factor more stories (above 1) or fewer came of late than the rhythm has."""
    start = at - rhythm.level_window
    came = sum(start < moment <= at for moment in published)
    return (came + 4) / (rhythm.expected(start, at) + 4)


def _wait(rates: Sequence[float], begin: float, freshness: float) -> timedelta:
    """Return how long to wait from *begin*, in hours of the week, at most `LONGEST_WAIT`.

    Within an hour with rate r in which s stories are waiting already, they have waited s*u + r*u²/2
    more after u hours.
    """
    longest = _hours(LONGEST_WAIT)
    hour, waiting, left = begin, 0.0, freshness
    while hour < begin + longest:
        end = min(math.floor(hour) + 1.0, begin + longest)
        rate, length = rates[math.floor(hour) % _WEEK], end - hour
        waited = waiting * length + rate * length * length / 2
        if waited >= left:
            # The root of the quadratic equation in its stable form.
            root = math.sqrt(waiting * waiting + 2 * rate * left)
            past = 2 * left / (waiting + root) if left > 0 else 0.0
            return timedelta(hours=hour - begin + past)
        waiting, left, hour = waiting + rate * length, left - waited, end
    return LONGEST_WAIT


def _stories_until(hour: float, sums: Sequence[float]) -> float:
    """Return the stories expected from Monday 0:00 to *hour*, which may be weeks later."""
    weeks, rest = divmod(hour, _WEEK)
    whole = min(math.floor(rest), _WEEK - 1)
    in_hour = (rest - whole) * (sums[whole + 1] - sums[whole])
    return weeks * sums[_WEEK] + sums[whole] + in_hour


def _hour_of_week(hour: float) -> float:
    return (hour + _EPOCH_IN_WEEK) % _WEEK


def _since_epoch(moment: datetime) -> float:
    return moment.timestamp() / 3600


def _hours(length: timedelta) -> float:
    return length / timedelta(hours=1)
