"""When the stories of a source were published, as moments that can be compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.state.store import Store

_DAY = timedelta(days=1)
_KEYS = 16**8


def published_times(store: Store, source: str, since: datetime | None = None) -> list[datetime]:
    """Return when the stories held of *source* were published, in any order, in UTC.

    Those of the day of *since* and later. No story was published after it was collected. One of
    which the day alone is known gets a time of that day that its key chooses, so that they are
    spread evenly and tell nothing of the hours. A time without a zone is taken for UTC.
    """
    day = since.astimezone(UTC).date().isoformat() if since else ""
    moments = (_moment(*row) for row in store.published(source, day))
    return [moment for moment in moments if moment]


def _moment(published: str, collected: str, key: str) -> datetime | None:
    moment, latest = as_moment(published), as_moment(collected)
    if moment is None:
        return None
    if len(published) == len("2024-01-05"):
        day = min(_DAY, max(timedelta(0), latest - moment)) if latest else _DAY
        return moment + int(key[:8], 16) / _KEYS * day
    return min(moment, latest) if latest else moment


def as_moment(text: str) -> datetime | None:
    """Return the moment that *text* is (ISO 8601; in UTC if it names no zone), None for none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
