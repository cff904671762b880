"""The days on a page, as readers see them or as its elements carry them, and where they stand.

A day counts by where it stands: near the headline, under which label, and not where days of
something else stand (other stories, comments, captions, the foot of the page).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias

from lxml import etree

from crawler.dates import find_dates
from crawler.pages.carried_dates import is_of_change, may_carry, read_carried
from crawler.pages.date_words import label_of
from crawler.sources.html_links import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.dates import Hints, Moment, WrittenDate
    from crawler.pages.carried_dates import Carrier
    from crawler.pages.date_words import Label

Kind: TypeAlias = "Carrier | Literal['text', 'lead']"

_MOST = 300
_MOST_TEXTS = 1_500
_LONGEST_LABEL = 150
# The parser puts elements that it does not know, as ``<time>``, into a head that was not closed.
_SKIPPED = frozenset(("script", "style", "select", "svg", "template", "title", "textarea"))
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[^\W\d_]+")
_MOST_WORDS = 6  # around a day that stands for itself
_LONGEST_GAP = 40  # letters between a label and its day
_LABEL_BEHIND = re.compile(r"[\s:：]{0,3}([\u2e80-\u9fff\uac00-\ud7af]{1,6})")
_BEFORE_LEAD = re.compile(r"[^.!?]{0,40}")
_BEHIND_LEAD = re.compile(r"[\s.)]{0,3}(?:[–—-]|\s\|).{20}", re.DOTALL)
_ABOVE, _BELOW, _LEADS = 8, 40, 5  # pieces of text around the headline, and behind those
_MOST_PROSES = 2  # a lead may stand between the headline and its day
_DEEPEST = 50
_FOREIGN_TAGS = frozenset(("nav", "form", "figure", "figcaption", "blockquote", "button"))
_FAR_TAGS = _FOREIGN_TAGS | {"footer", "aside"}
_PICTURES = frozenset(("figure", "figcaption"))  # captions have no <time>
_NAME = r"(?:^|[\s_-])(?:{})(?:$|[\s_-])"
_FOREIGN_NAMES = r"(?<!and-)comments?|kommentare?|disqus|related|tweet|instagram|calendar|kalender"
_FOREIGN = re.compile(_NAME.format(_FOREIGN_NAMES), re.IGNORECASE)
_FAR = re.compile(
    _NAME.format(
        rf"{_FOREIGN_NAMES}|(?<!article-)(?<!entry-)(?<!post-)footer|recommend\w*|sidebar|teasers?|widget|caption|copyright|events?|"
        r"popular|trending|newsletter|cookie\w*|consent|archives?|twitter|embed|promo|card|ticker|"
        r"weather|wetter|top-?bar|carousel|slider|mini|read-?next|more"
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ShownDate:
    """A day on the page.

    ``kind`` is how its element carries it, ``text`` if it stands in a text alone, ``lead`` if the
    text of the story begins with it. ``place`` is the number of the piece of text that it stands
    in or before, ``label`` what the words around it say, ``is_bare`` whether few others are there.
    """

    moment: Moment
    kind: Kind
    place: int
    element: _Element
    label: Label = ""
    is_bare: bool = True


class ShownDates:
    """The days below *root*, a page whose headline is *heading*.

    With ``near_only`` they are those above the headline and near it.
    """

    def __init__(
        self,
        root: _Element,
        heading: _Element | None,
        hints: Hints,
        *,
        near_only: bool = False,
    ) -> None:
        self._hints = hints
        self._texts: list[str] = []
        self._owners: list[_Element] = []
        self._carriers: list[tuple[int, _Element]] = []
        self._top = self._bottom = -1
        self._walk(root, heading, near_only=near_only)
        self._around, self._last_near = self._find_surroundings(heading)
        self.dates = list(islice(self._read(), _MOST))

    def distance(self, date: ShownDate) -> int | None:
        """Return how far from the headline *date* stands, None if that is not near."""
        if self._bottom <= date.place <= self._last_near:
            return date.place - self._bottom
        if self._top - _ABOVE <= date.place < self._bottom or date.element in self._around:
            return 2 * abs(self._top - date.place)
        return None

    def is_near(self, date: ShownDate) -> bool:
        """Tell whether *date* stands near the headline, or alone where one would be."""
        if self.distance(date) is None:
            return False
        return self._has_headline or not self.is_in_list(date)

    def is_below(self, date: ShownDate) -> bool:
        """Tell whether *date* stands behind the headline."""
        return date.place >= self._bottom

    def is_foreign(self, date: ShownDate) -> bool:
        """Tell whether *date* is that of a comment, a picture, a quoted post and the like."""
        return self._stands_in(date, _FOREIGN_TAGS, _FOREIGN)

    def is_elsewhere(self, date: ShownDate) -> bool:
        """Tell whether *date* stands where days of something else do.

        Near the headline fewer names are believed: the story's own day is in a card, too.
        """
        is_near = self.distance(date) is not None
        return self.is_foreign(date) if is_near else self._stands_in(date, _FAR_TAGS, _FAR)

    def is_in_list(self, date: ShownDate) -> bool:
        """Tell whether other days stand in elements like that of *date*, as in lists of stories."""
        shape = _shape(date.element)
        return any(
            other.moment.day != date.moment.day
            and other.place != date.place
            and _shape(other.element) == shape
            for other in self.dates
        )

    def is_alone(self, date: ShownDate) -> bool:
        """Tell whether all days that the page carries as *date* is are one day."""
        return len({each.moment.day for each in self.dates if each.kind == date.kind}) == 1

    def _stands_in(self, date: ShownDate, tags: frozenset[str], names: re.Pattern[str]) -> bool:
        """Tell whether *date* is in an element so called that the headline is not in."""
        if date.kind in ("time", "marked"):
            tags -= _PICTURES
        element: _Element | None = date.element
        for _ in range(_DEEPEST):
            if element is None or element in self._around:
                return False
            name = f"{element.get('class', '')} {element.get('id', '')}"
            if names.search(name[:300]) or (element.tag in tags and not self._is_foot(element)):
                return True
            element = element.getparent()
        return False

    def _is_foot(self, element: _Element) -> bool:
        """Tell whether *element* is the footer of the article that the headline is in."""
        around = element.getparent()
        is_article = around is not None and around.tag == "article" and around in self._around
        return element.tag == "footer" and is_article

    def _walk(self, root: _Element, heading: _Element | None, *, near_only: bool) -> None:
        walker = etree.iterwalk(root, events=("start", "end"))
        called: dict[str, bool] = {}
        texts, carriers = self._texts, self._carriers
        for event, element in walker:
            if event == "start":
                if element is heading:
                    self._top = len(texts)
                if element.tag in _SKIPPED:
                    walker.skip_subtree()
                    continue
                if len(carriers) < _MOST and may_carry(element, called):
                    carriers.append((len(texts), element))
                if (text := element.text) and not text.isspace():
                    self._add(text, element)
            else:
                if element is heading:
                    self._bottom = len(texts)
                if (text := element.tail) and not text.isspace():
                    self._add(text, element.getparent())
            if near_only and 0 <= self._bottom < len(texts) - _BELOW:
                return

    def _add(self, text: str, owner: _Element | None) -> None:
        if owner is not None:
            self._texts.append(text.strip())
            self._owners.append(owner)

    def _find_surroundings(self, heading: _Element | None) -> tuple[set[_Element], int]:
        """Return the headline with all that it stands in, and the last place that is near it.

        A page without a headline has its place before the first prose.
        """
        count = len(self._texts)
        self._has_headline = self._bottom >= 0
        if not self._has_headline:
            self._top = self._bottom = next(filter(self._is_prose, range(count)), count)
            heading = self._owners[self._top] if self._top < count else None
        proses = list(islice(filter(self._is_prose, range(self._bottom, count)), _MOST_PROSES))
        around = set() if heading is None else {heading, *heading.iterancestors()}
        return around, min(proses[-1] if proses else count, self._bottom + _BELOW)

    def _is_prose(self, place: int) -> bool:
        return len(self._texts[place]) > _LONGEST_LABEL

    def _read(self) -> Iterator[ShownDate]:
        for place, element in self._carriers:
            yield from self._read_carrier(place, element)
        for place in islice(filter(self._has_digits, self._places()), _MOST_TEXTS):
            text, owner = self._texts[place], self._owners[place]
            if len(text) <= _LONGEST_LABEL:
                kind: Kind = "time" if owner.tag == "time" else "text"
                yield from self._read_text(place, text, owner, kind)
            if self._top <= place <= self._last_near + _LEADS:
                yield from self._read_lead(place, text)

    def _places(self) -> Iterator[int]:
        """Yield all places, those around the headline first."""
        start = max(0, self._top - _ABOVE)
        yield from range(start, len(self._texts))
        yield from range(start)

    def _has_digits(self, place: int) -> bool:
        return _DIGIT.search(self._texts[place][: 2 * _LONGEST_LABEL]) is not None

    def _read_carrier(self, place: int, element: _Element) -> Iterator[ShownDate]:
        kind, moment = read_carried(element, self._hints)
        if kind == "called":
            text = shown_text(element)
            if len(text) <= _LONGEST_LABEL:
                yield from self._read_text(place, text, element, kind)
        elif moment and not (self._hints.latest and moment.day > self._hints.latest):
            label = "modified" if is_of_change(element) else self._label_before(place)
            yield ShownDate(self._as_shown(moment, element), kind, place, element, label)

    def _as_shown(self, moment: Moment, element: _Element) -> Moment:
        """Return *moment*, which *element* carries, on the day that it shows to readers.

        That is the day in the publisher's own time, and what they call that of publication.
        """
        text = shown_text(element) if element.tag == "time" else ""
        for date in find_dates(text, self._hints):
            if label_of(text[: date.start]) in ("", "published"):
                return moment if date.moment.day == moment.day else date.moment
        return moment

    def _read_text(self, place: int, text: str, owner: _Element, kind: Kind) -> Iterator[ShownDate]:
        found, end = find_dates(text, self._hints), 0
        dates = (text[date.start : date.end] for date in found)
        words = len(_WORDS.findall(text)) - sum(len(_WORDS.findall(date)) for date in dates)
        changed: Label = "modified" if is_of_change(owner) else ""
        for date in found:
            if date.start >= end:
                label = self._label(place, text, date, end) or changed
                is_bare = words <= _MOST_WORDS or label in ("published", "dated")
                yield ShownDate(date.moment, kind, place, owner, label, is_bare)
                end = date.end

    def _label(self, place: int, text: str, date: WrittenDate, end: int) -> Label:
        """Return the label in front of *date*, behind it, or in the piece of text before."""
        before = text[end : date.start]
        if label := label_of(f"{before} "):
            return label
        if behind := _LABEL_BEHIND.match(text, date.end):
            return label_of(behind[1])
        return "" if end or _WORDS.search(before) else self._label_before(place)

    def _label_before(self, place: int) -> Label:
        for earlier in reversed(self._texts[max(0, place - 2) : place]):
            if len(earlier) > _LONGEST_GAP or _DIGIT.search(earlier):
                return ""
            if _WORDS.search(earlier):
                return label_of(f"{earlier} ")
        return ""

    def _read_lead(self, place: int, text: str) -> Iterator[ShownDate]:
        """Yield the day that the story begins with (``29.11.2022 – Much has been …``)."""
        for date in find_dates(text, self._hints)[:1]:
            before = text[: date.start]
            if _BEFORE_LEAD.fullmatch(before) and _BEHIND_LEAD.match(text, date.end):
                yield ShownDate(date.moment, "lead", place, self._owners[place])


def _shape(element: _Element) -> tuple[str, str, str]:
    parent = element.getparent()
    around = "" if parent is None else f"{parent.tag!r} {parent.get('class', '')}"
    return (str(element.tag), element.get("class", ""), around)
