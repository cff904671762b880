"""The block elements of a page as a tree, each with the letters of text, links and prose in it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.pages.letters import WIDE
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.tree import remove_element
from crawler.text.element_names import names_of
from crawler.text.elements import BLOCKS, CAPTIONS, HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

_LEAST = 40  # letters of a block of prose: fewer are a label, a name, a link
_DEEPEST = 512
_LOOK = 3  # elements up to the one with a class
_DIGITS = re.compile(r"[0-9]+")
_NO_PROSE = HEADINGS | CAPTIONS | frozenset(("address", "html", "head", "hr"))


@dataclass(slots=True, eq=False)
class Block:
    """A block element and the text in it.

    ``letters`` stand in it but in no block below it, ``linked`` of them in links, ``own_prose`` of
    them are prose; ``all_letters``, ``all_linked`` and ``prose`` count the blocks below as well.
    Blocks are numbered in the order of the page: this one is ``start``, and ``end`` is the first
    number behind the blocks below it.
    """

    element: _Element
    tag: str
    parent: Block | None
    start: int
    depth: int = 0
    end: int = 0
    letters: int = 0
    linked: int = 0
    own_prose: int = 0
    all_letters: int = 0
    all_linked: int = 0
    prose: int = 0
    is_removed: bool = False
    _names: str | None = None

    @property
    def names(self) -> str:
        """The class tokens and the id, joined by spaces; see `names_of`."""
        if self._names is None:
            classes, name = self.element.get("class", ""), self.element.get("id", "")
            self._names = names_of(self.tag, classes, name) if classes or name else " "
        return self._names

    def forget_names(self) -> None:
        """Take the class and the id off the element."""
        for name in ("class", "id"):
            self.element.attrib.pop(name, None)
        self._names = None

    def ancestors(self) -> Iterator[Block]:
        """Yield the blocks around it, nearest first."""
        block = self.parent
        while block is not None:
            yield block
            block = block.parent

    def contains(self, other: Block) -> bool:
        """Tell whether *other* is this block or stands below it."""
        return self.start <= other.start < self.end


class BlockTree:
    """The blocks of a page in their order, *root* first.

    Raises `NotAnArticleError` (``depth``) if they nest too deep to be worked on.
    """

    def __init__(self, root: _Element) -> None:
        self._all = _measured(root)

    @property
    def root(self) -> Block:
        """The block around all others."""
        return self._all[0]

    def inside(self, block: Block) -> Iterator[Block]:
        """Yield *block* and the blocks below it, without those that were removed."""
        return (inner for inner in self._all[block.start : block.end] if not inner.is_removed)

    def behind(self, number: int, most: int) -> list[Block]:
        """Return at most *most* blocks from *number* on, those that were removed included."""
        return self._all[number : number + most]

    def remove(self, *blocks: Block, rule: str) -> None:
        """Remove *blocks* and those below them from the page by a *rule*, as `remove_element`."""
        for block in blocks:
            if not block.is_removed:
                self._remove(block, rule)

    def _remove(self, block: Block, rule: str) -> None:
        for around in block.ancestors():
            around.prose -= block.prose
            around.all_letters -= block.all_letters
            around.all_linked -= block.all_linked
        for inner in self._all[block.start : block.end]:
            inner.is_removed = True
        remove_element(block.element, rule)


def _measured(root: _Element) -> list[Block]:
    """Return the blocks of *root*: one loop without calls, since it runs for each element."""
    blocks = [Block(root, str(root.tag), None, 0)]
    inside: dict[_Element | None, tuple[Block, bool]] = {root: (blocks[0], False)}
    for element in root.iterdescendants():
        around, is_linked = inside[element.getparent()]
        if tail := element.tail:
            letters = len(tail.strip())
            around.letters += letters
            if is_linked:
                around.linked += letters
        tag = element.tag
        if tag in BLOCKS:
            around = Block(element, tag, around, len(blocks), around.depth + 1)
            blocks.append(around)
            if around.depth > _DEEPEST:
                raise NotAnArticleError("depth")
        is_linked = is_linked or tag == "a"
        if len(element):
            inside[element] = (around, is_linked)
        if text := element.text:
            letters = len(text.strip())
            around.letters += letters
            if is_linked:
                around.linked += letters
    _sum(blocks)
    return blocks


def _sum(blocks: list[Block]) -> None:
    for block in reversed(blocks):
        unlinked = block.letters - block.linked
        if 2 * unlinked > block.letters and block.tag not in _NO_PROSE and _is_prose(block):
            block.own_prose = unlinked
        block.prose += block.own_prose
        block.all_letters += block.letters
        block.all_linked += block.linked
        block.end = block.end or block.start + 1
        if (around := block.parent) is not None:
            around.prose += block.prose
            around.all_letters += block.all_letters
            around.all_linked += block.all_linked
            around.end = around.end or block.end


def _is_prose(block: Block) -> bool:
    if block.letters >= _LEAST:
        return True
    if 2 * block.letters < _LEAST:
        return False
    text = next(filter(None, map(str.strip, block.element.itertext())), "")
    return text[-1:] >= WIDE


def look(block: Block) -> str | None:
    """Return the path from *block* up to the first element with a class, None if none is near.

    An ``<article>`` without one is as good as that: it is told from others by its place.
    """
    path = []
    near: Block | None = block
    for _ in range(_LOOK):
        if near is None:
            return None
        names = near.element.get("class", "").split()
        path.append(near.tag)
        if names:
            return ".".join((*path, _DIGITS.sub("", names[0])))
        if near.tag == "article":
            return ".".join((*path, str(near.start)))
        near = near.parent
    return None


def alike(blocks: Iterable[Block]) -> list[list[Block]]:
    """Return *blocks* in groups of the same tag and classes, but for digits, or the same id.

    A story in many pieces is told by their sum from what is beside it, whatever they are called.
    """
    groups: dict[tuple[str, str], list[Block]] = defaultdict(list)
    for block in blocks:
        name = block.element.get("class", "") or block.element.get("id", "")
        groups[block.tag, _DIGITS.sub("", name)].append(block)
    return list(groups.values())


def prose_in(blocks: Iterable[Block]) -> int:
    """Return the letters of prose in *blocks*; where one stands in another they count twice."""
    return sum(block.prose for block in blocks)
