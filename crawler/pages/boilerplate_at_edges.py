"""What is left around and between the paragraphs of a story, told by where and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler import dates
from crawler.pages import boilerplate_by_name
from crawler.pages.headline import plain
from crawler.pages.page_metadata import text
from crawler.pages.text_density import cut
from crawler.text.boilerplate import is_related_links_label
from crawler.text.datelines import read_dateline
from crawler.text.elements import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.pages.text_density import Block, Layout

_INLINE = (
    *("span", "a", "small", "time", "label", "em", "i", "b", "strong", "cite", "font"),
    *("h1", "h2", "h3"),
)
_LOUD = frozenset(("b", "strong", "font", "h1", "h2", "h3"))
_LISTS = frozenset(("ul", "ol", "dl"))
_LINKED = frozenset(("ul", "ol", "dl", "p", "div", "section"))
_ONWARD = 0.85  # of the letters are linked: it only leads elsewhere
_ONWARD_LABELLED = 0.5  # of a list behind a label
_ONWARD_NAMED = 0.25  # of a list behind a label that says so
_LONGEST_LABEL = 40
_HOLDERS = frozenset(("div", "section", "article", "main", "body"))
_DAYS = frozenset(("datePublished", "dateModified"))
_ENDS = tuple(".!?…;\"”»’')]。！？」")
_CELLS = frozenset(("li", "td", "th", "dt", "dd"))
_TEXT = frozenset(("p", "li", "td", "th", "tr", "pre", "blockquote", "dd", "dt"))


def trim(layout: Layout, node: Block, headline: _Element | None, titles: set[str]) -> None:
    """Take out of *node* what is no part of its story, which stands under *headline*.

    *titles* are the names it goes by, as `crawler.pages.headline.plain` has them.
    """
    _asides(node, titles)
    _above(layout, node, headline)
    _teasers(layout, node)
    _onward(layout, node)
    _edges(layout, node)


def _asides(node: Block, titles: set[str]) -> None:
    for element in list(node.element.iter(*_INLINE)):
        names = element.get("class", "")
        if (
            boilerplate_by_name.is_aside(names)
            or element.get("itemprop") in _DAYS
            or _is_clock(element, names)
            or _repeats(element, titles)
            or _stands_alone(element)
        ):
            cut(element)


def _stands_alone(element: _Element) -> bool:
    """Tell whether an element is a link between blocks, no part of a line and no sentence."""
    around = element.getparent()
    if element.tag != "a" or around is None or around.tag not in _HOLDERS:
        return False
    if any(words.strip().endswith(_ENDS) for words in element.itertext()):
        return False
    before, behind = element.getprevious(), element.getnext()
    texts = (element.tail, around.text if before is None else before.tail)
    return not any(words and words.strip() for words in texts) and any(
        beside is not None and beside.tag in _TEXT for beside in (before, behind)
    )


def _is_clock(element: _Element, names: str) -> bool:
    """Tell whether an element is but a day or a time of day; one in a sentence is read."""
    around = element.getparent()
    if element.tag != "time" or around is None:
        return "date" in names.lower() and dates.find_moment(text(element)) is not None
    is_only = element.getprevious() is None and element.getnext() is None
    return is_only and text(around) == text(element)


def _repeats(element: _Element, titles: set[str]) -> bool:
    return element.tag in _LOUD and plain(text(element)) in titles


def _above(layout: Layout, node: Block, headline: _Element | None) -> None:
    """Take out the headline and what stands above it, if little of the story does."""
    blocks = list(layout.inside(node))
    found = next((block for block in blocks if block.element is headline), None)
    above = [block for block in blocks if found and block.start < found.start]
    if found is None or any(block.own and not block.holds(found) for block in above):
        return
    for block in above:
        if not block.gone and not block.holds(found):
            layout.remove(block)
    layout.remove(found)


def _teasers(layout: Layout, node: Block) -> None:
    """Take out articles in the article whose headings lead elsewhere."""
    end = 0
    for block in layout.inside(node):
        if block.tag != "article" or block is node or block.start < end:
            continue
        end = block.end
        heads = [head for head in layout.inside(block) if head.tag in HEADINGS and head.letters]
        if heads and all(head.linked == head.letters for head in heads):
            layout.remove(block)


def _onward(layout: Layout, node: Block) -> None:
    """Take out blocks that are but links, and the label in front of them."""
    label: Block | None = None
    for block in layout.inside(node):
        if block is node or block.gone:
            continue
        most = _most(label) if block.tag in _LISTS else _ONWARD
        if block.tag in _LINKED and 0 < block.all_linked >= most * block.all_letters:
            layout.remove(block)
            if label is not None and not label.gone and not label.holds(block):
                layout.remove(label)
            label = None
        elif block.letters:
            label = block if _is_label(block) else None


def _most(label: Block | None) -> float:
    if label is None:
        return _ONWARD
    return _ONWARD_NAMED if is_related_links_label(text(label.element)) else _ONWARD_LABELLED


def _is_label(block: Block) -> bool:
    is_short = block.all_letters <= _LONGEST_LABEL and block.tag not in _CELLS
    return is_short and not text(block.element).endswith(_ENDS)


def _edges(layout: Layout, node: Block) -> None:
    """Take out what is no sentence above the first paragraph and below the last."""
    prose = [block for block in layout.inside(node) if block.own]
    if not prose:
        return
    first, last = prose[0], prose[-1]
    for block in _outside(layout, node, first, last):
        is_above = block.start < first.start
        is_text = block.tag in HEADINGS if is_above else block.tag in _TEXT
        shown = text(block.element)
        if not is_text and not shown.endswith(_ENDS) and not (is_above and _is_dateline(shown)):
            layout.remove(block)


def _is_dateline(shown: str) -> bool:
    found = read_dateline(shown)
    return found is not None and not found[1]


def _outside(layout: Layout, node: Block, first: Block, last: Block) -> Iterator[Block]:
    for block in layout.inside(node):
        if block.gone or not block.letters or block.prose or last.holds(block):
            continue
        if block.start < first.start or block.start > last.start:
            yield block
