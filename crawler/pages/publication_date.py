"""The date of publication: of JSON-LD, meta, ``<time>``, the URL, or what the page shows.

The first of these that has a date counts, but none later than the day of the capture. It is told
in the publisher's own time where the page says that.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.dates import Hints, find_day_in_path
from crawler.pages.carried_dates import find_in_scripts
from crawler.pages.declared_dates import attribute, declared, first, in_vague_meta, linked
from crawler.pages.linked_data import strings
from crawler.pages.page_locale import locale
from crawler.pages.publishers_time import in_local_time, same_minute
from crawler.pages.shown_dates import ShownDates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element

    from crawler.dates import Moment
    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata
    from crawler.pages.shown_dates import ShownDate

_MODIFIED = ("article:modified_time", "datemodified", "og:updated_time", "og:modified_time")
_CHANGED = frozenset(("updated", "modified"))
_MOST = 200
_FIRST_DAY = "1995"  # an older one without a label is that of something in the story


def published(
    metadata: PageMetadata,
    node: Node,
    url: str,
    root: _Element,
    heading: _Element | None,
    captured: str = "",
) -> Moment | None:
    """Return the date of publication of the page at *url*; *heading* is that of its story.

    *captured* is the day on which the page was captured (ISO 8601), empty if unknown.
    """
    latest = _day_after(captured)
    path_day = find_day_in_path(urlsplit(url).path.lower())
    hints = Hints(locale(metadata, node, url), latest, short_years=True)
    if moment := first(declared(metadata, node), latest):
        return in_local_time(moment, metadata, path_day, root, heading, hints)
    days = _undeclared(metadata, path_day, root, ShownDates(root, heading, hints))
    return next((day for day in days if day and not (latest and day.day > latest)), None)


def declared_later(metadata: PageMetadata, node: Node) -> Moment | None:
    """Return the date that the page declares, even if it is later than the day of its capture."""
    return first(declared(metadata, node))


def is_told_of_story(
    day: Moment,
    metadata: PageMetadata,
    node: Node,
    url: str,
    root: _Element,
    heading: _Element | None,
) -> bool:
    """Tell whether *day*, found on the page, stands where that of a story does.

    That is in its head, in its address, in a ``<time>`` or near the headline: a day further down
    may be that of anything.
    """
    if find_day_in_path(urlsplit(url).path.lower()) or find_in_scripts(root) == day:
        return True
    told = chain(
        chain.from_iterable(metadata.meta.values()),
        chain.from_iterable(map(linked, metadata.nodes)),
        (element.get("datetime") or "" for element in metadata.times),
    )
    if any(day.day in text for text in islice(told, _MOST)):
        return True
    hints = Hints(locale(metadata, node, url), short_years=True)
    near = ShownDates(root, heading, hints, near_only=True)
    return any(
        each.moment.day == day.day and near.distance(each) is not None for each in near.dates
    )


def _undeclared(
    metadata: PageMetadata, path_day: Moment | None, root: _Element, shown: ShownDates
) -> Iterator[Moment | None]:
    """Yield the days of a page that declares none, the best first."""
    yield _best(shown, _rank_of_mark)
    yield first(in_vague_meta(metadata))
    yield path_day
    yield _best(shown, _rank_of_text)
    yield find_in_scripts(root)


def modified(metadata: PageMetadata, node: Node) -> Moment | None:
    """Return the date of the last change, None if the page names none."""
    named = [element for element in metadata.times if _CHANGED & _classes(element)]
    moment = first(strings(node.get("dateModified"))) or first(
        content for name in _MODIFIED for content in metadata.meta.get(name, ())
    )
    if moment is None:
        return first(map(attribute, named))
    return same_minute(moment, metadata) or moment


def _day_after(day: str) -> str:
    is_known = "" < day < date.max.isoformat()
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if is_known else ""


def _best(shown: ShownDates, rank: Callable[[ShownDates, ShownDate], int | None]) -> Moment | None:
    """Return the date of the lowest rank; of those alike, the one nearest to the headline."""
    ranked = [
        (found, shown.distance(each) or 0, number)
        for number, each in enumerate(shown.dates)
        if (found := rank(shown, each)) is not None
    ]
    return shown.dates[min(ranked)[2]].moment if ranked else None


def _rank_of_mark(shown: ShownDates, found: ShownDate) -> int | None:
    """Return the rank of a date that the markup says is one, None if it is not of the story."""
    if found.kind not in ("marked", "time") or found.label in ("modified", "other"):
        return None
    if shown.is_elsewhere(found):
        return 4 if shown.is_alone(found) and not shown.is_foreign(found) else None
    is_near = shown.is_near(found)
    if is_near:
        return 0 if found.kind == "marked" else 1
    if shown.is_in_list(found):
        return None
    if found.kind == "marked":
        return 2
    return 3 if shown.is_below(found) else None


def _rank_of_text(shown: ShownDates, found: ShownDate) -> int | None:
    """Return the rank of a date that readers see, None if it is not of the story."""
    if found.label == "other" or shown.is_foreign(found):
        return None
    if found.moment.day < _FIRST_DAY and found.label != "published":
        return None
    is_near = shown.is_near(found)
    if found.label == "modified":
        return 9 if is_near else None
    if found.kind == "lead":
        return 2
    if is_near and found.is_bare:
        return 0 if found.label == "published" else 1
    return _rank_of_far_text(shown, found)


def _rank_of_far_text(shown: ShownDates, found: ShownDate) -> int | None:
    if found.kind == "data" or not found.is_bare or shown.is_in_list(found):
        return None
    if shown.is_elsewhere(found):
        return 7 if found.kind == "called" and shown.is_alone(found) else None
    if found.label == "published":
        return 3
    if not shown.is_below(found):
        return None
    if found.label == "dated":
        return 4
    return 5 if found.kind == "called" else 6


def _classes(element: _Element) -> set[str]:
    return set((element.get("class") or "").lower().split())
