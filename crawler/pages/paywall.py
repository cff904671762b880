"""Whether a page shows the whole story, or only what everybody may read of it.

Publishers say that a story is not free (``isAccessibleForFree``) whether they send the whole text
or a part: it counts only with the evidence of a cut.

Sources: schema.org/Article; Google Search Central (structured data for subscription and paywalled
content); Open Graph's ``article:content_tier`` as Facebook documented it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from crawler.pages.headline import plain
from crawler.pages.linked_data import strings
from crawler.pages.page_metadata import text
from crawler.text.teaser import ends_early, ends_in_dots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import Marks

_NOT_FREE = frozenset(("false", "no", "http://schema.org/false", "https://schema.org/false"))
_LOCKED = "locked"
_SELECTOR = re.compile(r"(?:[a-z]+)?(?P<kind>[.#])(?P<name>[\w-]+)", re.IGNORECASE)
_PAGE = re.compile(
    r"(?:/page)?/(?P<path>[0-9]{1,2})/?$|[?&](?:page|pg|seite)=(?P<query>[0-9]{1,2})$",
    re.IGNORECASE,
)
_MOST_PARTS = 20
_LONGEST_PART = 1_000
_LEAST_PART = 200  # letters of a part that is there
_SHORT = 1_500  # letters of a text that may be but the beginning
_LONG = 150  # words of a story for which its count is evidence
_FEW, _FAR_TOO_FEW = 0.6, 0.3  # of that length: behind a door, and without one
_LEAST_BODY = 500
_QUOTED = 40
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")  # a character is a word, or nearly


@dataclass(frozen=True, slots=True)
class Access:
    """What a page says of who may read its story, and how long it is.

    ``closed`` is the evidence that not everybody may, empty if there is none. ``paid`` are the
    letters in the elements that hold what is paid for, at most some thousand each, and None where
    none is named. ``words`` and ``letters`` are the length of the story as its JSON-LD has it,
    ``further`` is the address of another page of it.
    """

    closed: str = ""
    paid: int | None = None
    words: int = 0
    letters: int = 0
    description: str = ""
    further: str = ""

    def __bool__(self) -> bool:
        """Whether anything is said by which a text can be told from a part of it."""
        return bool(self.closed or self.words or self.letters or self.further)


def access(root: _Element, marks: Marks, node: Node, url: str) -> Access:
    """Read what the page at *url*, below *root*, says, whose article *node* describes."""
    tier = marks.first("article:content_tier").lower()
    closed = "isAccessibleForFree is false" if _is_closed(node) else ""
    if tier == _LOCKED:
        closed = closed or "article:content_tier is locked"
    return Access(
        closed=closed,
        paid=_paid(root, node) if closed else None,
        words=_number(node.get("wordCount")),
        letters=sum(map(len, strings(node.get("articleBody"))[:1])),
        description=marks.first("og:description", "description"),
        further=_further(marks, url),
    )


def lacking(said: Access, paragraphs: list[str], gate: str) -> str | None:
    """Return the evidence that *paragraphs* are not the whole story, None if there is none.

    *gate* is what asks to pay or to sign in right behind them, empty if nothing does.
    """
    if not paragraphs:
        return None
    if said.further:
        return f"pages: the story has another page, {said.further}"
    letters, last = sum(map(len, paragraphs)), paragraphs[-1]
    barred = f"“{gate}” stands behind the text" if gate else ""
    door = ", ".join(filter(None, (said.closed, barred)))
    if door and (ends_in_dots(last) or (letters < _SHORT and ends_early(last))):
        return f"paywall: {door}, and it ends in “{last[-_QUOTED:].lstrip()}”"
    if door and _is_description(said, paragraphs):
        return f"paywall: {door}, and the text is but the description of the story"
    if letters < _SHORT and (_is_away(said) or (gate and said.paid is None)):
        rest = "what is paid for is not on the page, " if _is_away(said) else ""
        return f"paywall: {door}, {rest}and the text has {letters} letters"
    return _shorter(said, paragraphs, letters, door)


def _shorter(said: Access, paragraphs: list[str], letters: int, door: str) -> str | None:
    share = _FEW if door else _FAR_TOO_FEW
    words = _words(paragraphs)
    if said.words >= _LONG and words < share * said.words:
        return f"words: {words} words were read, and wordCount is {said.words}"
    if said.letters >= _LEAST_BODY and letters < share * said.letters:
        return f"words: {letters} letters were read, and articleBody has {said.letters}"
    return None


def _is_away(said: Access) -> bool:
    return said.paid is not None and said.paid < _LEAST_PART


def _is_description(said: Access, paragraphs: list[str]) -> bool:
    return len(paragraphs) == 1 and plain(paragraphs[0]) == plain(said.description)


def _is_closed(node: Node) -> bool:
    return any(_is_false(part.get("isAccessibleForFree")) for part in (node, *_parts(node)))


def _is_false(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() in _NOT_FREE)


def _parts(node: Node) -> Iterator[dict[str, Any]]:
    parts = node.get("hasPart")
    for part in (parts if isinstance(parts, list) else [parts])[:_MOST_PARTS]:
        if isinstance(part, dict):
            yield part


def _paid(root: _Element, node: Node) -> int | None:
    """Return the letters in the elements that the closed parts of *node* name."""
    named = [
        found
        for part in _parts(node)
        if _is_false(part.get("isAccessibleForFree"))
        for selector in strings(part.get("cssSelector"))
        for found in _SELECTOR.finditer(selector[:_LONGEST_PART])
    ]
    if not named:
        return None
    classes = {found["name"] for found in named if found["kind"] == "."}
    ids = {found["name"] for found in named if found["kind"] == "#"}
    return sum(
        len(text(element))
        for element in root.iter("div", "section", "article", "main", "p", "span")
        if element.get("id") in ids or not classes.isdisjoint(element.get("class", "").split())
    )


def _further(marks: Marks, url: str) -> str:
    """Return the next page of a story, or the one before; other stories have other addresses."""
    for address in (*marks.links.get("next", ()), *marks.links.get("prev", ())):
        try:
            there: str = urljoin(url, address)
            (story, page), (other, further) = _numbered(url), _numbered(there)
        except ValueError:
            continue
        if story == other and abs(page - further) == 1 and 1 in (page, further):
            return there
    return ""


def _numbered(url: str) -> tuple[str, int]:
    """Return an address without the number of a page in it, and the number."""
    plain = url.partition("#")[0]
    found = _PAGE.search(plain)
    if found is None:
        return plain.rstrip("/"), 1
    return plain[: found.start()].rstrip("/"), int(found["path"] or found["query"])


def _number(value: object) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value.strip()[:9])
    return value if isinstance(value, int) else 0


def _words(paragraphs: list[str]) -> int:
    return sum(len(paragraph.split()) + len(_WIDE.findall(paragraph)) for paragraph in paragraphs)
