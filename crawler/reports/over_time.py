"""Counts by day as a plot of bounded width, and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from crawler.reports.document import Block, Plot

_MOST_COLUMNS = 92
_UNITS = (("day", 10), ("month", 7), ("year", 4))  # characters of an ISO date


def plot_of(days: Mapping[str, int], what: str, of: str = "") -> list[Block]:
    """Return *days* as a plot of days, months or years, whichever is not too wide for it.

    It is called *what*, by day *of* something. What is no day is left out.
    """
    dated = {day: number for day, number in days.items() if _as_date(day)}
    if not dated:
        return []
    for unit, length in _UNITS:
        counts = Counter[str]()
        for day, number in dated.items():
            counts[day[:length]] += number
        names = _between(min(counts), max(counts), length)
        if len(names) <= _MOST_COLUMNS or length == 4:
            label = f"{what}, by {unit}{of}"
            return [Plot(label, names, [counts[name] for name in names])]
    return []


def _between(first: str, last: str, length: int) -> list[str]:
    """Return the names of all days, months or years from *first* to *last*, none if too many."""
    if length == 4:
        return [f"{year:04d}" for year in range(int(first), int(last) + 1)][-_MOST_COLUMNS:]
    begin, end = date.fromisoformat(f"{first}-01"[:10]), date.fromisoformat(f"{last}-01"[:10])
    if (end - begin).days > _MOST_COLUMNS * (1 if length == 10 else 31):
        return [""] * (_MOST_COLUMNS + 1)
    days = (begin + timedelta(days=number) for number in range((end - begin).days + 1))
    return list(dict.fromkeys(day.isoformat()[:length] for day in days))


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def days_until(last: date, count: int) -> list[str]:
    """Return *count* days, up to *last*."""
    return [(last - timedelta(days=number)).isoformat() for number in reversed(range(count))]


def moment(text: str) -> datetime | None:
    """Return the moment that *text* names in ISO 8601, None if it is none with a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def spoken(text: str) -> str:
    """Return the moment *text* for people: ``29 November 2026, 15:30 UTC``."""
    found = moment(text)
    return f"{found.day} {found:%B %Y, %H:%M} UTC" if found else text[:40]


def short(text: str) -> str:
    """Return the moment *text*, in UTC, for a narrow column: ``29 Nov 2026, 15:30``."""
    found = moment(text)
    return f"{found.day} {found:%b %Y, %H:%M}" if found else text[:40]


def spoken_day(day: str) -> str:
    """Return the *day* for people: ``29 November 2026``."""
    found = _as_date(day)
    return f"{found.day} {found:%B %Y}" if found else day[:40]


def seconds_between(started: str, finished: str) -> float:
    """Return the seconds from *started* to *finished*, 0 where one of them is no moment."""
    begin, end = moment(started), moment(finished)
    return max(0.0, (end - begin).total_seconds()) if begin and end else 0.0


def duration(seconds: float) -> str:
    """Return *seconds* for people: ``0.8 s``, ``4 min 10 s``, ``2 h 5 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    parts = list(_parts(int(seconds)))[:2]
    return " ".join(parts)


def _parts(seconds: int) -> Iterator[str]:
    for name, length in (("days", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, seconds = divmod(seconds, length)
        if number:
            yield f"{number:,} {name}"
