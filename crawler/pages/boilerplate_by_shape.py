"""What stands beside a story and looks like one: other stories, cards, sign-up and link boxes.

Told by how it is built, whatever it is called; what is told by its name goes after it
(:mod:`crawler.pages.boilerplate_by_name`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.pages.page_metadata import text
from crawler.text.boilerplate import is_related_links_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.pages.text_density import Block, Layout

_LEAST_CARDS = 2
_LEAST_NAME = 10  # letters of a headline in a link
_LARGEST = 600  # letters of a card or a box
_MOST_OF_CARDS = 0.9  # of the page's prose: more is the story itself
_MOST_OF_BOX = 0.3
_CARDS = frozenset(("div", "li", "article", "section"))
_BOXES = frozenset(("div", "section", "aside", "p", "figure", "blockquote", "nav"))
_NEVER = frozenset(("body", "main", "article"))


def sign_ups(root: _Element) -> set[_Element]:
    """Return the elements right around the fields for an e-mail address."""
    fields = (
        field
        for field in root.iter("input")
        if "email" in (field.get("type", ""), field.get("name", "").lower())
    )
    return {around for field in fields if (around := field.getparent()) is not None}


def drop(layout: Layout, headline: _Element | None, forms: set[_Element]) -> None:
    """Take out what stands beside the story under *headline*; *forms* are of `sign_ups`."""
    if headline is not None and headline.tag == "h1":
        _other_stories(layout, headline)
    for row in list(_rows(layout)):
        _drop_row(layout, row, headline)
    for block in layout.inside(layout.root):
        if block.element in forms:
            _drop_box(layout, _box_around(block), headline)
        elif block.tag in _BOXES and _has_related_links_label(block):
            _drop_box(layout, block, headline)


def _other_stories(layout: Layout, headline: _Element) -> None:
    """Take out what stands beside the story, is built as it is, and has a headline of its own."""
    heads = [block for block in layout.inside(layout.root) if block.tag == "h1" and block.letters]
    own = next((block for block in heads if block.element is headline), None)
    if own is None:
        return
    around = set(own.ancestors())
    for head in heads[heads.index(own) + 1 :]:
        other = next((block for block in head.ancestors() if block.parent in around), None)
        if other and not other.gone and any(_is_alike(other, block) for block in around):
            layout.remove(other)


def _is_alike(block: Block, other: Block) -> bool:
    return block is not other and (block.parent, block.tag, block.element.get("class")) == (
        other.parent,
        other.tag,
        other.element.get("class"),
    )


def _rows(layout: Layout) -> Iterator[list[Block]]:
    """Yield neighbours that look alike and are cards, all of them."""
    alike: dict[tuple[int, str, str], list[Block]] = {}
    for block in layout.inside(layout.root):
        if block.parent is not None and block.tag in _CARDS:
            key = (block.parent.start, block.tag, block.element.get("class", ""))
            alike.setdefault(key, []).append(block)
    for row in alike.values():
        if len(row) >= _LEAST_CARDS and all(map(_is_card, row)):
            yield row


def _is_card(block: Block) -> bool:
    return (
        block.all_linked > 0
        and block.prose > 0
        and block.all_letters <= _LARGEST
        and _begins_with_link(block.element)
    )


def _begins_with_link(element: _Element) -> bool:
    """Tell whether the first words in *element* are a link, long enough for a headline."""
    for inner in element.iter():
        if inner.tag == "a" and (shown := text(inner)):
            return len(shown) >= _LEAST_NAME
        if (inner.text or "").strip():
            return False
    return False


def _drop_row(layout: Layout, row: list[Block], headline: _Element | None) -> None:
    left = [card for card in row if not card.gone]
    prose = sum(card.prose for card in left)
    if prose < _MOST_OF_CARDS * layout.root.prose and not any(
        _has(layout, card, headline) for card in left
    ):
        for card in left:
            layout.remove(card)


def _has_related_links_label(block: Block) -> bool:
    """Tell whether a box has links, and begins with ``Read also`` or the like."""
    if not block.all_linked or block.all_letters > _LARGEST:
        return False
    pieces = (piece.strip() for piece in block.element.itertext())
    return is_related_links_label(next(filter(None, pieces), ""))


def _box_around(block: Block) -> Block:
    """Return the largest block around *block* that is still a box."""
    box = block
    for around in block.ancestors():
        if around.all_letters > _LARGEST or around.tag in _NEVER:
            break
        box = around
    return box


def _drop_box(layout: Layout, box: Block, headline: _Element | None) -> None:
    is_small = box.prose < _MOST_OF_BOX * layout.root.prose
    if is_small and not box.gone and not _has(layout, box, headline):
        layout.remove(box)


def _has(layout: Layout, block: Block, headline: _Element | None) -> bool:
    return any(inner.element is headline for inner in layout.inside(block))
