"""How many stories there are a day and source, as the bars of a plot.

A plot has 131 bars at most, whatever the time: they stand for days, weeks, months, years or more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.export.browsing.browse_results import DayCount

WIDTH, HEIGHT = 1000, 200
OTHERS = "other sources"
_MOST_SERIES = 6
_MOST_BARS = 130
_GAP = 0.18  # of a bar
_ONE_DAY = timedelta(days=1)


@dataclass(slots=True, frozen=True)
class Part:
    """What a source has of a bar, in the units of the drawing; ``series`` is its number."""

    series: int
    y: float
    height: float


@dataclass(slots=True, frozen=True, kw_only=True)
class Bar:
    """The stories from the day ``after`` to the day ``before``, both included."""

    label: str
    after: str
    before: str
    total: int
    x: float
    width: float
    parts: Sequence[Part]
    counts: Sequence[int]


@dataclass(slots=True, frozen=True, kw_only=True)
class Plot:
    """A plot of stories; ``unit`` is what a bar stands for, ``highest`` the count of the tallest.

    ``series`` are the names and counts of the sources, the one with most stories first.
    """

    unit: str
    bars: Sequence[Bar]
    series: Sequence[tuple[str, int]]
    highest: int

    @property
    def with_stories(self) -> list[Bar]:
        """The bars that stand for any story."""
        return [bar for bar in self.bars if bar.total]


def plot(days: Sequence[DayCount]) -> Plot | None:
    """Return the plot of *days*, None if there is none to be drawn."""
    dates = {text: day for text in {one.day for one in days} if (day := _day(text))}
    if not dates:
        return None
    names = _series(days, dates)
    unit, starts = _spans(min(dates.values()), max(dates.values()))
    places = {text: _BEGINNING[unit](day) for text, day in dates.items()}
    shown = {name: name for name in names}
    rows: dict[date, Counter[str]] = defaultdict(Counter)
    for one in days:
        if place := places.get(one.day):
            rows[place][shown.get(one.source, OTHERS)] += one.count
    highest = max(row.total() for row in rows.values())
    totals = {name: sum(row[name] for row in rows.values()) for name in names}
    bars = list(_bars(unit, starts, rows, names, highest))
    return Plot(unit=unit, bars=bars, series=list(totals.items()), highest=highest)


def _series(days: Sequence[DayCount], dates: Container[str]) -> list[str]:
    """Return the names of the sources with most stories, and one name for all others."""
    totals: dict[str, int] = defaultdict(int)
    for one in days:
        if one.day in dates:
            totals[one.source] += one.count
    ranked = [name for name, _ in sorted(totals.items(), key=lambda one: (-one[1], one[0]))]
    return ranked if len(ranked) <= _MOST_SERIES else [*ranked[: _MOST_SERIES - 1], OTHERS]


def _spans(first: date, last: date) -> tuple[str, list[date]]:
    """Return what a bar stands for, and the first days of all bars."""
    unit = next(unit for unit, days in _DAYS.items() if (last - first).days // days < _MOST_BARS)
    begin = _BEGINNING[unit]
    starts = [begin(first)]
    while starts[-1] < begin(last):
        starts.append(_following(unit, starts[-1]))
    return unit, starts


def _week(day: date) -> date:
    return day - timedelta(days=min(day.weekday(), day.toordinal() - 1))


def _of_years(number: int) -> Callable[[date], date]:
    return lambda day: date(max(1, day.year - day.year % number), 1, 1)


_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365, "decade": 3_652, "century": 36_524}
_BEGINNING: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": _week,
    "month": lambda day: day.replace(day=1),
    "year": _of_years(1),
    "decade": _of_years(10),
    "century": _of_years(100),
}
_LONGEST = {"day": 1, "week": 7, "month": 31, "year": 366, "decade": 3_653, "century": 36_525}


def _following(unit: str, start: date) -> date:
    """Return the first day of the bar behind that which begins at *start*; at most the last day."""
    try:
        return _BEGINNING[unit](start + timedelta(days=_LONGEST[unit]))
    except OverflowError:
        return date.max


def _label(unit: str, start: date) -> str:
    shown = start.isoformat()
    if unit in {"decade", "century"}:
        return f"{shown[:4]} and later"
    return {"day": shown, "week": f"week of {shown}", "month": shown[:7]}.get(unit, shown[:4])


def _bars(
    unit: str,
    starts: Sequence[date],
    rows: dict[date, Counter[str]],
    names: Sequence[str],
    highest: int,
) -> Iterator[Bar]:
    step = WIDTH / len(starts)
    for number, start in enumerate(starts):
        row = rows.get(start, Counter())
        counts = [row[name] for name in names]
        yield Bar(
            label=_label(unit, start),
            after=start.isoformat(),
            before=_last_day(unit, start).isoformat(),
            total=row.total(),
            x=round(step * (number + _GAP / 2), 2),
            width=round(step * (1 - _GAP), 2),
            parts=list(_parts(counts, highest)),
            counts=counts,
        )


def _last_day(unit: str, start: date) -> date:
    following = _following(unit, start)
    return following if following == date.max else following - _ONE_DAY


def _parts(counts: Sequence[int], highest: int) -> Iterator[Part]:
    below = 0.0
    for number, count in enumerate(counts):
        height = HEIGHT * count / highest
        if count:
            below += height
            yield Part(number, round(HEIGHT - below, 2), round(height, 2))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
