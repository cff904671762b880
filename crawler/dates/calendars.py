"""Days of other calendars: the Persian, the Buddhist, and Japanese and Chinese eras."""

from __future__ import annotations

from datetime import date

from crawler.dates.moment import Moment, day_of
from crawler.dates.months import fold

_PERSIAN = (
    *("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور"),
    *("مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"),
)
_PERSIAN_MONTHS = {fold(name): number for number, name in enumerate(_PERSIAN, 1)}
_PERSIAN_YEARS = range(1300, 1500)
_LEAP = (1, 5, 9, 13, 17, 22, 26, 30)  # years of a cycle of 33 that have a day more
_YEAR_0 = date(2024, 3, 20).toordinal() - 1403 * 365 - 1403 // 33 * 8 - 4  # 1 Farvardin 1403
_BUDDHIST_YEARS = range(2400, 2700)
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "民國": 1911, "民国": 1911}
ERAS = "|".join(_ERAS)


def persian_month(name: str) -> int | None:
    """Return the number of the Persian month *name*, None if it is none."""
    return _PERSIAN_MONTHS.get(fold(name))


def persian_day(year: int, month: int, day: int) -> Moment | None:
    """Return the day of the Persian calendar, None if it has none such."""
    lengths = [31] * 6 + [30] * 5 + [30 if year % 33 in _LEAP else 29]
    if year not in _PERSIAN_YEARS or not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        return None
    leaps = year // 33 * 8 + sum(leap < year % 33 for leap in _LEAP)
    found = date.fromordinal(_YEAR_0 + year * 365 + leaps + sum(lengths[: month - 1]) + day - 1)
    return day_of(found.year, found.month, found.day)


def without_buddha(year: int) -> int:
    """Return *year*, one of the Buddhist calendar as the Gregorian year it is."""
    return year - 543 if year in _BUDDHIST_YEARS else year


def year_of_era(era: str, year: str) -> int:
    """Return the Gregorian year of the *year* of *era*, whose first may be spelled ``元``."""
    return _ERAS[era] + (1 if year == "元" else int(year))
