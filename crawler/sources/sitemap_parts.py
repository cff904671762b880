"""Which sitemaps of an index hold the stories of some days, or the newest ones.

An index names its parts with or without the day of their last change. Where that is missing or says
nothing, the address of a part says which time it is of, or where it stands in a row.

Sources: Sitemaps protocol 0.9 (``lastmod`` is optional); Automattic's msm-sitemap (no lastmod up to
1.4.2, ``?yyyy=2024&mm=05&dd=01``); WordPress core sitemaps (``wp-sitemap-posts-post-3.xml``).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote, urlsplit

from crawler.sources.sitemaps import ChildSitemap

MOST_NEWEST = 50
"""Parts of one index that are opened for the newest stories."""

_FEWEST_PARTS = 10  # a row of more, all said to be changed on one day, is read at its ends alone
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_FEWEST_YEARS = 3
_MOST_PARTS_A_MONTH = _MOST_PARTS_A_YEAR = 9
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[a-z]+")
_NEWEST = frozenset(("news", "newest", "googlenews", "latest", "recent", "current", "today"))
_NEWS = re.compile(r"^news(?!letter)|news$")
# What search engines are also told of; these parts link no stories, or none that others lack.
_NO_STORIES = frozenset(
    (
        *("category", "categories", "tag", "tags", "taxonomy", "taxonomies", "author", "authors"),
        *("user", "users", "image", "images", "video", "videos", "product", "products", "media"),
    )
)
_STATIC = re.compile(r"posts-page-\d|pages?[-_]sitemap|sitemap[-_]pages\.|static")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
# A number counts at the end of a word alone: others are parts of a digest.
_START = r"(?<![0-9a-z])(?:[a-z]+)?"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12][0-9]|3[01])"
_END = r"(?![0-9a-z])"
_NAMED = re.compile(r"[?&](yyyy|year|y|mm|month|m|dd|day|d)=0*([0-9]{1,4})(?=&|$)")
_FIELDS = {"y": "year", "m": "month", "d": "day"}
_DAYS = re.compile(rf"{_START}{_YEAR}(?P<sep>[-_/.]?){_MONTH}(?P=sep){_DAY}{_END}")
_OF_MONTHS = (
    re.compile(rf"{_START}{_YEAR}[-_/.]?{_MONTH}{_END}"),
    re.compile(rf"{_START}{_YEAR}[-_/.]?(?P<name>{_MONTHS})[a-z]*{_END}"),
    re.compile(rf"(?<![0-9a-z])(?P<name>{_MONTHS})[a-z]*[-_/.]?{_YEAR}{_END}"),
    re.compile(rf"{_START}{_MONTH}[-_/.]{_YEAR}{_END}"),
)
_OF_COUNTED_MONTHS = (re.compile(rf"{_START}{_YEAR}[-_/.](?P<month>1[0-2]|[1-9]){_END}"),)
_OF_YEARS = (re.compile(rf"{_START}{_YEAR}{_END}"),)
_UNIT = re.compile(r"[?&]unit=(day|week|month|year)s?(?=&|$)")
_LENGTHS = {"day": "day", "week": "month", "month": "month", "year": "year"}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from ``first`` to ``last``, both included, as ISO days."""

    first: str
    last: str


def parts_of_days(
    children: Sequence[ChildSitemap], first: str, last: str
) -> Iterator[ChildSitemap]:
    """Yield the *children* of an index that may link stories of the days from *first* to *last*.

    The days are included, and empty where nothing bounds them. What an address says goes before
    the day of the last change, which counts only where it differs from part to part.
    """
    periods = periods_of(children)
    is_told = _tells_changes(children)
    for child, period in zip(children, periods, strict=True):
        changed = child.modified.day if child.modified and is_told else ""
        if period and (period.last < first or (last and period.first > last)):
            continue
        if changed and changed < first and not (period and changed < period.first):
            continue
        yield child


