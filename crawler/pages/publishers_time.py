"""The day in the publisher's own time of a moment that is given in UTC alone.

Plugins of WordPress write UTC into JSON-LD, its themes write local time into ``<time>``; other
sites show local time, or have it in their addresses.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from crawler.dates import Moment, find_dates, parse_moment
from crawler.pages.declared_dates import attribute, in_meta
from crawler.pages.page_metadata import labels_below
from crawler.pages.shown_dates import ShownDates
from crawler.sources.html_links import shown_text

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.dates import Hints
    from crawler.pages.page_metadata import PageMetadata

_MOST, _FEW = 200, 20
_EARLIEST_EAST, _LATEST_WEST = "13", "09"  # hours of UTC in which it is another day elsewhere


def in_local_time(
    moment: Moment,
    metadata: PageMetadata,
    path_day: Moment | None,
    root: _Element,
    heading: _Element | None,
    hints: Hints,
) -> Moment:
    """Return *moment* in the publisher's own time, if it is in UTC and the page tells that.

    *path_day* is the day in the address of the page, *heading* that of its story.
    """
    if moment.gmt != moment.local:
        return moment
    if found := same_minute(moment, metadata):
        return found
    if path_day is not None and _may_be_same(moment, path_day.day):
        return replace(moment, local=path_day.day)
    if path_day == Moment(moment.day) or _EARLIEST_EAST > moment.local[11:13] > _LATEST_WEST:
        return moment
    if not _may_be_shown_otherwise(moment, metadata, heading, hints):
        return moment
    return _on_shown_day(moment, ShownDates(root, heading, hints, near_only=True))


def same_minute(moment: Moment, metadata: PageMetadata) -> Moment | None:
    """Return the same moment as another part of the page has it, in local time."""
    if moment.gmt is None:
        return None
    texts = chain(map(attribute, metadata.times[:_MOST]), in_meta(metadata))
    others = (other for other in map(parse_moment, texts) if other and other.is_same_minute(moment))
    return next((other for other in others if other.local != other.gmt), None)


def _may_be_shown_otherwise(
    moment: Moment, metadata: PageMetadata, heading: _Element | None, hints: Hints
) -> bool:
    """Tell, at little cost, whether another day is shown that *moment* may be of."""
    times = map(shown_text, metadata.times[:_FEW])
    texts = chain(times, () if heading is None else labels_below(heading))
    shown = (date for text in texts for date in find_dates(text, hints))
    return any(_may_be_same(moment, date.moment.day) for date in shown)


def _on_shown_day(moment: Moment, shown: ShownDates) -> Moment:
    """Return *moment*, on the day that is shown near the headline where only the zone differs."""
    for found in sorted(shown.dates, key=lambda each: shown.distance(each) or 0):
        is_near = shown.distance(found) is not None
        if is_near and found.is_bare and found.label in ("", "published"):
            if shown.is_elsewhere(found) or found.kind == "data":
                continue
            day = found.moment.day
            return replace(moment, local=day) if _may_be_same(moment, day) else moment
    return moment


def _may_be_same(moment: Moment, day: str) -> bool:
    """Tell whether *moment*, of which UTC alone is known, can be on *day* where it was written."""
    apart = (date.fromisoformat(day) - date.fromisoformat(moment.day)).days
    hour = moment.local[11:13]
    return bool(hour) and (
        (apart == 1 and hour >= _EARLIEST_EAST) or (apart == -1 and hour <= _LATEST_WEST)
    )
