"""Boilerplate that is left around and between the paragraphs of a story, told by its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler import dates
from crawler.pages.headline import comparable
from crawler.pages.tree import remove_element
from crawler.sources.html_links import shown_text
from crawler.text.boilerplate import is_related_links_label
from crawler.text.datelines import read_dateline
from crawler.text.element_names import is_inline_boilerplate
from crawler.text.elements import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.pages.block_tree import Block, BlockTree

_INLINE = (
    *("span", "a", "small", "time", "label", "em", "i", "b", "strong", "cite", "font"),
    *("h1", "h2", "h3"),
)
_EMPHASIZED = frozenset(("b", "strong", "font", "h1", "h2", "h3"))
_LISTS = frozenset(("ul", "ol", "dl"))
_LINKED = frozenset(("ul", "ol", "dl", "p", "div", "section"))
_MOST_LINKED = 0.85  # of the letters: with more it is a list of links
_MOST_LINKED_LABELLED = 0.5  # in a list behind a label
_MOST_LINKED_NAMED = 0.25  # in a list behind a label as "Read also"
_LONGEST_LABEL = 40
_HOLDERS = frozenset(("div", "section", "article", "main", "body"))
_DAYS = frozenset(("datePublished", "dateModified"))
_ENDS = tuple(".!?…;\"”»’')]。！？」")
_CELLS = frozenset(("li", "td", "th", "dt", "dd"))
_TEXT = frozenset(("p", "li", "td", "th", "tr", "pre", "blockquote", "dd", "dt"))


def remove(tree: BlockTree, node: Block, headline: _Element | None, titles: set[str]) -> None:
    """Remove what is no part of the story from *node*, which holds the story under *headline*.

    *titles* are the story's, as `crawler.pages.headline.comparable` makes them.
    """
    _remove_inline(node, titles)
    _remove_above_headline(tree, node, headline)
    _remove_teasers(tree, node)
    _remove_links(tree, node)
    _remove_labels_at_edges(tree, node)


def _remove_inline(node: Block, titles: set[str]) -> None:
    for element in list(node.element.iter(*_INLINE)):
        if rule := _why_inline(element, titles):
            remove_element(element, rule)


def _why_inline(element: _Element, titles: set[str]) -> str:
    """Return by which rule *element* is no part of a line, empty if it is one."""
    names = element.get("class", "")
    if is_inline_boilerplate(names):
        return "boilerplate in a line, by its name"
    if element.get("itemprop") in _DAYS or _is_date(element, names):
        return "a date or a time of day"
    if _repeats(element, titles):
        return "the headline once more"
    return "a link that stands alone" if _stands_alone(element) else ""


def _stands_alone(element: _Element) -> bool:
    """Tell whether *element* is a link between blocks: no part of a line, and no sentence."""
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


def _is_date(element: _Element, names: str) -> bool:
    """Tell whether *element* is only a date or a time of day, and no part of a sentence."""
    around = element.getparent()
    if element.tag != "time" or around is None:
        return "date" in names.lower() and dates.find_moment(shown_text(element)) is not None
    is_only = element.getprevious() is None and element.getnext() is None
    return is_only and shown_text(around) == shown_text(element)


def _repeats(element: _Element, titles: set[str]) -> bool:
    if element.tag not in _EMPHASIZED or _is_all_of_emphasized(element):
        return False
    return comparable(shown_text(element)) in titles


def _is_all_of_emphasized(element: _Element) -> bool:
    """Tell whether *element* shows the same as the element around it, which was looked at."""
    around = element.getparent()
    is_only = around is not None and around.tag in _EMPHASIZED and len(around) == 1
    return is_only and not (element.tail or (around is not None and around.text))


def _remove_above_headline(tree: BlockTree, node: Block, headline: _Element | None) -> None:
    """Remove the headline and what stands above it, unless prose of the story stands there."""
    blocks = list(tree.inside(node))
    found = next((block for block in blocks if block.element is headline), None)
    above = [block for block in blocks if found and block.start < found.start]
    if found is None or any(block.own_prose and not block.contains(found) for block in above):
        return
    for block in above:
        if not block.is_removed and not block.contains(found):
            tree.remove(block, rule="above the headline")
    tree.remove(found, rule="the headline")


def _remove_teasers(tree: BlockTree, node: Block) -> None:
    """Remove ``<article>`` elements in the article whose headings are links to other stories."""
    end = 0
    for block in tree.inside(node):
        if block.tag != "article" or block is node or block.start < end:
            continue
        end = block.end
        heads = [head for head in tree.inside(block) if head.tag in HEADINGS and head.letters]
        if heads and all(head.linked == head.letters for head in heads):
            tree.remove(block, rule="a teaser of another story")


def _remove_links(tree: BlockTree, node: Block) -> None:
    """Remove blocks of nothing but links, and the label in front of them."""
    label: Block | None = None
    for block in tree.inside(node):
        if block is node or block.is_removed:
            continue
        most = _most_linked(label) if block.tag in _LISTS else _MOST_LINKED
        if block.tag in _LINKED and 0 < block.all_linked >= most * block.all_letters:
            tree.remove(block, rule="nothing but links")
            if label is not None and not label.is_removed and not label.contains(block):
                tree.remove(label, rule="the label of a list of links")
            label = None
        elif block.letters:
            label = block if _is_label(block) else None


def _most_linked(label: Block | None) -> float:
    if label is None:
        return _MOST_LINKED
    return (
        _MOST_LINKED_NAMED
        if is_related_links_label(shown_text(label.element))
        else _MOST_LINKED_LABELLED
    )


def _is_label(block: Block) -> bool:
    is_short = block.all_letters <= _LONGEST_LABEL and block.tag not in _CELLS
    return is_short and not shown_text(block.element).endswith(_ENDS)


def _remove_labels_at_edges(tree: BlockTree, node: Block) -> None:
    """Remove what is no sentence above the first paragraph and below the last."""
    prose = [block for block in tree.inside(node) if block.own_prose]
    if not prose:
        return
    first, last = prose[0], prose[-1]
    for block in _outside(tree, node, first, last):
        is_above = block.start < first.start
        is_text = block.tag in HEADINGS if is_above else block.tag in _TEXT
        shown = shown_text(block.element)
        if not is_text and not shown.endswith(_ENDS) and not (is_above and _is_dateline(shown)):
            tree.remove(block, rule="no sentence, above the first paragraph or below the last")


def _is_dateline(shown: str) -> bool:
    found = read_dateline(shown)
    return found is not None and not found[1]


def _outside(tree: BlockTree, node: Block, first: Block, last: Block) -> Iterator[Block]:
    for block in tree.inside(node):
        if block.is_removed or not block.letters or block.prose or last.contains(block):
            continue
        if block.start < first.start or block.start > last.start:
            yield block