def newest_parts(children: Sequence[ChildSitemap], first: str) -> list[ChildSitemap]:
    """Return the *children* of an index that hold its newest stories, those since the day *first*.

    There is always one. In a row of parts whose days of change say nothing, the newest one stands
    at one of the ends.
    """
    periods = dict(zip((child.url for child in children), periods_of(children), strict=True))
    dated = [(child, period) for child in children if (period := periods[child.url])]
    undated = [child for child in children if not periods[child.url]]
    latest = max((period.last for _, period in dated), default="")
    in_time = [(child, period) for child, period in dated if period.last >= min(first, latest)]
    chosen = _changed_since(in_time, first)
    for row in _rows(undated):
        if not latest or latest < first or _may_be_newest(row):
            chosen += _newest_of_row(row, first)
    return _with_stories(chosen or _last_changed(children) or _ends(children))


def _changed_since(dated: Sequence[tuple[ChildSitemap, Period]], first: str) -> list[ChildSitemap]:
    """Leave out the parts that are said to be unchanged since the day *first*, if that is told."""
    is_told = _tells_changes([child for child, _ in dated])
    return [
        child
        for child, period in dated
        if not (is_told and child.modified and period.first <= child.modified.day < first)
    ]


def _may_be_newest(row: Sequence[ChildSitemap]) -> bool:
    return _is_newest(row[0].url) or any(child.modified for child in row)


def _newest_of_row(row: Sequence[ChildSitemap], first: str) -> list[ChildSitemap]:
    """Return the newest parts of *row*; nothing if its last change was before the day *first*."""
    is_short = len(row) <= _FEWEST_PARTS
    if all(child.modified for child in row) and (is_short or _tells_changes(row)):
        changed = [child for child in row if child.modified and child.modified.day >= first]
        return changed or ([*row] if is_short and _is_newest(row[0].url) else [])
    return _ends(row)


def _last_changed(children: Sequence[ChildSitemap]) -> list[ChildSitemap]:
    changed = [(child.modified.day, child) for child in children if child.modified]
    last = max((day for day, _ in changed), default="")
    found = [child for day, child in changed if day == last]
    return found if len(found) <= _FEWEST_PARTS else _ends(found)


def _ends(row: Sequence[ChildSitemap]) -> list[ChildSitemap]:
    numbered = sorted(row, key=lambda child: [*map(int, _numbers(child.url))])
    return numbered if len(row) < 3 else [numbered[0], numbered[-1]]


def _tells_changes(children: Sequence[ChildSitemap]) -> bool:
    """Tell whether the days of change of *children* differ, as true ones do.

    Many sites give all parts the day on which the index was made.
    """
    changes = {child.modified for child in children if child.modified}
    return len(changes) > 1 or len(children) == 1


def _with_stories(children: Sequence[ChildSitemap]) -> list[ChildSitemap]:
    """Leave out the parts of other things than stories, unless there are no others."""
    stories = [child for child in children if child.modified or _may_have_stories(child.url)]
    return stories or list(children)


def _may_have_stories(url: str) -> bool:
    name = _place(url).partition("?")[0].rpartition("/")[2]
    return _NO_STORIES.isdisjoint(_words(url)) and not _STATIC.search(name)


def _is_newest(url: str) -> bool:
    """Tell whether *url* says in its path or query that it has the newest stories."""
    return any(word in _NEWEST or _NEWS.search(word) for word in _words(url))


def _words(url: str) -> list[str]:
    return _WORD.findall(_place(url))


def _rows(children: Iterable[ChildSitemap]) -> list[list[ChildSitemap]]:
    """Group *children* by their addresses without the numbers in them."""
    rows: dict[str, list[ChildSitemap]] = {}
    for child in children:
        rows.setdefault(_NUMBER.sub("#", _place(child.url)), []).append(child)
    return list(rows.values())


def _place(url: str) -> str:
    parts = urlsplit(url)
    return unquote(f"{parts.path}?{parts.query}" if parts.query else parts.path).lower()


def _numbers(url: str) -> list[str]:
    return [number[-18:] for number in _NUMBER.findall(_place(url))]


