"""Rows of elements alike on a page, each with a time and some prose: what may be a live blog's."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from crawler.pages.live_times import ShownTime, shown_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_WHOLE = frozenset(("body", "html", "main"))
_ENTRIES = frozenset(("div", "li", "article", "section"))
_UPDATE = "liveBlogUpdate"
_LEVELS = 8  # between a time and the entry around it
_NEAR = 3  # elements around an entry whose names say what it is
_MOST_ROWS = 6
_LEAST_TIMES, _LEAST_DECLARED = 3, 2
_MOST_TIMES = 3  # of an entry: what has more holds entries
_DIGITS = re.compile(r"[0-9]+")
_UNREAD = frozenset(
    (
        *("a", "script", "style", "template", "noscript", "svg", "button", "select", "textarea"),
        *("figure", "figcaption", "nav", "footer", "form", "time"),
    )
)
_Key = tuple[object, ...]
_Times = dict["_Element", ShownTime]


class Entry(NamedTuple):
    """An element that may be an entry of a live blog, and its time, None if it shows none."""

    element: _Element
    time: ShownTime | None


class Row(NamedTuple):
    """The entries of one kind, in the order of the page, and the letters of prose in each.

    ``times`` has those of all elements on the page around a time.
    """

    entries: list[Entry]
    prose: list[int]
    times: _Times

    @property
    def names(self) -> str:
        """The classes and ids of an entry and of what is near around it."""
        first = self.entries[0].element
        around = (first, *islice(first.iterancestors(), _NEAR))
        named = (element for element in around if element.tag not in _WHOLE)
        return " ".join(f"{one.get('class', '')} {one.get('id', '')}" for one in named)

    @property
    def is_declared(self) -> bool:
        """Tell whether the entries are called updates of a live blog in microdata."""
        return self.entries[0].element.get("itemprop") == _UPDATE

    def all_entries(self) -> list[Entry]:
        """Return the entries, and those of other kinds between them that show times too."""
        own = {entry.element for entry in self.entries}
        parents = {around for element in own if (around := element.getparent()) is not None}
        beside = (child for around in parents for child in around.iterchildren(*_ENTRIES))
        wanted = own.union(child for child in beside if child in self.times)
        found = _outermost(next(iter(own)).getroottree().getroot(), wanted)
        while found and found[0] not in own:
            del found[0]
        while found and found[-1] not in own:
            del found[-1]
        return [Entry(element, self.times.get(element)) for element in found]


def find_rows(root: _Element, *, any_time: bool) -> list[Row]:
    """Return the rows of elements alike with times in them, those with most of them.

    *any_time* takes times without a clock as well, and rows that are declared by microdata.
    """
    timed: dict[_Key, _Times] = defaultdict(dict)
    numbers: dict[_Key, int] = defaultdict(int)
    times: _Times = {}
    # A clock says more than how long ago it was, where an entry shows both.
    for time in sorted(shown_times(root, any_time=any_time), key=lambda time: time.minutes is None):
        for element in _around(time.element):
            times.setdefault(element, time)
            for key in _keys(element):
                timed[key].setdefault(element, time)
                numbers[key] += 1
    least = _LEAST_DECLARED if any_time else _LEAST_TIMES
    many = [
        key
        for key, found in timed.items()
        if len(found) >= least and numbers[key] <= _MOST_TIMES * len(found)
    ]
    many.sort(key=lambda key: -len(timed[key]))
    alike = [_alike(key, timed[key]) for key in many[:_MOST_ROWS]]
    if any_time:
        alike.insert(0, set(root.iterfind(f".//*[@itemprop='{_UPDATE}']")))
    return [_row(root, elements, times) for elements in alike if elements]


def _around(element: _Element) -> Iterator[_Element]:
    around: _Element | None = element
    for _ in range(_LEVELS):
        around = around.getparent() if around is not None else None
        if around is None or around.tag in _WHOLE:
            return
        if around.tag in _ENTRIES:
            yield around


def _keys(element: _Element) -> set[_Key]:
    """Return by what *element* is known among those alike: its names, or the first of them."""
    around = element.getparent()
    if around is None:
        return set()
    names = _DIGITS.sub("", element.get("class", "")).split()
    beside: object = _DIGITS.sub("", around.get("class", "")) or around
    return {(element.tag, " ".join(some), beside) for some in (names, names[:1])}


def _alike(key: _Key, times: _Times) -> set[_Element]:
    parents = {around for element in times if (around := element.getparent()) is not None}
    return {
        element
        for around in parents
        for element in around.iterchildren(*_ENTRIES)
        if key in _keys(element)
    }


def _row(root: _Element, elements: set[_Element], times: _Times) -> Row:
    entries = [Entry(element, times.get(element)) for element in _outermost(root, elements)]
    return Row(entries, [letters_of_prose(entry.element) for entry in entries], times)


def _outermost(root: _Element, elements: set[_Element]) -> list[_Element]:
    """Return those of *elements* that stand in no other, in the order of the page."""
    found, walk = [], etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if element in elements:
            found.append(element)
            walk.skip_subtree()
    return found


def letters_of_prose(element: _Element) -> int:
    """Return the letters of the lines in *element* that are no links, captions or scripts."""
    letters, walk = 0, etree.iterwalk(element, events=("start",))
    for _, inner in walk:
        if inner.tag in _UNREAD:
            walk.skip_subtree()
        else:
            letters += len((inner.text or "").strip())
        if inner is not element:
            letters += len((inner.tail or "").strip())
    return letters
