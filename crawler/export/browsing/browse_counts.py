"""How many articles there are by kind and span of time: for facets, plots, and to find a page."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Self

from crawler.export.browsing.browse_results import DayCount, Facets
from crawler.export.browsing.browse_rows import FACETS, IN, NEWEST, Condition, kinds, select

Unit = Literal["day", "month"]

_MOST_DAYS = 800  # that are counted one by one
_DAYS = {"day": 1, "month": 100}  # by which a day (20240531) is divided for its span
_FIRST, _LAST = 0, 99_999_999
_DAYS_BETWEEN = "counted.day BETWEEN ? AND ?"
_NO_COPY = "kind IN (SELECT id FROM kind WHERE is_copy = 0)"


@dataclass(frozen=True, slots=True)
class Span:
    """The days from ``first`` to ``last`` as numbers (20240531), counted by ``unit``."""

    first: int
    last: int
    unit: Unit


def span_of(db: sqlite3.Connection, facets: Facets) -> Span:
    """Return the days that *facets* ask for, as far as there are articles."""
    first = _number(facets.after, _FIRST)
    last = _number(facets.before, _LAST)
    ((begin, end),) = select(
        db, "SELECT min(day), max(day) FROM day_kind WHERE day BETWEEN ? AND ?", (first, last)
    )
    is_long = begin is not None and (_date(end) - _date(begin)).days > _MOST_DAYS
    return Span(first, last, "month" if is_long else "day")


class Counts:
    """Counts of articles by their kind and span of time.

    Kinds of copies are counted in ``hidden``, unless *facets* ask for them; all else is about the
    others: ``kinds``, the counts ``by_kind`` and in ``total``.
    """

    def __init__(self, db: sqlite3.Connection, facets: Facets) -> None:
        self._db = db
        self._known = kinds(db, facets)
        self._copies = int(facets.copies or bool(facets.copy_group))  # the highest ``is_copy``
        self.kinds = {n: kind for n, kind in self._known.items() if kind.is_copy <= self._copies}
        self.span = span_of(db, facets)
        self._unit = _DAYS[self.span.unit]
        self.asked = Condition().also(_DAYS_BETWEEN, self.span.first, self.span.last)
        if any(getattr(facets, name) for name in FACETS):  # else it is asked in vain, row by row
            self.asked = self.asked.also(f"kind {IN}", json.dumps(list(self._known)))
        self.by_kind: dict[int, int] = {}
        self._by_source: dict[tuple[int, str], int] = {}
        self._by_span: Counter[int] = Counter()
        self._found: dict[int, list[int]] = {}  # ids by span: to search once more takes long
        self.total = self.hidden = 0

    def count_all(self) -> Self:
        """Count all articles."""
        asked = replace(self.asked, tables="day_kind AS counted")
        kinds_found = asked.select("kind, sum(n)", "GROUP BY kind")
        self._take_kinds(select(self._db, kinds_found, asked.values))
        shown = asked.also("is_copy <= ?", self._copies)
        spans = shown.select(
            f"counted.day / {self._unit} AS at, source, sum(n) AS n", "GROUP BY 1, 2"
        )
        query = f"SELECT at, name, n FROM ({spans}) JOIN source ON source.id = source"  # noqa: S608
        rows = select(self._db, query, shown.values)
        self._take_spans({(at, source): count for at, source, count in rows})
        return self

    def count_found(self, found: Condition) -> Self:
        """Count the articles that fulfil the condition *found* too."""
        self.asked = replace(
            found, where=(*found.where, *self.asked.where), values=found.values + self.asked.values
        )
        query = self.asked.select(f"counted.id, kind, counted.day / {self._unit}")
        of_kinds: dict[int, int] = {}
        spans: dict[tuple[int, str], int] = {}
        sources = {number: kind.source for number, kind in self.kinds.items()}
        for place, kind, at in select(self._db, query, self.asked.values):
            of_kinds[kind] = of_kinds.get(kind, 0) + 1
            if (source := sources.get(kind)) is not None:
                spans[at, source] = spans.get((at, source), 0) + 1
                self._found.setdefault(at, []).append(place)
        self._take_kinds(of_kinds.items())
        self._take_spans(spans)
        return self

    def _take_kinds(self, counts: Iterable[tuple[Any, ...]]) -> None:
        found = {kind: count for kind, count in counts if kind in self._known}
        self.by_kind = {kind: count for kind, count in found.items() if kind in self.kinds}
        self.total = sum(self.by_kind.values())
        self.hidden = sum(found.values()) - self.total

    def _take_spans(self, counts: dict[tuple[int, str], int]) -> None:
        self._by_source = counts
        for (at, _), count in counts.items():
            self._by_span[at] += count

    def days(self) -> list[DayCount]:
        """Return the counts by span and source, in this order."""
        return [
            DayCount(self._begin(at).isoformat(), source, count)
            for (at, source), count in sorted(self._by_source.items())
        ]

    def _begin(self, at: int) -> date:
        return _date(at) if self.span.unit == "day" else _date(at * 100 + 1)

    def newest(self, start: int, length: int) -> list[int]:
        """Return the ids of *length* articles from the *start*-th newest on."""
        first, last, left_out = self._places(start, length)
        if self._found:
            spans = range(first // self._unit, last // self._unit + 1)
            places = [place for at in spans for place in self._found.get(at, ())]
            asked = Condition().also(f"counted.id {IN}", json.dumps(places))
        else:
            asked = self.shown.also(_DAYS_BETWEEN, first, last)
        query = asked.select("article.id", f"ORDER BY {NEWEST} LIMIT ? OFFSET ?", articles=True)
        rows = select(self._db, query, (*asked.values, length, left_out))
        return [number for (number,) in rows]

    @property
    def shown(self) -> Condition:
        """The condition of what was counted, hidden copies left out."""
        return self.asked if self._copies else self.asked.also(_NO_COPY)

    def _places(self, start: int, length: int) -> tuple[int, int, int]:
        """Return the days, as numbers, that have the articles from the *start*-th newest on.

        First and last, and how many articles of these days are to be left out in front.
        """
        chosen, before, seen = [], 0, 0
        for at in sorted(self._by_span, reverse=True):
            if seen + self._by_span[at] <= start:
                before = seen + self._by_span[at]
            elif seen < start + length:
                chosen.append(at)
            seen += self._by_span[at]
        if not chosen:
            return self.span.first, self.span.last, start
        first, last = chosen[-1] * self._unit, (chosen[0] + 1) * self._unit - 1
        return max(first, self.span.first), min(last, self.span.last), start - before


def _number(day: str, otherwise: int) -> int:
    digits = day.replace("-", "")
    return int(digits) if digits.isascii() and digits.isdigit() else otherwise


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
