"""A page in the pieces of text that a reader sees, each with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from crawler.pages.boilerplate_by_name import UNSEEN
from crawler.pages.letters import flat
from crawler.pages.tree import REMOVED_BY, name_blocks, parse_page
from crawler.text.element_names import boilerplate_words, element_names, names_of
from crawler.text.elements import BLOCKS, CAPTIONS, HEADINGS, REMOVED
from crawler.text.left_out_lines import UNKNOWN
from crawler.text.line_collector import is_removed
from crawler.text.normal import normal_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import _Element

_NUMBER = "newsreel-number"
_DATELINE, _END_MARK = "a dateline, kept as such", "the mark of an agency, at the end"
TITLE = "taken as the title"
"""The rule of what is not in the text, and not left out either."""
_ELSEWHERE = "not in the element that holds the story"
_LONGEST_COMPARED = 500_000
_LONGEST_NAME = 60
_LEVELS = 4  # of the path that names an element
_NOT_WALKED = frozenset(("script", "style", "template", "svg", "head"))


_Gone: TypeAlias = "tuple[str, _Element]"
"""By which rule something was left out, and the element that was left out as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The ``text`` that stands in a block, but in no block below it.

    ``place`` is the path to the block, as a rule of the sources file may name it, ``tag`` its tag.
    ``rule`` says why the text was left out, ``box`` is the path to what was left out as a whole;
    both are empty if it was taken.
    """

    place: str
    tag: str
    text: str
    rule: str = ""
    box: str = ""


class NumberedPages:
    """Parses one page as often as its reader asks, and has the elements of each tree by number.

    So what is left of an element of one tree can be told of the same element in another one.
    """

    def __init__(self) -> None:
        self.trees: list[list[_Element]] = []

    def parse(self, html: str) -> _Element:
        """Return the root of the page *html*, as `parse_page` does, each element numbered."""
        root = parse_page(html)
        self.number(root)
        return root

    def number(self, root: _Element) -> None:
        """Give each element below *root* its number."""
        elements = _elements(root)
        for number, element in enumerate(elements):
            element.set(_NUMBER, f"{len(self.trees)}.{number}")
        self.trees.append(elements)

    def read_from(self, story: _Element) -> tuple[list[_Element], set[int]]:
        """Return the tree that *story* was taken of, and the numbers of the elements in it."""
        told = [value.split(".") for element in story.iter() if (value := element.get(_NUMBER))]
        tree = self.trees[int(told[0][0])] if told else self.trees[0]
        return tree, {int(number) for _, number in told}


def _elements(root: _Element) -> list[_Element]:
    return [element for element in root.iter() if isinstance(element.tag, str)]


class PagePieces:
    """Tells of each piece of the page *root* whether it was taken.

    *tree* has the same elements as they were left when the page had been read, *story* is the
    numbers of those in the markup of the story. *kept* are its paragraphs below its *title*,
    *lines* says why other lines of the markup are not among them.
    """

    def __init__(
        self,
        root: _Element,
        tree: list[_Element],
        story: set[int],
        kept: list[str],
        lines: Mapping[str, str],
        *,
        title: str,
        captions: bool,
    ) -> None:
        elements = _elements(root)
        self._numbers = {element: number for number, element in enumerate(elements)}
        name_blocks(root)
        self._root = root
        self._story = story
        self._kept = set(kept)
        whole = flat(kept)
        self._flat = whole if len(whole) <= _LONGEST_COMPARED else ""
        self._lines = lines
        self._title = title
        self._captions = captions
        self._ends = (kept[0], kept[-1]) if kept else ("", "")
        self._gone = _removed(elements, tree)

    def __iter__(self) -> Iterator[Piece]:
        body = self._root.find("body")
        for block, texts in _runs(self._root if body is None else body):
            yield from self._pieces(block, texts)

    def _pieces(self, block: _Element, texts: list[tuple[_Element, str]]) -> Iterator[Piece]:
        """Yield the pieces of one run of text in *block*: a line, and what was cut out of it."""
        line: list[str] = []
        for element, text in texts:
            gone = self._gone.get(element)
            if gone is None:
                line.append(text)
            elif shown := normal_line(text):
                # What is put in front of a story may have been removed where it stood.
                yield _piece(block, shown, self._unless_taken(block, shown, gone))
        for shown, gone in self._parts(block, normal_line("".join(line))):
            yield _piece(block, shown, gone)

    def _parts(self, block: _Element, text: str) -> Iterator[tuple[str, _Gone | None]]:
        """Yield *text*, or what was taken of it and what was taken off at its beginning and end."""
        lead, last = self._ends
        is_in = self._numbers.get(block) in self._story and text not in self._kept
        if is_in and lead and text.endswith(lead):
            yield text.removesuffix(lead).strip(), (_DATELINE, block)
            yield lead, None
        elif is_in and last and text.startswith(last):
            yield last, None
            yield text.removeprefix(last).strip(), (_END_MARK, block)
        elif text:
            yield text, self._why(block, text)

    def _why(self, block: _Element, text: str) -> _Gone | None:
        """Return why *text* was left out, though its block was not removed; None if it was not."""
        if text in self._kept:
            return None
        if self._numbers.get(block) not in self._story:
            return self._unless_taken(block, text, (_ELSEWHERE, block))
        if (rule := self._lines.get(text, UNKNOWN)) != UNKNOWN:
            return rule, block
        letters = flat([text])
        if not letters or letters in self._flat:
            return None
        return self._by_element(block)

    def _unless_taken(self, block: _Element, text: str, gone: _Gone) -> _Gone | None:
        """Return why *text* is *gone*, None if it is in the story all the same."""
        if text == self._title and str(block.tag) in HEADINGS:
            return TITLE, block
        return None if text in self._kept else gone

    def _by_element(self, block: _Element) -> _Gone:
        for around in (block, *block.iterancestors()):
            if self._numbers.get(around) not in self._story:
                break
            if rule := _why_element(around, captions=self._captions):
                return rule, around
        return UNKNOWN, block


def _removed(elements: list[_Element], tree: list[_Element]) -> dict[_Element, _Gone]:
    """Return which of *elements* were removed from the page: with the element that was."""
    gone: dict[_Element, _Gone] = {}
    for number, element in enumerate(elements):
        around = element.getparent()
        rule = tree[number].get(REMOVED_BY, "") if number < len(tree) else ""
        if around is not None and around in gone:
            gone[element] = gone[around]
        elif rule:
            gone[element] = rule, element
        elif element.tag in UNSEEN:
            gone[element] = f"never shown: <{element.tag}>", element
    return gone


def _piece(block: _Element, text: str, gone: _Gone | None) -> Piece:
    rule, box = gone or ("", None)
    around = "" if box is None else path_of(box)
    return Piece(place=path_of(block), tag=str(block.tag), text=text, rule=rule, box=around)


def _why_element(element: _Element, *, captions: bool) -> str:
    """Return why the text of *element* may be left out of a story, empty without a reason."""
    tag = str(element.tag)
    if tag in REMOVED or (tag in CAPTIONS and not captions):
        return f"no text of a story: <{tag}>"
    known = element_names()
    attributes = {str(name): str(value) for name, value in element.attrib.items()}
    if is_removed(tag, attributes, known.plugin_classes, known.plugin_ids):
        return "hidden, or no text by its class or id"
    words = boilerplate_words(names_of(tag, element.get("class", ""), element.get("id", "")))
    if words or tag == "aside":
        named = ", ".join(sorted(words.sure | words.likely)) or tag
        return f"boilerplate by its name ({named[:_LONGEST_NAME]})"
    return ""


def _runs(body: _Element) -> Iterator[tuple[_Element, list[tuple[_Element, str]]]]:
    """Yield the text that stands in each block between the blocks in it, with its elements."""
    texts: list[tuple[_Element, str]] = []
    around = [body]
    for step, element in _walk(body):
        if step == "text":
            texts.append((element, element.text or ""))
        elif step == "tail":
            parent = element.getparent()
            texts.append((body if parent is None else parent, element.tail or ""))
        elif element.tag in BLOCKS or element.tag == "br":
            yield around[-1], texts
            texts = []
            if step == "start" and element.tag != "br":
                around.append(element)
            elif element.tag != "br":
                around.pop()
    yield around[-1], texts


def _walk(body: _Element) -> Iterator[tuple[str, _Element]]:
    """Yield starts, ends, texts and tails below *body* in their order, without scripts."""
    left = [*reversed([("text", body), *(("start", child) for child in body)])]
    while left:
        step, element = left.pop()
        if step == "start" and (not isinstance(element.tag, str) or element.tag in _NOT_WALKED):
            left.append(("tail", element))
            continue
        yield step, element
        if step == "start":
            left.append(("tail", element))
            left.append(("end", element))
            left.extend(reversed([("start", child) for child in element]))
            left.append(("text", element))


def path_of(element: _Element) -> str:
    """Return how a rule may name *element*: ``div#story > p.lead``, the nearest parts."""
    parts = [_name(element)]
    for around in element.iterancestors():
        if len(parts) == _LEVELS or around.tag in ("body", "html"):
            break
        parts.append(_name(around))
    return " > ".join(reversed(parts))


def _name(element: _Element) -> str:
    name = str(element.tag)
    if identifier := element.get("id", "").strip():
        name += f"#{identifier}"
    name += "".join(f".{token}" for token in element.get("class", "").split()[:2])
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
