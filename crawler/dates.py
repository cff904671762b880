"""The moments a page names, as it writes them.

Sources: ISO 8601 and RFC 3339, RFC 5322 3.3, and how publishers write days in English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

_LONGEST = 120
_FIRST_YEAR = 1700  # of a newspaper; 0001 and the like stand for nothing
_EPOCH = "1970-01-01"

_CLOCK = (
    r"(?P<hour>[0-2]?[0-9])[:.](?P<minute>[0-5][0-9])(?:[:.](?P<second>[0-5][0-9])(?:[.,][0-9]+)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"\s*(?P<zone>Z\b|UTC\b|GMT\b|[+-][0-9]{2}:?[0-9]{2})?(?:\s?(?P<named>[A-Z]{2,4})\b)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = {
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre"
    " dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października"
    " listopada grudnia",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro"
    " dezembro",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
}
_NUMBER = {
    name: number for names in _NAMED.values() for number, name in enumerate(names.split(), 1)
}
_MONTH = (
    rf"(?P<month>{'|'.join(sorted(_NUMBER, key=len, reverse=True))}"
    rf"|(?:{'|'.join(_MONTHS)})[a-z]{{0,6}})\b\.?"
)
_ISO = re.compile(
    r"\s*(?P<year>[0-9]{4})[-/.]?(?P<number>[0-9]{2})[-/.]?(?P<day>[0-9]{2})(?![0-9])"
    rf"(?:[T\s,-]*{_CLOCK})?",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"\s*(?P<year>[0-9]{4})(?P<number>[0-9]{2})(?P<day>[0-9]{2})T?"
    r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<zone>Z|[+-][0-9]{4})?"
)
_BEHIND = rf"(?:,?\s*(?:at|on|[-–|])?\s*{_CLOCK})?"
_DAY_FIRST = re.compile(
    rf"\b(?P<day>[0-3]?[0-9])(?:st|nd|rd|th|\.)?(?:\s|-)(?:(?:of|de)\s)?{_MONTH},?(?:\s(?:de\s)?|-)"
    rf"(?P<year>[0-9]{{4}})\b{_BEHIND}",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b{_MONTH}\s(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?,?\s(?P<year>[0-9]{{4}})\b{_BEHIND}",
    re.IGNORECASE,
)
_FORMS = (_COMPACT, _ISO)
_NUMBERS = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})(?:[-./]|\.\s|年\s?)(?P<number>[01]?[0-9])(?:[-./]|\.\s|月\s?)"
    rf"(?P<day>[0-3]?[0-9])(?![0-9])日?{_BEHIND}",
    re.IGNORECASE,
)
_DOTTED = re.compile(
    r"(?<![0-9])(?P<day>[0-3]?[0-9])\.(?P<number>[01]?[0-9])\.(?P<year>(?:19|20)[0-9]{2})(?![0-9])"
    rf"{_BEHIND}",
    re.IGNORECASE,
)
_WRITTEN = (_DAY_FIRST, _MONTH_FIRST, _NUMBERS, _DOTTED)
_IN_URL = re.compile(
    r"[/_-](?P<year>(?:19|20)[0-9]{2})[/_-]?(?P<number>[01][0-9])[/_-]?(?P<day>[0-3][0-9])(?![0-9])"
    rf"|/(?P<year2>(?:19|20)[0-9]{{2}})/(?P<month>{'|'.join(_MONTHS)})[a-z]*/(?P<day2>[0-3]?[0-9])/"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a moment of it, in the publisher's own time.

    ``local`` is ISO 8601 without zone (``2024-01-05`` or ``2024-01-05T10:00:00``), ``gmt`` the same
    moment in UTC where the zone is known.
    """

    local: str
    gmt: str | None = None


def machine(text: str) -> Moment | None:
    """Read a moment written for machines: ISO 8601 and what comes near, RFC 5322."""
    text = text.strip()[:_LONGEST]
    for form in (*_FORMS, *_WRITTEN):
        if found := form.match(text) if form in _FORMS else form.search(text):
            return _moment(found)
    return None


def written(text: str) -> Moment | None:
    """Read a day written for readers: ``Nov. 19, 2019 3:05 pm``, ``2019-11-19``, ``19.11.2019``.

    Days whose numbers can be read in two ways (``5/10/2018``) are not.
    """
    for form in _WRITTEN:
        if found := form.search(text[:_LONGEST]):
            return _moment(found)
    return None


def in_url(path: str) -> Moment | None:
    """Read the day in the path of a URL (``/2024/01/05/``, ``/2024/jan/05/``)."""
    found = _IN_URL.search(path)
    if not found:
        return None
    month = found["number"] or f"{1 + _MONTHS.index(found['month']):02}"
    return _day(
        int(found["year"] or found["year2"]), int(month), int(found["day"] or found["day2"])
    )


def _moment(found: re.Match[str]) -> Moment | None:
    part = found.groupdict()
    month = part.get("number") or _month(part["month"].lower())
    day = _day(int(part["year"]), int(month), int(part["day"]))
    if day is None or part["hour"] is None:
        return day
    hour = int(part["hour"])
    if half := part.get("half"):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if hour > 23:
        return day
    local = f"{day.local}T{hour:02}:{part['minute']}:{part['second'] or '00'}"
    return Moment(local, _gmt(local, part.get("zone")))


def _month(name: str) -> int:
    return _NUMBER.get(name) or 1 + _MONTHS.index(name[:3])


def _day(year: int, month: int, day: int) -> Moment | None:
    try:
        local = date(year, month, day).isoformat()
    except ValueError:
        return None
    return Moment(local) if year >= _FIRST_YEAR and local != _EPOCH else None


def _gmt(local: str, zone: str | None) -> str | None:
    if zone is None:
        return None
    offset = timedelta()
    if zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        offset = -offset if zone[0] == "-" else offset
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None).isoformat()
