"""A day, or a time of it, as a publisher gave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

_FIRST_YEAR = 1700  # the age of the oldest newspapers; software writes 0001 for "unknown"
_EPOCH = "1970-01-01"


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


def day_of(year: int, month: int, day: int) -> Moment | None:
    """Return the day, None if there was none, or none that a newspaper can have been of."""
    try:
        local = date(year, month, day).isoformat()
    except ValueError:
        return None
    return Moment(local) if year >= _FIRST_YEAR and local != _EPOCH else None


def time_of(local: datetime, zone: tzinfo | None) -> Moment:
    """Return the moment of *local* time in *zone*, which may be unknown."""
    return Moment(local.isoformat(), _in_utc(local, zone))


def _in_utc(local: datetime, zone: tzinfo | None) -> str | None:
    if zone is None:
        return None
    try:
        return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None).isoformat()
    except OverflowError:
        return None
