"""How far the lists of a site were seen, so that the next run need not read them whole.

All times of posts are the site's own, without zone, as its lists show them and as its filters
compare them. The only other clock is that of its Date header: of the moment at which a list was
read. Nothing is compared with a clock of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from crawler.sources.wordpress.post_listing import ListedPost, local_time

OVERLAP = timedelta(days=2)
"""How far behind what was seen the next run begins: a scheduled post has the date that it was
scheduled for, and may come late; clocks are set back, by an hour in autumn."""

_AHEAD = timedelta(hours=14)  # of UTC, in the zone that is furthest


def list_name(post_type: str, language: str = "") -> str:
    """Return the name of the list of *post_type* in *language*."""
    return f"{post_type} {language}".strip()


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest ``date`` and ``modified`` on a list."""

    date: datetime
    modified: datetime

    def bounds(self, now: datetime | None) -> tuple[datetime, datetime]:
        """Return from where on the next run asks for dates, and for changes.

        *now*, of the site in UTC, holds where its clock was set back since.
        """
        latest = [now + _AHEAD] if now else []
        return min([self.date, *latest]) - OVERLAP, min([self.modified, *latest]) - OVERLAP


def latest(posts: Iterable[ListedPost], now: datetime, before: Seen | None) -> Seen | None:
    """Return how far *posts* and what was seen *before* go; None if they do not tell.

    *now*, of the site in UTC, is when they were listed: what lies ahead of it in every zone (an
    announcement, a slip of the hand) tells nothing of what will come.
    """
    dates = [before.date] if before else []
    changes = [before.modified] if before else []
    for post in posts:
        dates += _until(now + _AHEAD, post.date)
        changes += _until(now + _AHEAD, post.modified)
    return Seen(max(dates), max(changes)) if dates and changes else None


def _until(moment: datetime, text: str) -> Iterator[datetime]:
    time = local_time(text)
    if time and time <= moment:
        yield time


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkState:
    """What the next run has to know of the last ones that came to their end.

    ``walked`` is when the last one began that read all lists whole, by our clock. ``seen`` says
    how far each list was seen, ``owed`` the ids on each whose texts could not be read,
    ``miscounts`` by how many posts the site counts more than a list has.
    """

    walked: datetime
    seen: Mapping[str, Seen] = field(default_factory=dict)
    owed: Mapping[str, list[int]] = field(default_factory=dict)
    miscounts: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the state as text for the ledger."""
        seen = {name: [str(one.date), str(one.modified)] for name, one in self.seen.items()}
        counts = {"owed": dict(self.owed), "miscounts": dict(self.miscounts)}
        return json.dumps({"walked": str(self.walked), "seen": seen, **counts})

    @classmethod
    def from_json(cls, text: str | None) -> Self | None:
        """Read *text*; None if it is none, or that of another release."""
        try:
            return cls._read(json.loads(text or "null"))
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    @classmethod
    def _read(cls, found: Any) -> Self:
        seen = {
            str(name): Seen(*map(datetime.fromisoformat, times))
            for name, times in found["seen"].items()
        }
        owed = {str(name): [int(one) for one in ids] for name, ids in found["owed"].items()}
        walked = datetime.fromisoformat(found["walked"]).astimezone(UTC)
        miscounts = {str(name): int(more) for name, more in found["miscounts"].items()}
        return cls(walked=walked, seen=seen, owed=owed, miscounts=miscounts)
