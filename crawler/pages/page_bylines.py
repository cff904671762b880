"""The bylines that readers see on a page: the one nearest to the headline of the story counts.

Sources: HTML Living Standard 4.3.10 (address) and 4.6.7 (rel=author); schema.org/author; the
microformats hCard and h-card.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from crawler.sources.html_links import shown_text
from crawler.text.signatures import is_full, is_label, labelled, signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.etree import _Element

_MOST_ELEMENTS = 50_000
_MOST_FOUND = 100
_MOST_INSIDE = 200  # elements of a byline
_UNSURE = 100  # letters by which a doubtful byline counts as farther away
_LONGEST = 300  # letters of a byline; more is a box about the author
_LONGEST_LABELLED = 150
_FAR = 2_000  # letters, beyond which one word alone is no byline
_MOST_BESIDE = 1_000  # letters of the bylines beside the nearest
_TOGETHER = 150  # letters between the bylines of one story
_SURE = re.compile(r"(?:^|\s)(?:fn|p-author|username)(?:$|\s)")
_CALLED = re.compile(
    r"(?:^|\s)fn(?:$|\s)|by-?_?line|author(?!i[sz]|it)|auteur|autor(?!i[sz])|verfasser|redacteur|skribent|forfatter"
    r"|(?:^|[\s_-])(?:writers?|submitted|username)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:comments?|kommentare?|disqus|respond|reply|replies|related|recommend\w*|similar"
    r"|teasers?|cards?|widgets?|navbar|navigation|menu|breadcrumbs?|(?:site|page)-?footer"
    r"|popular|trending|recent|latest|most-?read|read-?more|newsletter|promo|carousel|slider"
    r"|sidebar|next|prev|caption|copyright|search|newsticker|ticker|cookie\w*)"
    r"(?:$|[\s_-])|^footer\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"(?:^|[\s_-])(?:comments?|kommentare?)(?:$|[\s_-])", re.IGNORECASE)
_TERMS = re.compile(r"(?:^|\s)(?:(?:tag|category)-\S+|widget Blog(?=\s))")  # Blogger's posts
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_TEXT = frozenset(
    (
        *("script", "style", "noscript", "template", "svg", "form", "select", "option", "iframe"),
        *("button", "figure", "figcaption", "video", "audio", "head", "nav", "textarea", "title"),
    )
)
_INLINE = frozenset(
    ("a", "b", "i", "em", "strong", "span", "font", "u", "small", "bdi", "abbr", "cite", "time")
)


@dataclass(frozen=True, slots=True)
class _Byline:
    """The *names* that stand at *place* (in letters from the start), in a holder of this *kind*."""

    names: list[str]
    place: int
    kind: str
    penalty: int


class _Reader:
    """Reads the bylines of a page, in the order in which they stand there."""

    def __init__(
        self, root: _Element, heading: _Element | None, is_office: Callable[[str], bool]
    ) -> None:
        self._heading = heading
        self._is_office = is_office
        self._enough: int | None = None
        self._own = set() if heading is None else {heading, *heading.iterancestors()}
        self._letters = 0
        self._is_labelled = False
        self._is_below = False
        self.heading_at = 0
        self.found: list[_Byline] = []
        self.offices: list[_Byline] = []
        self._known: dict[tuple[str, bool], bool] = {}
        self._penalties: dict[str, int | None] = {" ": None}
        self._read(root)

    def _read(self, root: _Element) -> None:
        walk = etree.iterwalk(root, events=("start", "end"))
        for seen, (event, element) in enumerate(walk):
            if (
                seen > 2 * _MOST_ELEMENTS
                or len(self.found) + len(self.offices) >= _MOST_FOUND
                or self._is_done
            ):
                break
            if event == "end":
                if element is self._heading:
                    self.heading_at, self._is_below = self._letters, True
                    self._note_enough()
                self._text(element.tail)
            elif self._is_passed_over(element):
                walk.skip_subtree()
            else:
                self._text(element.text)

    @property
    def _is_done(self) -> bool:
        """Whether the nearest byline was read: whatever comes now is farther away."""
        return self._enough is not None and self._letters > self._enough

    def _is_passed_over(self, element: _Element) -> bool:
        """Tell whether what is in *element* is no text of this story, or a byline that is kept."""
        if not isinstance(element.tag, str) or element.tag in _NO_TEXT:
            return True
        if element in self._own:
            return False
        called = f"{element.get('class', '')} {element.get('id', '')}"
        penalty = self._penalty(element, called)
        if self._is_of_others(called, is_byline=penalty is not None):
            return True
        return penalty is not None and self._is_kept(element, called, penalty)

    def _penalty(self, element: _Element, called: str) -> int | None:
        """Return how doubtful it is that *element* is a byline, in letters; None if it is none."""
        for name in ("rel", "itemprop"):
            value = element.get(name)
            if value and "author" in value.lower().split():
                return 0
        if element.tag == "meta":
            return None
        if called not in self._penalties:
            self._penalties[called] = _penalty_of_name(called)
        penalty = self._penalties[called]
        return 2 * _UNSURE if penalty is None and element.tag == "address" else penalty

    def _is_of_others(self, called: str, *, is_byline: bool) -> bool:
        """Tell whether an element that is *called* so has other stories or comments in it."""
        if called == " ":
            return False
        if (called, is_byline) not in self._known:
            name = _CAMEL.sub("-", _TERMS.sub("", called[:_LONGEST]))
            pattern = _COMMENT if is_byline else _OTHERS
            self._known[called, is_byline] = bool(pattern.search(name))
        return self._known[called, is_byline]

    def _is_kept(self, element: _Element, called: str, penalty: int) -> bool:
        text = _lines(element)
        names = _names(element, text, is_sure=not penalty) if text else []
        if names:
            self._add(names, f"{element.tag!s} {called} {element.get('itemprop', '')}", penalty)
            self._letters += len(text)
        return bool(names)

    def _text(self, text: str | None) -> None:
        shown = " ".join((text or "").split())
        if not shown:
            return
        if len(shown) > _LONGEST_LABELLED:
            self._is_below = self._is_labelled = False
        elif is_label(shown):
            self._is_labelled = True
        else:
            found = labelled(shown, is_any=self._is_below)
            if self._is_labelled:
                found = found or signatures(shown, is_sure=False)
                self._is_labelled = False
            if any(map(is_full, found)):
                self._add(found, "label", 0)
        self._letters += len(shown)

    def _add(self, names: list[str], kind: str, penalty: int) -> None:
        byline = _Byline(names, self._letters, kind, penalty)
        if all(map(self._is_office, names)):
            self.offices.append(byline)
            return
        self.found.append(byline)
        if self._is_below or self.heading_at:
            self._note_enough()

    def _note_enough(self) -> None:
        """Note how far to read: no further than the nearest byline, and those beside it."""
        if self.found:
            nearest = min(cost(byline, self.heading_at) for byline in self.found)
            self._enough = self.heading_at + nearest + _MOST_BESIDE


def shown_bylines(
    root: _Element, heading: _Element | None, is_office: Callable[[str], bool]
) -> list[str]:
    """Return the names in the byline nearest to *heading*, or the first one if that is None.

    Those that are all names of an office count only if there are no others.
    """
    reader = _Reader(root, heading, is_office)
    found = [
        byline
        for byline in reader.found or reader.offices
        if any(map(is_full, byline.names))
        or not byline.penalty
        or cost(byline, reader.heading_at) < _FAR
    ]
    costs = [(cost(byline, reader.heading_at), place) for place, byline in enumerate(found)]
    if not costs:
        return []
    return [name for byline in _beside(found, min(costs)[1]) for name in byline.names]


def cost(byline: _Byline, heading_at: int) -> int:
    """Return how far *byline* is from the heading, in letters; above it counts threefold."""
    distance = byline.place - heading_at
    return byline.penalty + (distance if distance >= 0 else -3 * distance)


def _beside(found: list[_Byline], nearest: int) -> Iterable[_Byline]:
    """Yield the byline at *nearest* and those of the same kind right behind it."""
    previous = found[nearest]
    yield previous
    for byline in found[nearest + 1 :]:
        if byline.kind != previous.kind or byline.place - previous.place > _TOGETHER:
            return
        yield byline
        previous = byline


def _penalty_of_name(called: str) -> int | None:
    """Return the penalty of an element with these classes and this id, None if it is no byline."""
    if not _CALLED.search(called):
        return None
    classes, _, _ = called.rpartition(" ")
    return 0 if _CALLED.search(classes) and _SURE.search(classes) else _UNSURE


def _names(element: _Element, text: str, *, is_sure: bool) -> list[str]:
    """Return the names in the *text* of a byline, and those of further people who are linked."""
    names = signatures(text, is_sure=is_sure)
    if any(map(is_full, names)):
        links = [inner for inner in islice(element.iter(), _MOST_INSIDE) if inner.tag == "a"]
        for link in links[1:]:
            names += filter(is_full, signatures(shown_text(link), is_sure=False))
    return list(dict.fromkeys(names))


def _lines(element: _Element) -> str:
    """Return the text of *element*, a line for each piece that no space parts from the next.

    It is empty if it is too long for a byline.
    """
    if element.tag == "meta":
        return element.get("content", "")[:_LONGEST]
    inside = islice(element.iterdescendants(), _MOST_INSIDE)
    if named := [inner for inner in inside if _is_named(inner)]:
        return ", ".join(filter(None, map(_short_text, named)))
    return _short_text(element)


def _is_named(element: _Element) -> bool:
    """Tell whether *element* is marked as a name, of which there is one for each person."""
    return element.get("itemprop") == "name" or "fn" in element.get("class", "").split()


def _short_text(element: _Element) -> str:
    if element.tag == "meta":
        return element.get("content", "")[:_LONGEST]
    pieces: list[str] = []
    letters = 0
    for piece in _pieces(element):
        letters += len(piece.strip())
        if letters > _LONGEST:
            return ""
        pieces.append(piece)
    return "".join(pieces)


def _pieces(element: _Element) -> Iterator[str]:
    """Yield the texts in *element*, with a line break where an element parts two words."""
    previous = "\n"
    for text, is_parted in _texts(element):
        if is_parted or (text[:1].isalnum() and previous[-1].isalnum()):
            yield "\n"
        if text:
            yield text
            previous = text


def _texts(element: _Element) -> Iterator[tuple[str, bool]]:
    """Yield each text in *element*, and whether a block begins or ends in front of it."""
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, inner in islice(walk, 4 * _MOST_INSIDE):
        is_block = inner.tag not in _INLINE
        if event == "start" and inner.tag in _NO_TEXT:
            walk.skip_subtree()
        elif event == "start":
            yield inner.text or "", is_block
        elif inner is not element:
            yield inner.tail or "", is_block and event == "end"
