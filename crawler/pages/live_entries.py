"""Reading a live blog: what leads in, then the entries in the order of the page, with their times.

See :mod:`crawler.pages.live_blog` for how one is told. What an entry is called does not matter: it
is kept, and the rules for boilerplate are applied to what is in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from lxml import etree

from crawler.pages.letters import flat
from crawler.pages.tree import remove_element
from crawler.sources.html_links import shown_text
from crawler.text.elements import BLOCKS, HEADINGS
from crawler.text.markup import paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

    from crawler.pages.block_tree import Block, BlockTree
    from crawler.pages.live_rows import Entry
    from crawler.pages.live_times import ShownTime

_AGAIN = "an entry of the live blog that stands there again"
_TELLING = 0.6  # of the prose of an entry
_LEAST_TWICE = 40  # letters: a shorter entry may well stand there twice
_ENDS = tuple(".!?…:;\"”»’')]。！？」")
# How long ago it was, which stands beside the time: "4h ago", "vor 4 Std.", "il y a 4 h"
_AGE = re.compile(r"(?:[^\W\d_]{1,5}\s){0,3}\d{1,2}\s?[^\W\d_]{1,9}\.?(?:\s[^\W\d_]{1,5})?")
_TEXT = frozenset(("p", "ul", "ol", "li", "blockquote", "pre", "table", "dl"))
_LISTS = frozenset(("ul", "ol"))
_LONGEST_LABEL, _LEAST_ALIKE = 40, 3
_LEAST_LINE, _LONGEST_LINE = 120, 300


def protect(tree: BlockTree, entries: list[Entry]) -> frozenset[_Element]:
    """Take off the names of *entries*, of what is around them and of what tells them.

    Times that stand apart are taken out of the page: `put_times` brings them back. Returns the
    elements whose names are off.
    """
    blocks = {block.element: block for block in tree.inside(tree.root)}
    telling: set[_Element] = set()
    for entry in entries:
        block = blocks[entry.element]
        telling.update(_telling(tree, block))
        for around in block.ancestors():
            if around.element in telling:
                break
            telling.add(around.element)
        block.tag = block.element.tag = "div"  # an article in an article may be a teaser
        if entry.time is not None:
            _take_out(blocks, entry.time)
    for element in telling:
        _rename(element)
    return frozenset(telling)


def _telling(tree: BlockTree, entry: Block) -> Iterator[_Element]:
    """Yield the element of *entry* and those in it with most of its prose, or of its few words."""
    for block in tree.inside(entry):
        told, whole = (
            (block.prose, entry.prose) if entry.prose else (block.all_letters, entry.all_letters)
        )
        if block is entry or (told and told >= _TELLING * whole):
            yield block.element


def _rename(element: _Element) -> None:
    for name in ("class", "id", "role", "hidden"):
        element.attrib.pop(name, None)


def _take_out(blocks: dict[_Element, Block], time: ShownTime) -> None:
    """Remove *time* from the page, unless it stands in a headline or in a line of prose."""
    around: _Element | None = time.element
    while around is not None and around not in blocks:
        around = around.getparent()
    if around is None or not (time.is_alone and time.text):
        return
    is_line = around.tag in HEADINGS or blocks[around].own_prose
    if is_line and shown_text(around) != time.text:
        _rename(time.element)
        return
    if around is not time.element:
        remove_element(time.element, "the time of an entry, put in front of its text")
    if around is time.element or _AGE.fullmatch(shown_text(around)):
        around[:] = ()
        around.text = None


def find_place(tree: BlockTree, headline: _Element | None, entries: list[Entry]) -> Block | None:
    """Return the smallest block with all *entries* and the prose between *headline* and them.

    What else is in it goes: lists of filters, buttons for more, readers' comments, entries that
    stand there a second time. None if no entry is left.
    """
    inside = {entry.element for entry in entries}
    told = [block for block in tree.inside(tree.root) if block.element in inside]
    told = list(_once(tree, told))
    if not told:
        return None
    head = next((block for block in tree.inside(tree.root) if block.element is headline), None)
    front = list(_front(tree, head, told[0])) if head is not None else []
    node = told[0].parent or tree.root
    for block in (*told, *front):
        node = next((b for b in (node, *node.ancestors()) if b.contains(block)), node)
    for label in [label for block in told for label in _labels(tree, block)]:
        remove_element(label, "a label or button beside the entries of a live blog")
    tree.remove(*_repeated(tree, told), rule=_AGAIN)
    for block in _others(tree, node, told, front):
        if head is None or block.start > head.start:
            tree.remove(block, rule="no entry of the live blog")
    for block in _holders(node, (*told, *front)):
        for label in list(_loose(block)):
            remove_element(label, "a label or button beside the entries of a live blog")
    return node


def _holders(node: Block, parts: Iterable[Block]) -> set[Block]:
    """Return the blocks from *node* on that are around *parts*, without those that are some."""
    found: set[Block] = set()
    for part in parts:
        for around in part.ancestors():
            if around in found or not node.contains(around):
                break
            found.add(around)
    return found.difference(parts)


def _labels(tree: BlockTree, entry: Block) -> Iterator[_Element]:
    """Yield what stands above the headline of *entry* and is no text: who wrote it, what it is."""
    blocks = [block for block in tree.inside(entry) if block.letters]
    head = next((block for block in blocks if block.tag in HEADINGS), None)
    for block in blocks:
        if head is None or block.start >= head.start or block.own_prose:
            return
        if block is entry or block.contains(head):
            yield from _loose(block, head)
        elif not shown_text(block.element).endswith(_ENDS):
            yield block.element


def _repeated(tree: BlockTree, told: list[Block]) -> list[Block]:
    """Return the short lines that stand in most of the entries alike: buttons, names of authors."""
    found: dict[str, dict[int, Block]] = defaultdict(dict)
    for entry in told:
        for block in tree.inside(entry):
            if 0 < block.letters == block.all_letters <= _LONGEST_LABEL and not block.own_prose:
                found[shown_text(block.element)][entry.start] = block
    least = max(_LEAST_ALIKE, len(told) / 2)
    return [block for alike in found.values() if len(alike) >= least for block in alike.values()]


def _loose(block: Block, before: Block | None = None) -> Iterator[_Element]:
    """Yield the elements of lines right in *block* that are no sentences, up to *before*."""
    for element in block.element:
        if before is not None and element is before.element:
            return
        if element.tag not in BLOCKS and not shown_text(element).endswith(_ENDS):
            yield element


def _once(tree: BlockTree, told: list[Block]) -> Iterator[Block]:
    """Yield the entries without those that say what another has said, which are removed."""
    seen = set()
    for block in told:
        said = flat(block.element.itertext())
        if len(said) >= _LEAST_TWICE and said in seen:
            tree.remove(block, rule=_AGAIN)
        elif not block.is_removed:
            seen.add(said)
            yield block


def _front(tree: BlockTree, head: Block, first: Block) -> Iterator[Block]:
    """Yield the blocks of prose between the headline and the first entry."""
    for block in tree.inside(tree.root):
        if block.start >= first.start:
            return
        if block.own_prose and block.start > head.start and not block.contains(first):
            shown = shown_text(block.element)
            if len(shown) >= _LEAST_LINE or shown.endswith(_ENDS):
                yield block


def _others(tree: BlockTree, node: Block, told: list[Block], front: list[Block]) -> Iterator[Block]:
    """Yield the blocks in *node* that are not of the live blog, none inside another."""
    first, last = told[0].start, told[-1].end
    led = front[-1].start if front else node.start
    kept = {block.start for block in (*_holders(node, (*told, *front)), *front)}
    own, holders = {block.start for block in told}, {block.parent for block in front}
    headings = {flat([text]) for block in told for text in _headings(tree, block)} - {""}
    end = 0
    for block in tree.inside(node):
        if block.start < end:
            continue
        if block.start in own:
            end = block.end
        elif block.start < first and _repeats(block, headings):
            end = block.end
            yield block
        elif block.start in kept or block.start < led or block.tag in _LISTS:
            continue
        elif not (_goes_on(block, holders) if block.start >= last else _is_between(block, first)):
            end = block.end
            yield block
        else:
            end = block.end


def _headings(tree: BlockTree, entry: Block) -> Iterator[str]:
    for block in tree.inside(entry):
        if block.tag in HEADINGS:
            yield shown_text(block.element)


def _repeats(block: Block, headings: set[str]) -> bool:
    """Tell whether *block* is a line of contents: the headline of an entry, and its time."""
    if not block.letters or block.all_letters > _LONGEST_LINE:
        return False
    return flat([shown_text(block.element)]).lstrip("0123456789") in headings


def _goes_on(block: Block, holders: set[Block | None]) -> bool:
    """Tell whether *block* behind the entries is a part of the story that led in to them."""
    return block.parent in holders and (block.tag in _TEXT or block.tag in HEADINGS)


def _is_between(block: Block, first: int) -> bool:
    """Tell whether *block*, in front of an entry, is prose, or a heading of the entries below it.

    In front of the one that is the *first* on the page, only days are such headings.
    """
    if block.prose or block.tag == "li":
        return True
    shown = shown_text(block.element)
    is_first = block.start < first
    is_head = block.tag in HEADINGS and (not is_first or any(map(str.isdigit, shown)))
    return is_head or (block.tag in _TEXT and shown.endswith(_ENDS))


def put_times(node: Block, entries: list[Entry]) -> int:
    """Make the time of each of *entries* in *node* its first line, and return how many are left.

    A day beside the times is a line of its own where it changes. An entry that tells nothing, but
    shows a picture, has no line.
    """
    left, shown, day = set(node.element.iter("div")), 0, ""
    for entry in entries:
        element, time = entry
        if element not in left or not paragraphs(_markup(element)):
            continue
        shown += 1
        if time is not None and _is_out(time):
            _put_in_front(element, time.text)
            if time.day not in ("", day):
                day = time.day
                _put_in_front(element, day)
    return shown


def _put_in_front(element: _Element, text: str) -> None:
    line = etree.Element("p")
    line.text, line.tail, element.text = text, element.text, None
    element.insert(0, line)


def _markup(element: _Element) -> str:
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def _is_out(time: ShownTime) -> bool:
    """Tell whether *time* was taken out of the page, or removed as boilerplate since."""
    element = time.element
    return bool(time.is_alone and time.text) and (
        element.getparent() is None or not shown_text(element)
    )
