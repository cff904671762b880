"""The time of day that a written date has behind it, and its zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from crawler.dates.moment import time_of

if TYPE_CHECKING:
    from crawler.dates.moment import Moment

CLOCK = (
    r"(?P<hour>[0-2]?[0-9])[:.](?P<minute>[0-5][0-9])(?:[:.](?P<second>[0-5][0-9])(?:[.,][0-9]+)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"\s*(?P<zone>Z\b|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2}|UTC\b|GMT\b)?"
)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})$")


def at_time(day: Moment, part: dict[str, str | None]) -> Moment:
    """Return the time of *day* that the groups of `CLOCK` in *part* tell, *day* if they do not."""
    if part["hour"] is None:
        return day
    hour = int(part["hour"])
    if half := part.get("half"):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if hour > 23:
        return day
    local = f"{day.local}T{hour:02}:{part['minute']}:{part['second'] or '00'}"
    return time_of(datetime.fromisoformat(local), _zone(part.get("zone")))


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
