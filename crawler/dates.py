"""Days and times as feeds, sitemaps and pages write them.

Sources: ISO 8601 and RFC 3339; RFC 5322 3.3 and 4.3; RFC 850 2.1.4; how publishers write days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

_LONGEST = 120
_FIRST_YEAR = 1700  # the age of the oldest newspapers; software writes 0001 for "unknown"
_EPOCH = "1970-01-01"

_CLOCK = (
    r"(?P<hour>[0-2]?[0-9])[:.](?P<minute>[0-5][0-9])(?:[:.](?P<second>[0-5][0-9])(?:[.,][0-9]+)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"\s*(?P<zone>Z\b|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2}|UTC\b|GMT\b)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = {
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
    name: number for names in _MONTH_NAMES.values() for number, name in enumerate(names.split(), 1)
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
_IN_PATH = re.compile(
    r"[/_-](?P<year>(?:19|20)[0-9]{2})[/_-]?(?P<number>[01][0-9])[/_-]?(?P<day>[0-3][0-9])(?![0-9])"
    rf"|/(?P<year2>(?:19|20)[0-9]{{2}})/(?P<month>{'|'.join(_MONTHS)})[a-z]*/(?P<day2>[0-3]?[0-9])/"
)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})$")
# RFC 5322 knows no AST and ADT, which are other zones in Arabia than in America.
_RFC_5322 = re.compile(
    r"(?:[^\W\d_]{2,20}\.?,?\s*|(?![0-9]+-[a-z]+-[0-9]{2}\s))"  # 26-Mar-02 may be either
    rf"[0-3]?[0-9][\s-](?:{'|'.join(_MONTHS)})[a-z]{{0,6}}[\s-]"
    r"(?:[0-9]{2}|[0-9]{4})\s+[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?"
    r"(?:\s+(?:[+-][0-9]{4}|(?!(?:am|pm|ast|adt)\b)[a-z]{1,5}))?(?:\s*\(.*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a time of it, in the publisher's own time.

    ``local`` is ISO 8601 without zone (``2024-01-05`` or ``2024-01-05T10:00:00``), ``gmt`` the same
    moment in UTC where the zone is known.
    """

    local: str
    gmt: str | None = None

    @property
    def day(self) -> str:
        """The day in the publisher's own time (``2024-01-05``)."""
        return self.local[:10]

    @property
    def local_time(self) -> datetime:
        """The time without zone, midnight where only the day is known."""
        return datetime.fromisoformat(self.local)

    def is_later_than(self, time: datetime) -> bool | None:
        """Tell whether this is later than *time*, which has a zone; None if that is unknown.

        A moment without a zone is compared by its day alone.
        """
        if self.gmt:
            return datetime.fromisoformat(self.gmt).replace(tzinfo=UTC) > time
        day = time.date().isoformat()
        return None if self.day == day else self.day > day

    def is_same_minute(self, other: Moment) -> bool:
        """Tell whether both are known to be one minute, whatever their zones."""
        if self.gmt is None or other.gmt is None:
            return False
        return self.gmt[:16] == other.gmt[:16]


def parse_moment(text: str) -> Moment | None:
    """Read *text*, written for machines: RFC 5322 and RFC 850, ISO 8601 and what comes near."""
    text = text.strip()[:_LONGEST]
    if _RFC_5322.fullmatch(text) and (moment := _rfc_5322(text)):
        return moment
    found = _COMPACT.match(text) or _ISO.match(text)
    return _moment(found) if found else find_moment(text)


def find_moment(text: str) -> Moment | None:
    """Read the day in *text*, written for people: ``Nov. 19, 2019 3:05 pm``, ``19.11.2019``.

    Return None where the numbers can be read in two ways (``5/10/2018``).
    """
    for form in _WRITTEN:
        if found := form.search(text[:_LONGEST]):
            return _moment(found)
    return None


def find_day_in_path(path: str) -> Moment | None:
    """Read the day in the *path* of a URL (``/2024/01/05/``, ``/2024/jan/05/``)."""
    found = _IN_PATH.search(path)
    if not found:
        return None
    month = found["number"] or f"{1 + _MONTHS.index(found['month']):02}"
    return _day(
        int(found["year"] or found["year2"]), int(month), int(found["day"] or found["day2"])
    )


def _rfc_5322(text: str) -> Moment | None:
    """Read *text*; a time in a zone that RFC 5322 4.3 does not name is one without UTC."""
    try:
        time = parsedate_to_datetime(text)
    except ValueError:  # another language's month, or a day that never was
        return None
    day = _day(time.year, time.month, time.day)
    if day is None:
        return None
    # The standard library takes -0000 for no zone; the RFC says that it is UTC.
    zone = UTC if "-0000" in text else time.tzinfo
    local = time.replace(tzinfo=None)
    return Moment(local.isoformat(), _in_utc(local, zone))


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
    return Moment(local, _in_utc(datetime.fromisoformat(local), _zone(part.get("zone"))))


def _month(name: str) -> int:
    return _NUMBER.get(name) or 1 + _MONTHS.index(name[:3])


def _day(year: int, month: int, day: int) -> Moment | None:
    try:
        local = date(year, month, day).isoformat()
    except ValueError:
        return None
    return Moment(local) if year >= _FIRST_YEAR and local != _EPOCH else None


def _zone(name: str | None) -> timezone | None:
    """Return the zone that *name* is: ``Z``, ``GMT``, ``+01:00``, ``GMT+0100``."""
    offset = _OFFSET.search(name) if name else None
    if offset is None:
        return UTC if name else None
    sign, hours, minutes = offset.groups()
    try:
        return timezone(timedelta(hours=int(sign + hours), minutes=int(sign + minutes)))
    except ValueError:  # a day or more
        return None


def _in_utc(local: datetime, zone: tzinfo | None) -> str | None:
    if zone is None:
        return None
    try:
        return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None).isoformat()
    except OverflowError:
        return None
