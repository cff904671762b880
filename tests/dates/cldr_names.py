"""The names of months, as CLDR has them for every language: ``python -m tests.dates.cldr_names``.

Writes ``crawler/dates/month_names.txt`` anew. What it holds is told in ``crawler.dates.months``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from copy import deepcopy
from pathlib import Path

from babel import localedata

from crawler.dates.months import fold

TABLE = Path(__file__).parents[2] / "crawler" / "dates" / "month_names.txt"
_HEAD = """\
# From CLDR, by Babel: python -m tests.dates.cldr_names
# order of day, month and year in short dates, by locale; all others: day, month, year
"""
_NAMES = """\
# language: names of the twelve months; behind ~ what is read on pages of that language alone: those
# of languages that few news are written in, and names that are days of the week elsewhere
"""
_FORMS = [
    (context, width) for context in ("format", "stand-alone") for width in ("wide", "abbreviated")
]
_LITERAL = re.compile(r"'([^']*)'")
_MONTH = re.compile(r"[ML]{3,4}")
_AROUND = re.compile(r"([^\W_]*)\x00([^\W_]*)")
_WELL_COVERED = 400  # languages that a language has a name for


def table() -> str:
    """Return what the file of month names holds."""
    names: dict[str, list[set[str]]] = defaultdict(lambda: [set() for _ in range(12)])
    orders: dict[str, dict[str, str]] = {"mdy": {}, "ymd": {}}
    covered: set[str] = set()
    days: dict[str, set[str]] = defaultdict(set)
    for locale in sorted(localedata.locale_identifiers()):
        if locale == "root":
            continue
        language = locale.partition("_")[0]
        data = localedata.load(locale)
        is_covered = len(data["languages"]) >= _WELL_COVERED
        # Babel resolves aliases in place, in parts that locales share: a copy keeps them apart.
        part = localedata.LocaleDataDict(
            deepcopy({key: data[key] for key in ("months", "days", "date_formats")})
        )
        if is_covered:
            covered.add(language)
            days[language] |= {
                fold(_spelled(day)) for form in _FORMS for day in _of_form(part["days"], form)
            }
        _add_names(part, names[language])
        order = _order(str(part["date_formats"]["short"].pattern))
        if order in orders:
            orders[order][locale] = order
    return _written(names, orders, covered, days)


def _of_form(names: localedata.LocaleDataDict, form: tuple[str, str]) -> list[str]:
    context, width = form
    return [str(name) for _, name in sorted(names[context][width].items())]


def _spelled(name: str) -> str:
    whole = " ".join(unicodedata.normalize("NFC", name).lower().split())
    return whole.removeprefix("de ").rstrip(".")


def _add_names(data: localedata.LocaleDataDict, months: list[set[str]]) -> None:
    patterns = [str(data["date_formats"][width].pattern) for width in ("full", "long", "medium")]
    affixes = {affix for pattern in patterns for affix in _affixes(pattern)}
    for form in _FORMS:
        for number, name in enumerate(map(_spelled, _of_form(data["months"], form))):
            if len(name) > 1 and not any(map(str.isdecimal, name)):
                months[number].add(name)
                months[number].update(before + name + behind for before, behind in affixes)


def _affixes(pattern: str) -> list[tuple[str, str]]:
    """Return the letters right before and behind the month's name (``d בMMMM``)."""
    pieces = re.split(r"'([^']*)'", pattern)  # every other one stands for itself
    pieces[::2] = [re.sub(r"[a-zA-Z]+", " ", _MONTH.sub("\x00", piece)) for piece in pieces[::2]]
    found = _AROUND.findall("".join(pieces))
    return [(a, b) for a, b in found if a or b]


def _order(pattern: str) -> str:
    letters = _LITERAL.sub("", pattern)
    return "".join(sorted("dMy", key=letters.find)).lower()


def _written(
    names: dict[str, list[set[str]]],
    orders: dict[str, dict[str, str]],
    covered: set[str],
    days: dict[str, set[str]],
) -> str:
    lines = [f"{order}: {' '.join(sorted(locales))}\n" for order, locales in orders.items()]
    lines.append(_NAMES)
    as_month = Counter(
        each for key in covered for each in {fold(n) for month in names[key] for n in month}
    )
    as_day = Counter(each for of_language in days.values() for each in of_language)
    doubtful = {name for name, count in as_day.items() if count >= as_month[name]}
    for language, months in sorted(names.items()):
        if any(months) or language in covered:
            mark = "" if language in covered else "~"
            spelled = (" ".join(_marked(sorted(month), doubtful)) for month in months)
            names_of_all = ", ".join(spelled) if any(months) else ""
            lines.append(f"{mark}{language}: {names_of_all}".rstrip() + "\n")
    return _HEAD + "".join(lines)


def _marked(names: list[str], doubtful: set[str]) -> list[str]:
    return [f"{'~' if fold(name) in doubtful else ''}{name.replace(' ', '_')}" for name in names]


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
