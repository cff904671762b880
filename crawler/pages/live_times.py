"""Times of day as a page shows them beside what happened then, and minutes of a match."""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from crawler.dates import find_dates
from crawler.text.elements import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

MOST = 3_000
_LEAST = 3
_CLOCK = re.compile(
    r"(?<![\d.,:/])(?:(?P<hour>[0-2]?\d)\s?[:.h：]\s?(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![.,:/]?\d)"
    r"|(?P<hour_cjk>[0-2]?\d)\s?[時时点點시]\s?(?P<minute_cjk>[0-5]?\d)\s?[分분]"
    r"|(?P<played>\d{1,3})(?:\s?\+\s?\d{1,2})?\s?['’′])"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
# What is seen of a time in markup that is not parsed, at the start and at the end of a text: each
# begins with a letter that is quickly found.
_AT_START = re.compile(r">\s{0,40}+\d{1,3}(?:\s?[:.h：]\s?\d\d|[時时点點시]|['’′+])")
_AT_END = re.compile(r":\d\d[^<>\"]{0,8}<")
_SHORT = 80  # letters: a longer text is none of a time
_MAY_BE_TIME = re.compile(r"[0-9](?:[:.h：][0-9]{2}|['’′])|[分분]")
_NO_TEXT = frozenset(("script", "style", "template", "noscript", "textarea", "option"))
_LONGEST, _MOST_PIECES = 40, 12  # letters of a time, texts in it
_LONGEST_REST = 24
_REST = re.compile(r"[\W\d_]*(?:\b[^\W\d_]{1,5}\b[\W\d_]*){0,2}")
_REST_WITH_DAY = re.compile(r"(?=\D*\d)[\W\d_]*(?:\b[^\W\d_]{1,12}\b[\W\d_]*){0,3}")
_LABEL = re.compile(r"(?:[^\W\d_]+\s){2,3}")
_AT = re.compile(r"[\s,][^\W\d_]{1,2}$")  # "2 May 2024 at"
_MARKS = " ,;:|·•–—-"
_CALLED = re.compile(r"time|date|hour|heure|zeit|uhr|hora|\bora\b|minute", re.IGNORECASE)


class ShownTime(NamedTuple):
    """A time that *element* shows, ``minutes`` since midnight or kick-off; None without a clock.

    ``is_alone`` tells whether the element shows nothing else. ``day`` is the day beside the time,
    which is not in ``text``, empty if there is none with a year.
    """

    element: _Element
    text: str
    minutes: int | None
    is_alone: bool
    day: str = ""


def has_times(html: str) -> bool:
    """Tell whether the markup may hold some times: a quick test for each page."""
    return any(
        sum(1 for _ in islice(pattern.finditer(html), _LEAST)) == _LEAST
        for pattern in (_AT_START, _AT_END)
    )


def shown_times(root: _Element, *, any_time: bool) -> Iterator[ShownTime]:
    """Yield the times on the page below *root*: no order, each element once.

    *any_time* takes ``<time>`` elements without a clock as well ("an hour ago").
    """
    seen = set()
    for element in islice(root.iter("time"), MOST):
        seen.add(element)
        text = _shown(element)
        found = _CLOCK.search(text)
        if any_time or found:
            yield _alone(element, text, found)
    for around, text in islice(_short_texts(root), MOST):
        if around in seen or around.tag in _NO_TEXT:
            continue
        seen.add(around)
        if (time := _of_element(around, text)) is not None:
            yield time


def _short_texts(root: _Element) -> Iterator[tuple[_Element, str]]:
    """Yield the texts that may be a time, in the order of the page, and the elements around them.

    XPath would say it in one line, and takes three times as long.
    """
    for event, element in etree.iterwalk(root, events=("start", "end")):
        text, around = (element.text, element) if event == "start" else (element.tail, None)
        if text and len(text) < _SHORT and _MAY_BE_TIME.search(text):
            around = element.getparent() if around is None else around
            if around is not None:
                yield around, text


def _of_element(element: _Element, text: str) -> ShownTime | None:
    """Return the time that *element* shows alone, or in front of a headline."""
    if next(element.iterancestors("time"), None) is not None:
        return None
    if element.tag in HEADINGS:
        start = _CLOCK.match(text.strip())
        return start and ShownTime(element, text.strip(), _minutes(start), is_alone=False)
    shown = _shown(element)
    found = _CLOCK.search(shown)
    if found is None:
        return None
    rest = shown[: found.start()] + " " + shown[found.end() :]
    is_called = _CALLED.search(element.get("class", ""))
    if (
        _REST.fullmatch(rest)
        or _REST_WITH_DAY.fullmatch(rest)
        or (is_called and len(rest) <= _LONGEST_REST)
    ):
        return _alone(element, shown, found)
    return None


def _alone(element: _Element, shown: str, found: re.Match[str] | None) -> ShownTime:
    """Return the time *found* in what *element* shows, its day apart."""
    days = find_dates(shown) if found is not None else []
    if found is None or not days:
        text = _without_label(shown, found)
        return ShownTime(element, text, _minutes(found), is_alone=True)
    start, end = days[0].start, days[0].end
    if start < found.start() < end:
        end = found.start()
    day = _AT.sub("", shown[start:end].strip(_MARKS))
    clock = shown[found.start() :] if start < found.start() else shown[:start]
    text = _without_label(clock, _CLOCK.search(clock)).strip(_MARKS)
    return ShownTime(element, text, _minutes(found), is_alone=True, day=day)


def _without_label(shown: str, found: re.Match[str] | None) -> str:
    """Return the time that is *shown* without the words of a label in front: "Posted at"."""
    is_labelled = found is not None and _LABEL.fullmatch(shown[: found.start()])
    return shown[found.start() :] if found is not None and is_labelled else shown


def _shown(element: _Element) -> str:
    """Return the text that *element* shows, empty if that is too long for a time."""
    shown = " ".join("".join(islice(element.itertext(), _MOST_PIECES)).split())
    return shown if len(shown) <= _LONGEST else ""


def _minutes(found: re.Match[str] | None) -> int | None:
    if found is None:
        return None
    if found["played"]:
        return int(found["played"])
    hour = int(found["hour"] or found["hour_cjk"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    return 60 * hour + int(found["minute"] or found["minute_cjk"])


def are_descending(minutes: list[int]) -> bool:
    """Tell whether *minutes* go back in time, but for midnights and a few in between."""
    pairs = list(pairwise(minutes))
    back = sum(first >= second for first, second in pairs)
    return len(set(minutes)) > 1 and back >= 0.75 * len(pairs)
