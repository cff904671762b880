"""WARC-Date fields, and the timestamps of an index: the same times, in digits alone, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z)?)?)?")
_TO_THE_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)


def warc_date(time: datetime) -> str:
    """Return *time* as a WARC-Date in UTC with microseconds (WARC/1.1, 5.4)."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def is_exact_date(date: str) -> bool:
    """Return whether *date* is a WARC-Date to the second or finer, as other tools require it."""
    return _TO_THE_SECOND.fullmatch(date) is not None


def timestamp(date: str) -> str:
    """Return the 14 digits of a WARC-Date, which may end early (WARC/1.1, 5.4).

    Raises ValueError for anything else.
    """
    if not _DATE.fullmatch(date):
        raise ValueError(f"WARC-Date is {date[:40]!r}, expected such as 2024-04-11T08:30:00Z")
    digits = date[:19].replace("-", "").replace("T", "").replace(":", "").rstrip("Z")
    return digits + "00000101000000"[len(digits) :]


def precise_timestamp(date: str) -> str:
    """Return the 20 digits of a WARC-Date, down to its microseconds.

    Raises ValueError as `timestamp`.
    """
    fraction = date[20:].rstrip("Z")
    return timestamp(date) + f"{fraction:0<6.6}"


def timestamp_to_warc_date(digits: str) -> str:
    """Return a timestamp of 4 to 14 digits as a WARC-Date, which is RFC 3339 too."""
    fields = [digits[:4], *(digits[i : i + 2] for i in range(4, len(digits), 2))]
    day, time = "-".join(fields[:3]), ":".join(fields[3:])
    return f"{day}T{time + ':00' if len(fields) == 4 else time}Z" if time else day


def parse_timestamp(digits: str) -> datetime:
    """Return the time in UTC of a timestamp of 14 to 20 digits. Raises ValueError for none."""
    return datetime.strptime(f"{digits:0<20.20}", "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
