"""The date of publication: of JSON-LD, meta, ``<time>``, the URL, or what the page shows.

The first of these that has a date counts, but none later than the day of the capture. What is
written in UTC alone is told in the publisher's own time where the page says that time elsewhere:
plugins of WordPress write UTC into JSON-LD, the theme writes local time into ``<time>``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.dates import Hints, Moment, find_day_in_path, parse_moment
from crawler.pages.carried_dates import find_in_scripts
from crawler.pages.linked_data import strings, types
from crawler.pages.page_locale import locale
from crawler.pages.shown_dates import ShownDates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata
    from crawler.pages.shown_dates import ShownDate

# Names of meta elements, their letters alone. Those below say less: many sites write the day of
# the last change there.
_PUBLISHED = (
    *("articlepublishedtime", "ogarticlepublishedtime", "articlepublished", "datepublished"),
    *("ogpublishedtime", "ogpubdate", "pubdate", "publishdate", "publicationdate"),
    *("publishedat", "publisheddate", "publishedtime", "parselypubdate", "sailthrudate"),
    *("shareaholicarticlepublishedtime", "articlepublishdate", "cxenseparsepublishtime"),
    *("dctermscreated", "dctermsissued", "dcdateissued", "dcdatecreated", "dcdatepublished"),
    *("originalpublicationdate", "articledateoriginal", "cxenseparserecspublishtime"),
    *("btpubdate", "rnewsdatepublished", "displaydate", "datecreated", "ptime"),
)
_SAYING_LESS = ("dctermsdate", "dcdate", "date")
_MODIFIED = ("article:modified_time", "datemodified", "og:updated_time", "og:modified_time")
_CHANGED = frozenset(("updated", "modified"))
_PAGES = re.compile(r"Page$|^HowTo$")
_NO_LETTERS = re.compile(r"[^a-z]+")
_MOST = 200
_FIRST_DAY = "1995"  # an older one without a label is that of something in the story
_EARLIEST_EAST, _LATEST_WEST = "13", "09"  # hours of UTC in which it is another day elsewhere


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
    meta = _by_letters(metadata)
    declared = chain(
        _linked(node),
        _contents(meta, _PUBLISHED),
        (
            text
            for page in metadata.nodes
            if any(map(_PAGES.search, types(page)))
            for text in _linked(page)
        ),
    )
    path_day = find_day_in_path(urlsplit(url).path.lower())
    hints = Hints(locale(metadata, node, url), latest, short_years=True)
    moment = _first(declared, latest)
    if moment is None:
        days = _undeclared(ShownDates(root, heading, hints), meta, path_day, root)
        return next((day for day in days if day and not (latest and day.day > latest)), None)
    if moment.gmt != moment.local:
        return moment
    if found := _in_local_time(moment, metadata, path_day):
        return found
    if path_day == Moment(moment.day) or _EARLIEST_EAST > moment.local[11:13] > _LATEST_WEST:
        return moment
    return _on_shown_day(moment, ShownDates(root, heading, hints, near_only=True))


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
    if find_day_in_path(urlsplit(url).path.lower()):
        return True
    told = chain(
        chain.from_iterable(metadata.meta.values()),
        chain.from_iterable(map(_linked, metadata.nodes)),
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
    shown: ShownDates, meta: dict[str, list[str]], path_day: Moment | None, root: _Element
) -> Iterator[Moment | None]:
    """Yield the days of a page that declares none, the best first."""
    yield _best(shown, _rank_of_mark)
    yield _first(_contents(meta, _SAYING_LESS))
    yield path_day
    yield _best(shown, _rank_of_text)
    yield find_in_scripts(root)


def modified(metadata: PageMetadata, node: Node) -> Moment | None:
    """Return the date of the last change, None if the page names none."""
    named = [element for element in metadata.times if _CHANGED & _classes(element)]
    moment = _first(strings(node.get("dateModified"))) or _first(
        content for name in _MODIFIED for content in metadata.meta.get(name, ())
    )
    if moment is None:
        return _first(map(_attribute, named))
    return _same_minute(moment, metadata) or moment


def _linked(node: Node) -> list[str]:
    return strings(node.get("datePublished")) or strings(node.get("dateCreated"))


def _is_page(node: Node) -> bool:
    return any(map(_PAGES.search, types(node)))


def _by_letters(metadata: PageMetadata) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, contents in metadata.meta.items():
        found.setdefault(_NO_LETTERS.sub("", name), []).extend(contents)
    return found


def _contents(meta: dict[str, list[str]], names: Iterable[str]) -> Iterator[str]:
    return (content for name in names for content in meta.get(name, ()))


def _first(texts: Iterable[str], latest: str = "") -> Moment | None:
    moments = filter(None, map(parse_moment, texts))
    return next((moment for moment in moments if not (latest and moment.day > latest)), None)


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else ""


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
    is_near = shown.distance(found) is not None
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
    is_near = shown.distance(found) is not None
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


def _in_local_time(
    moment: Moment, metadata: PageMetadata, path_day: Moment | None
) -> Moment | None:
    """Return the same moment as another part of the page has it, in local time."""
    if found := _same_minute(moment, metadata):
        return found
    if path_day is not None and _may_be_same(moment, path_day.day):
        return replace(moment, local=path_day.day)
    return None


def _same_minute(moment: Moment, metadata: PageMetadata) -> Moment | None:
    if moment.gmt is None:
        return None
    texts = chain(
        map(_attribute, metadata.times[:_MOST]), _contents(_by_letters(metadata), _PUBLISHED)
    )
    others = (other for other in map(parse_moment, texts) if other and other.is_same_minute(moment))
    return next((other for other in others if other.local != other.gmt), None)


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


def _attribute(element: _Element) -> str:
    return element.get("datetime") or element.get("content") or element.get("title") or ""


def _classes(element: _Element) -> set[str]:
    return set((element.get("class") or "").lower().split())
