"""Days and times as feeds, sitemaps and meta elements write them, for machines.

Sources: ISO 8601 and RFC 3339; RFC 5322 3.3 and 4.3; RFC 850 2.1.4.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from crawler.dates.clock import CLOCK, at_time
from crawler.dates.moment import Moment, day_of, time_of
from crawler.dates.months import ENGLISH
from crawler.dates.written_dates import find_moment

_LONGEST = 120
_ISO = re.compile(
    r"\s*(?P<year>[0-9]{4})[-/.]?(?P<number>[0-9]{2})[-/.]?(?P<day>[0-9]{2})(?![0-9])"
    rf"(?:[T\s,-]*{CLOCK})?",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"\s*(?P<year>[0-9]{4})(?P<number>[0-9]{2})(?P<day>[0-9]{2})T?"
    r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<zone>Z|[+-][0-9]{4})?"
)
_IN_PATH = re.compile(
    r"[/_-](?P<year>(?:19|20)[0-9]{2})[/_-]?(?P<number>[01][0-9])[/_-]?(?P<day>[0-3][0-9])(?![0-9])"
    rf"|/(?P<year2>(?:19|20)[0-9]{{2}})/(?P<month>{'|'.join(ENGLISH)})[a-z]*/(?P<day2>[0-3]?[0-9])/"
    r"|/(?P<year3>(?:19|20)[0-9]{2})/(?P<number3>[01]?[0-9])/(?P<day3>[0-3]?[0-9])/"
    r"|/20(?P<year4>[0-9]{2})/(?P<number4>[01][0-9])/(?P=year4)(?P=number4)(?P<day4>[0-3][0-9])-"
)
# RFC 5322 knows no AST and ADT, which are other zones in Arabia than in America.
_RFC_5322 = re.compile(
    r"(?:[^\W\d_]{2,20}\.?,?\s*|(?![0-9]+-[a-z]+-[0-9]{2}\s))"  # 26-Mar-02 may be either
    rf"[0-3]?[0-9][\s-](?:{'|'.join(ENGLISH)})[a-z]{{0,6}}[\s-]"
    r"(?:[0-9]{2}|[0-9]{4})\s+[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?"
    r"(?:\s+(?:[+-][0-9]{4}|(?!(?:am|pm|ast|adt)\b)[a-z]{1,5}))?(?:\s*\(.*)?",
    re.IGNORECASE,
)


def parse_moment(text: str) -> Moment | None:
    """Read *text*, written for machines: RFC 5322 and RFC 850, ISO 8601 and what comes near."""
    text = text.strip()[:_LONGEST]
    if _RFC_5322.fullmatch(text) and (moment := _rfc_5322(text)):
        return moment
    found = _COMPACT.match(text) or _ISO.match(text)
    if found is None:
        return find_moment(text)
    day = day_of(int(found["year"]), int(found["number"]), int(found["day"]))
    return day and at_time(day, found.groupdict())


def find_day_in_path(path: str) -> Moment | None:
    """Read the day in the *path* of a URL.

    ``/2024/01/05/``, ``/2024/jan/05/``, ``/2024/1/5/``, ``/2024/01/240105-storm``.
    """
    found = _IN_PATH.search(path)
    if not found:
        return None
    part = {name.rstrip("234"): text for name, text in found.groupdict().items() if text}
    month = part.get("number") or 1 + ENGLISH.index(part["month"])
    year = int(part["year"])
    return day_of(year if year > 99 else 2000 + year, int(month), int(part["day"]))


def _rfc_5322(text: str) -> Moment | None:
    """Read *text*; a time in a zone that RFC 5322 4.3 does not name is one without UTC."""
    try:
        time = parsedate_to_datetime(text)
    except ValueError:  # another language's month, or a day that never was
        return None
    if day_of(time.year, time.month, time.day) is None:
        return None
    # The standard library takes -0000 for no zone; the RFC says that it is UTC.
    zone = UTC if "-0000" in text else time.tzinfo
    return time_of(time.replace(tzinfo=None), zone)
