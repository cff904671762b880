"""The names of months in all languages, and the order in which they write a day.

``month_names.txt`` is generated from CLDR: a line a language, its twelve months with a comma
between them, a month's names with a blank. A name that is one month here and another one there
(``listopad``) is read only on pages of a language that has it. So are names behind ``~``: those of
languages that few news are written in, and those that are days of the week in others.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WHOLE = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_SHORTEST = 3  # letters of a name that is read on pages of other languages
_SHARE = 0.9  # of the languages that have a name and mean one month by it
# Accents, Arabic signs above letters, and what is written or not: points, blanks, apostrophes.
_LEFT_OUT = dict.fromkeys((*range(0x300, 0x370), *range(0x653, 0x656), 0x640, 0x200C))
_LEFT_OUT.update(dict.fromkeys(map(ord, ".'’׳_")))
_ALIKE = str.maketrans({"ı": "i", "ي": "ی", "ى": "ی", "ك": "ک"})


@dataclass(frozen=True, slots=True)
class _Table:
    languages: dict[str, dict[str, int]]
    everywhere: dict[str, int]
    orders: dict[str, str]


def fold(name: str) -> str:
    """Return *name* in lower case, and without what some write and others do not."""
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return decomposed.translate(_LEFT_OUT).translate(_ALIKE).replace(" ", "")


def month_number(name: str, language: str = "") -> int | None:
    """Return the number of the month *name*, as *language* (``de``) has it if it does."""
    folded, table = fold(name), _table()
    found = table.languages.get(language, {}).get(folded) or table.everywhere.get(folded)
    if found is None and len(folded) > 3:  # cut short
        return next((n for n, whole in enumerate(_WHOLE, 1) if whole.startswith(folded)), None)
    return found


def day_order(locale: str) -> str:
    """Return how *locale* (``en_GB``, ``de``) writes a day: ``dmy``, ``mdy``, ``ymd``.

    It is empty if that is unknown, as of English without a region.
    """
    language, table = locale.partition("_")[0], _table()
    if language not in table.languages or locale == "en":
        return ""
    inherited = "" if language == "en" else table.orders.get(language)
    return table.orders.get(locale) or inherited or "dmy"


@cache
def _table() -> _Table:
    """Return the table of ``month_names.txt``, which never changes while a program runs."""
    languages: dict[str, dict[str, int]] = {}
    meanings: defaultdict[str, Counter[int]] = defaultdict(Counter)
    orders: dict[str, str] = {}
    text = (files("crawler.dates") / "month_names.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key in ("mdy", "ymd"):
            orders.update(dict.fromkeys(value.split(), key))
        elif not line.startswith("#"):
            language, months = key.removeprefix("~"), value.split(",")
            languages[language] = _numbers(value.replace("~", "").split(","))
            for name, number in () if key.startswith("~") else _numbers(months).items():
                if len(name) >= _SHORTEST or not name.isascii():
                    meanings[name][number] += 1
    everywhere = {
        name: number
        for name, counts in meanings.items()
        for number, count in counts.items()
        if count >= _SHARE * counts.total()
    }
    return _Table(languages, everywhere, orders)


def _numbers(months: list[str]) -> dict[str, int]:
    """Return the number of each name of *months*; one that is two of them has none."""
    found: dict[str, int] = {}
    for number, names in enumerate(months, 1):
        for name in (fold(name) for name in names.split() if not name.startswith("~")):
            found[name] = number if found.get(name, number) == number else 0
    return found
