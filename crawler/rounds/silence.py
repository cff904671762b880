"""When a source is called silent: nothing new for much longer than it ever paused.

A source is silent when its pause is longer than twice its longest pause of 365 days (three times
while it is known for less than 90), longer than a day, and longer than 12 stories were expected to
take; after 30 days and 20 stories. On 50 real series that is 0.09 false alarms a source and year,
and 2, 6 and 79 days (median) until it is said of sources with ten stories a day and more, with one
to ten, and with less (docs/decisions/18-when-to-read-a-source-again.md).

A pause ends with the last read that was answered: not reached is not silent.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from crawler.rounds.waiting_rule import HALF_LIFE, Rhythm, mean_rate, read_rhythm

YEAR = timedelta(days=365)
HISTORY = 2 * YEAR
"""Stories that are older than that, at the last story, need not be given."""
YOUNG_FOR = timedelta(days=30)
YOUNG_STORIES = 20
SHORTEST_SILENCE = timedelta(days=1)
EXPECTED = 12.0

_FACTOR, _FACTOR_AT_FIRST = 2, 3
_AT_FIRST = timedelta(days=90)
_WEEK = timedelta(days=7)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """How long nothing new came from a source, beside what is usual for it.

    ``length`` is the time from the ``last_story`` to the last read that was answered;
    ``longest`` the longest pause before, of those that ended within a year before the last story;
    ``usual`` the same, but each counts only up to the moment when it was called silence, or one
    long pause would make the rule deaf for a year. ``limit`` is how long this pause may be; there
    is none while the source is young.
    """

    last_story: datetime | None
    length: timedelta
    longest: timedelta
    usual: timedelta
    limit: timedelta | None

    @property
    def is_young(self) -> bool:
        """Whether too little is known of the source to call it silent."""
        return self.limit is None

    @property
    def is_silent(self) -> bool:
        """Whether the pause is longer than any that need not be looked at."""
        return self.limit is not None and self.length > self.limit

    @property
    def is_quiet(self) -> bool:
        """Whether the pause is longer than usual, and not yet silence."""
        return not self.is_young and not self.is_silent and self.length > self.usual


def read_pause(
    published: Iterable[datetime],
    answered: datetime,
    *,
    known_since: datetime | None = None,
    before: int = 0,
) -> Pause:
    """Return the pause of a source whose stories were *published* then; in any order, with zones.

    *answered* is the last read that was answered; stories dated later do not count yet. Where only
    the stories of the `HISTORY` are given, *known_since* is when the first of all was published,
    and *before* is how many there are before those given.
    """
    stories = sorted(moment for moment in published if moment <= answered)
    if not stories:
        return Pause(
            last_story=None,
            length=timedelta(0),
            longest=timedelta(0),
            usual=timedelta(0),
            limit=None,
        )
    first = min(stories[0], known_since or stories[0])
    counted = _Counted(first, before + 1)
    for start, end in pairwise(stories):
        counted.add(start, end)
    last = stories[-1]
    recent = [end - start for start, end in pairwise(stories) if last - end <= YEAR]
    limit = _limit(counted, stories, first, answered)
    return Pause(
        last_story=last,
        length=answered - last,
        longest=max(recent, default=timedelta(0)),
        usual=counted.longest,
        limit=limit,
    )


def _limit(
    counted: _Counted, stories: Sequence[datetime], first: datetime, answered: datetime
) -> timedelta | None:
    last = stories[-1]
    if answered - first < YOUNG_FOR or counted.stories < YOUNG_STORIES:
        return None
    rhythm = read_rhythm(stories, last, first)
    if not rhythm.rates:  # the stories before are too old to tell how many are to be expected
        return None
    return max(counted.shortest_silence(last), time_to_expect(rhythm, last, EXPECTED))


def time_to_expect(rhythm: Rhythm, start: datetime, stories: float) -> timedelta:
    """Return how long it takes from *start* until *stories* were expected, in whole hours."""
    a_week = rhythm.expected(start, start + _WEEK)
    weeks = math.floor(stories / a_week)
    left = stories - weeks * a_week
    hours = bisect_left(
        range(7 * 24), left, key=lambda hour: rhythm.expected(start, start + hour * _HOUR)
    )
    return weeks * _WEEK + hours * _HOUR


class _Counted:
    """The pauses of a source, one after the other, each up to the moment of its silence."""

    def __init__(self, first: datetime, stories: int) -> None:
        self.stories = stories
        self._first = first
        self._weight = 1.0
        # The pauses that may be the longest, with their ends: each longer than those behind it.
        self._longest: deque[tuple[datetime, timedelta]] = deque()

    @property
    def longest(self) -> timedelta:
        """The longest pause of the year before the last story."""
        return self._longest[0][1] if self._longest else timedelta(0)

    def add(self, start: datetime, end: datetime) -> None:
        """Add the pause between two stories."""
        length = end - start
        if length > SHORTEST_SILENCE:
            length = min(length, self._silence(start, end))
        while self._longest and self._longest[-1][1] <= length:
            self._longest.pop()
        self._longest.append((end, length))
        while end - self._longest[0][0] > YEAR:
            self._longest.popleft()
        self._weight = 1 + self._weight * 0.5 ** ((end - start) / HALF_LIFE)
        self.stories += 1

    def _silence(self, start: datetime, end: datetime) -> timedelta:
        """Return after which time the pause from *start* to *end* was called silence."""
        known = end - self._first
        if self.stories < YOUNG_STORIES or known < YOUNG_FOR:
            return end - start
        rate = mean_rate(self._weight, start - self._first)
        by_stories = timedelta(hours=EXPECTED / rate)
        return max(self.shortest_silence(start), by_stories, YOUNG_FOR - (start - self._first))

    def shortest_silence(self, last: datetime) -> timedelta:
        """Return how long the pause after the story *last* may be for its length alone."""
        factor = _FACTOR_AT_FIRST if last - self._first < _AT_FIRST else _FACTOR
        return max(factor * self.longest, SHORTEST_SILENCE)