# What time the parts are of.


def periods_of(children: Sequence[ChildSitemap]) -> list[Period | None]:
    """Return the time that each of *children* is of by its address, None where it says none.

    What looks like a time has to look so in all addresses of a row: ``sitemap-2024.xml`` beside
    ``sitemap-2.xml`` is the part with that number.
    """
    found: dict[str, Period | None] = {}
    for row in _rows(children):
        urls = [child.url for child in row]
        found |= dict(zip(urls, _row_periods([*map(_place, urls)]), strict=True))
    return [found[child.url] for child in children]


def _row_periods(places: Sequence[str]) -> Sequence[Period | None]:
    for read in _READERS:
        periods = [read(place) for place in places]
        if all(periods) and not _counts_parts(read, periods):
            return periods
    return [None] * len(places)


def _counts_parts(read: object, periods: Sequence[Period | None]) -> bool:
    """Tell whether the days or months of *periods* are rather the numbers of parts.

    Parts of a month or year are few; months without a leading zero are believed where each year
    between the first and the last has all twelve.
    """
    firsts = sorted(period.first for period in periods if period)
    months = {first[:7] for first in firsts}
    years = sorted({first[:4] for first in firsts})
    if read is _of_days:
        are_days = all(period.first == period.last for period in periods if period)
        few = all(int(first[8:]) <= _MOST_PARTS_A_MONTH for first in firsts)
        return are_days and few and len(months) > 1
    if read is _of_counted_months:
        whole = [year for year in years if sum(month[:4] == year for month in months) == 12]
        return len(years) < _FEWEST_YEARS or not set(years[1:-1]) <= set(whole)
    if read is _of_months:
        few = all(int(first[5:7]) <= _MOST_PARTS_A_YEAR for first in firsts)
        return few and len(years) >= _FEWEST_YEARS
    return False


def _of_parameters(place: str) -> Period | None:
    named = {_FIELDS[name[0]]: value for name, value in _NAMED.findall(place)}
    if "year" not in named:
        return None
    return _period(named["year"], named.get("month", ""), named.get("day", ""))


def _of_days(place: str) -> Period | None:
    days = [_period(*found.group("year", "month", "day")) for found in _DAYS.finditer(place)]
    whole = [day for day in days if day]
    if not whole or len(whole) < len(days):
        return None
    first, last = min(whole).first, max(whole).last
    if unit := _UNIT.search(place):
        lengths = {"day": first, "month": f"{first[:7]}-31", "year": f"{first[:4]}-12-31"}
        last = max(last, lengths[_LENGTHS[unit[1]]])
    return Period(first, last)


def _of(patterns: Sequence[re.Pattern[str]], place: str) -> Period | None:
    periods = []
    for pattern in patterns:
        for found in pattern.finditer(place):
            groups = found.groupdict()
            name = groups.get("name", "")
            number = f"{_MONTHS.split('|').index(name) + 1}" if name else groups.get("month", "")
            periods.append(_period(groups["year"], number, ""))
    whole = [period for period in periods if period]
    return Period(min(whole).first, max(p.last for p in whole)) if whole else None


_of_months = partial(_of, _OF_MONTHS)
_of_counted_months = partial(_of, _OF_COUNTED_MONTHS)
_of_years = partial(_of, _OF_YEARS)
_READERS = (_of_parameters, _of_days, _of_months, _of_counted_months, _of_years)


def _period(year: str, month: str, day: str) -> Period | None:
    """Return the day, month or year that the numbers name, None if there is none."""
    y, m, d = int(year), int(month or 0), int(day or 0)
    if not _FIRST_YEAR <= y <= _LAST_YEAR or m > 12:
        return None
    if not m:
        return Period(f"{y}-01-01", f"{y}-12-31")
    length = calendar.monthrange(y, m)[1]
    if d > length:
        return None
    return Period(f"{y}-{m:02d}-{d or 1:02d}", f"{y}-{m:02d}-{d or length:02d}")
