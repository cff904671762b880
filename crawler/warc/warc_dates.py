"""WARC-Date fields, and the timestamps of an index: the same times, in digits alone, in UTC.

The standard has one form, which may end early (WARC/1.1, 5.4). Tools write others, and all that
tell one moment are read (`read_date`); what we write ourselves is exact (`warc_date`).
"""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_STANDARD = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:(?!60)\d\d(\.\d{1,9})?)?Z)?)?)?", re.ASCII)
_TO_THE_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:(?!60)\d\d(?:\.\d{1,9})?Z", re.ASCII)
_ZONE = r" ?(?P<zone>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?"
_WITH_SIGNS = re.compile(
    r"(?P<year>\d{4})[-/](?P<month>\d\d)(?:[-/](?P<day>\d\d)(?:(?:[Tt_]| {1,2})(?P<hour>\d\d)"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,20}))?)?)?"
    rf"{_ZONE})?)?",
    re.ASCII,
)
_IN_DIGITS = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:[Tt]?(?P<hour>\d\d)(?:(?P<minute>\d\d)"
    rf"(?:(?P<second>\d\d)(?:[.,]?(?P<fraction>\d{{1,20}}))?)?)?{_ZONE})?)?)?",
    re.ASCII,
)
_IN_A_HEADER = re.compile(r"(?:[A-Za-z]{3,9}, )?\d{1,2}[ -][A-Za-z]{3}[ -]\d{4} [ -~]{5,20}")
_SIGNS = dict.fromkeys(map(ord, "-T:"))
_LONGEST = 64
_LEAP_SECOND = 60
_DIGITS_OF_A_YEAR = 4
_DIGITS_OF_A_MONTH = 6


@dataclass(slots=True, frozen=True, kw_only=True)
class ReadDate:
    """The moment that a WARC-Date tells.

    ``moment`` is in UTC, the first one of what the field leaves open. ``date`` is that as an exact
    WARC-Date: the field itself where it is exact. ``is_standard`` says whether the field is as
    WARC/1.1, 5.4 has it, ``is_exact`` whether it is besides to the second or finer.
    """

    field: str
    moment: datetime
    date: str
    is_standard: bool
    is_exact: bool

    @property
    def last_day(self) -> str:
        """The last day (ISO 8601) that the field leaves open."""
        digits = len(self.field.replace("-", "").replace("/", ""))
        if digits > _DIGITS_OF_A_MONTH:
            return self.date[:10]
        year, month = self.moment.year, self.moment.month if digits > _DIGITS_OF_A_YEAR else 12
        return f"{year:04d}-{month:02d}-{monthrange(year, month)[1]:02d}"

    @property
    def remark(self) -> str:
        """Return what is to be said of the field: nothing of an exact one."""
        if self.is_exact:
            return ""
        what = "less than a second" if self.is_standard else "not as WARC/1.1, 5.4 has it"
        return f"WARC-Date: found {self.field!r}, {what}; read as {self.date}"


def read_date(text: str) -> ReadDate | None:
    """Return the moment that the WARC-Date *text* tells, None if it tells none.

    Read are, besides the standard's form: offsets from UTC (no zone is UTC), a blank or nothing in
    the place of T, digits without their signs (4 to 14, and a fraction behind them), and the dates
    of HTTP headers. A day or an hour that no calendar has is no date.
    """
    if len(text) > _LONGEST:
        return None
    text = text.strip(" \t")
    with suppress(ValueError, OverflowError):
        found = _WITH_SIGNS.fullmatch(text) or _IN_DIGITS.fullmatch(text)
        moment = _moment(found) if found else _moment_in_a_header(text)
        if moment:
            is_exact = is_exact_date(text)
            return ReadDate(
                field=text,
                moment=moment,
                date=text if is_exact else _exact(moment),
                is_standard=_STANDARD.fullmatch(text) is not None,
                is_exact=is_exact,
            )
    return None


def _moment(found: re.Match[str]) -> datetime:
    names = ("year", "month", "day", "hour", "minute", "second")
    year, month, day, hour, minute, second = (
        int(found[name] or least) for name, least in zip(names, "011000", strict=True)
    )
    leap = second == _LEAP_SECOND
    microsecond = int(f"{found['fraction'] or '':0<6.6}")
    zone = _zone(found["zone"])
    time = datetime(year, month, day, hour, minute, second - leap, microsecond, zone)
    return (time + timedelta(seconds=leap)).astimezone(UTC)


def _zone(text: str | None) -> timezone:
    if not text or not text.startswith(("+", "-")):
        return UTC
    digits = text[1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-ahead if text[0] == "-" else ahead)


def _moment_in_a_header(text: str) -> datetime | None:
    if not _IN_A_HEADER.fullmatch(text):
        return None
    time = parsedate_to_datetime(text)
    return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)


def _exact(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def warc_date(time: datetime) -> str:
    """Return *time* as a WARC-Date in UTC with microseconds (WARC/1.1, 5.4)."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def is_exact_date(date: str) -> bool:
    """Return whether *date* is a WARC-Date to the second or finer, as other tools require it."""
    if not _TO_THE_SECOND.fullmatch(date):
        return False
    with suppress(ValueError):
        return bool(datetime.fromisoformat(date[:19]))
    return False


def timestamp(date: str) -> str:
    """Return the 14 digits of a WARC-Date, as `read_date` reads it. Raises ValueError for none."""
    return precise_timestamp(date)[:14]


def precise_timestamp(date: str) -> str:
    """Return the 20 digits of a WARC-Date, down to its microseconds.

    Raises ValueError as `timestamp`.
    """
    if is_exact_date(date):  # as most are, and this takes a tenth of the time
        return date[:19].translate(_SIGNS) + f"{date[20:26].rstrip('Z'):0<6}"
    found = read_date(date)
    if found is None:
        raise ValueError(f"WARC-Date is {date[:40]!r}, expected such as 2024-04-11T08:30:00Z")
    return found.moment.strftime("%Y%m%d%H%M%S%f").rjust(20, "0")


def timestamp_to_warc_date(digits: str) -> str:
    """Return a timestamp of 4 to 14 digits as a WARC-Date, which is RFC 3339 too."""
    fields = [digits[:4], *(digits[i : i + 2] for i in range(4, len(digits), 2))]
    day, time = "-".join(fields[:3]), ":".join(fields[3:])
    return f"{day}T{time + ':00' if len(fields) == 4 else time}Z" if time else day


def parse_timestamp(digits: str) -> datetime:
    """Return the time in UTC of a timestamp of 14 to 20 digits. Raises ValueError for none."""
    return datetime.strptime(f"{digits:0<20.20}", "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
