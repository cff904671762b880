"""Days as people write them: ``Nov. 19, 2019``, ``5. března 2024``, ``令和6年3月5日``.

A day in numbers alone (``26/10/2018``) is read where only one reading is possible, or where the
page's locale says how it writes days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.dates.calendars import ERAS, persian_day, persian_month, without_buddha, year_of_era
from crawler.dates.clock import CLOCK, at_time
from crawler.dates.moment import day_of
from crawler.dates.months import day_order, month_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.dates.moment import Moment

_LONGEST = 120
_FIRST_SHORT_YEAR = 1990  # a day on the web whose year has two digits is not older
_ZEROS = (
    *(0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6),
    *(0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810),
)
_SHOWN: dict[int, str | None] = {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}
# Marks of direction stand unseen between numbers.
_SHOWN |= dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}

_WORD = r"[^\s0-9,،、.:;/|()\[\]<>{}\"«»“”_–—·-]{1,18}"
_MONTH = rf"(?P<month>{_WORD}(?:[. ]{{1,2}}{_WORD})??)"
_OF = r"(?:(?:of|de|del|den|di|ta['’])\s|d['’])?"
_DAY = r"(?<![0-9])(?<![0-9][.,:/-])(?P<day>[0-3]?[0-9])(?![0-9])"
_YEAR = r"(?P<year>[12][0-9]{3})(?![0-9])"
_NO_YEAR = r"(?!,?\s[12][0-9]{3}\b)"
_BEHIND = rf"(?:,?\s*(?:at|on|[-–|])?\s*{CLOCK})?"
_NAMED = (
    rf"{_DAY}(?:st|nd|rd|th|er|[.,ºª°])?[\s./-]\s?{_OF}{_MONTH}(?:/{_WORD})??[.,،]{{0,2}}[\s./-]"
    rf"(?:(?:of|de|del|năm|พ\.ศ\.|ค\.ศ\.)\s?)?(?:{_YEAR}|['’]?(?P<short>[0-9]{{2}})(?![0-9:.,/-]))",
    rf"(?<![^\W\d_]){_MONTH}[.\s]\s?(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?,?\s{_YEAR}",
    rf"(?<![0-9]){_YEAR}(?:[.,]|\s?m\.|\(e\)ko|ko|\sоны)?[\s-]{_MONTH}\.?[\s-](?P<day>[0-3]?[0-9])(?![0-9:])"
    rf"{_NO_YEAR}",
    rf"(?<![0-9]){_YEAR}(?:\.\sgada|\s\w\.)\s(?P<day>[0-3]?[0-9])\.?\s{_MONTH}",
    rf"(?<![^\W\d_]){_MONTH}\s{{1,2}}(?P<day>[0-3]?[0-9])\s[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}"
    rf"(?:\s[A-Z]{{3,5}})?\s{_YEAR}",
)
_NUMBERED = (
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})(?:[-./]|\.\s|[年년]\s?)(?P<number>[01]?[0-9])"
    r"(?:[-./]|\.\s|[月월]\s?)(?P<day>[0-3]?[0-9])(?![0-9])[日일]?",
    rf"{_DAY}\s(?:tháng|thg)\s(?P<number>[01]?[0-9])(?:,|\snăm)?\s{_YEAR}",
    rf"(?<![0-9]){_YEAR}\sоны\s(?P<number>[01]?[0-9])\W?\s?\w+\sсарын\s(?P<day>[0-3]?[0-9])",
    rf"(?P<era>{ERAS})(?P<of_era>[0-9]{{1,3}}|元)年(?P<number>[01]?[0-9])月(?P<day>[0-3]?[0-9])日",
)
_ENDS = (
    r"(?<![0-9])(?<![0-9][.,:/-])(?P<a>[0-9]{1,2})\s?(?P<mark>[./-])\s?(?P<b>[0-9]{1,2})\s?(?P=mark)"
    r"\s?(?P<c>(?:19|20|25)[0-9]{2}|[0-9]{2})(?![0-9]|[./-][0-9])"
)
_PERSIAN = (
    r"(?<![0-9])(?P<year>1[34][0-9]{2})[/-](?P<number>[01]?[0-9])[/-](?P<day>[0-3]?[0-9])(?![0-9])"
)
_FORMS = tuple(
    re.compile(form + _BEHIND, re.IGNORECASE) for form in (*_NAMED, *_NUMBERED, _ENDS, _PERSIAN)
)
# What a text without hints holds that tells a day: a year, or one of an era.
_YEARS = re.compile(r"(?<![0-9])[12][0-9]{3}(?![0-9])|[0-9元]年")
_SHORT_YEARS = re.compile(
    r"[0-9][./\s'’-]{1,3}[0-9]{2}(?![0-9])|[^\W\d_][\s.'’-]{1,3}[0-9]{2}(?![0-9])"
)
_WORDS_APART = re.compile(r"[. ]+")
_GERMAN = re.compile(r"\bUhr\b")


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of the page that a day stands on.

    ``locale`` is its language, with the region if that is known (``en_GB``), ``latest`` the last
    day that it can tell (ISO 8601). Years of two digits are read if ``short_years``.
    """

    locale: str = ""
    latest: str = ""
    short_years: bool = False

    @property
    def language(self) -> str:
        """The language alone."""
        return self.locale.partition("_")[0]


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A day, and where in the text it stands."""

    moment: Moment
    start: int
    end: int


NO_HINTS = Hints()


def find_moment(text: str, hints: Hints = NO_HINTS) -> Moment | None:
    """Return the first day in *text*, None where there is none that can be read in one way only."""
    return next((found.moment for found in find_dates(text, hints)), None)


def find_dates(text: str, hints: Hints = NO_HINTS) -> list[WrittenDate]:
    """Return the days in the beginning of *text*, in the order in which they stand there."""
    text = text[:_LONGEST].translate(_SHOWN)
    if "年" in text:
        text = text.translate(_FULL_WIDTH)
    if not (_YEARS.search(text) or (hints.short_years and _SHORT_YEARS.search(text))):
        return []
    found = [date for form in _FORMS for date in _read_all(form, text, hints)]
    found.sort(key=lambda date: date.start)
    return found


def _read_all(form: re.Pattern[str], text: str, hints: Hints) -> Iterator[WrittenDate]:
    for match in form.finditer(text):
        part = match.groupdict()
        day = _of_numbers(part, hints, text) if "mark" in part else _of_parts(part, hints)
        if day is not None and not (hints.latest and day.day > hints.latest):
            yield WrittenDate(at_time(day, part), _start(match, part, hints), match.end())


def _start(match: re.Match[str], part: dict[str, str | None], hints: Hints) -> int:
    """Return where the day begins: not with a word in front of the month (``updated March 5``)."""
    name = part.get("month") or ""
    if not name or match.start("month") > match.start() or _month(name, hints):
        return match.start()
    return match.end("month") - len(_WORDS_APART.split(name)[-1])


def _month(name: str, hints: Hints) -> int | None:
    return month_number(name, hints.language) or persian_month(name)


def _of_parts(part: dict[str, str | None], hints: Hints) -> Moment | None:
    day = int(part["day"] or 0)
    if (name := part.get("month")) is not None:
        return _of_name(name, day, part, hints)
    month = int(part["number"] or 0)
    if era := part.get("era"):
        return day_of(year_of_era(era, part["of_era"] or ""), month, day)
    year = int(part["year"] or 0)
    if year < 1500:
        return persian_day(year, month, day) if hints.language == "fa" else None
    return day_of(year, month, day)


def _of_name(name: str, day: int, part: dict[str, str | None], hints: Hints) -> Moment | None:
    """Return the day of the month *name*, or of a month behind or in front of another word."""
    words = _WORDS_APART.split(name)
    for word in (name, words[-1], words[0]):
        if month := month_number(word, hints.language):
            year = _year(part, hints)
            return day_of(year, month, day) if year else None
        if (month := persian_month(word)) and part["year"]:
            return persian_day(int(part["year"]), month, day)
    return None


def _year(part: dict[str, str | None], hints: Hints) -> int | None:
    if part["year"]:
        return without_buddha(int(part["year"]))
    return _whole_year(int(part["short"] or 0), hints) if hints.short_years else None


def _whole_year(short: int, hints: Hints) -> int:
    """Return the year that is written with two digits, 0 if it can only be guessed."""
    if hints.language == "th" and 50 <= short < 90:
        return without_buddha(2500 + short)
    if short < 50:
        return 2000 + short
    return 1900 + short if 1900 + short >= _FIRST_SHORT_YEAR else 0


def _of_numbers(part: dict[str, str | None], hints: Hints, text: str) -> Moment | None:
    """Return the day that two numbers and a year are, in the order of the locale if need be."""
    first, second, last = (int(part[key] or 0) for key in "abc")
    is_short = len(part["c"] or "") == 2
    if is_short and not hints.short_years:
        return None
    year = _whole_year(last, hints) if is_short else without_buddha(last)
    readings = {"dmy": day_of(year, second, first), "mdy": day_of(year, first, second)}
    if is_short:
        readings["ymd"] = day_of(_whole_year(first, hints), second, last)
    order = day_order(hints.locale)
    if part["mark"] == "." and (not is_short or (not order and _GERMAN.search(text))):
        return readings["dmy"]
    possible = {
        key: day
        for key, day in readings.items()
        if day and not (hints.latest and day.day > hints.latest)
    }
    if len(set(possible.values())) == 1:
        return next(iter(possible.values()))
    return possible.get(order)
