"""Boilerplate that looks like a story: other stories, cards, pictures, sign-up and link boxes.

Told by how it is built, whatever it is called; what is recognised by its name goes after it
(:mod:`crawler.pages.boilerplate_by_name`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.sources.html_links import shown_text
from crawler.text.boilerplate import is_related_links_label, is_sure_related_links_label
from crawler.text.element_names import is_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from lxml.etree import _Element

    from crawler.pages.block_tree import Block, BlockTree

_LEAST_CARDS = 2
_LEAST_NAME = 10  # letters of a headline in a link
_LEAST_STORY = 80  # letters of prose
_LEAST_OF_OTHER = 0.2
_LARGEST = 600  # letters of a card or a box
_LONGEST_CAPTION = 300
_MOST_OF_CARDS = 0.9  # of the page's prose: more is the story itself
_MOST_OF_BOX = 0.3
_CARDS = frozenset(("div", "li", "article", "section"))
_BOXES = frozenset(("div", "section", "aside", "p", "figure", "blockquote", "nav"))
_NEVER = frozenset(("body", "main", "article"))


def sign_ups(root: _Element) -> set[_Element]:
    """Return the parents of the fields for an e-mail address."""
    fields = (
        field
        for field in root.iter("input")
        if "email" in (field.get("type", ""), field.get("name", "").lower())
    )
    return {around for field in fields if (around := field.getparent()) is not None}


def remove(
    tree: BlockTree,
    headline: _Element | None,
    forms: set[_Element],
    telling: Set[_Element] = frozenset(),
) -> None:
    """Remove what stands beside the story under *headline*; *forms* are those of `sign_ups`.

    *telling* are elements that are known to tell the story.
    """
    if headline is not None and headline.tag == "h1":
        _remove_other_stories(tree, headline)
    for row in list(_rows(tree)):
        if not any(card.element in telling for card in row):
            _remove_cards(tree, row, headline)
    for block in tree.inside(tree.root):
        if block.element in telling:
            continue
        if block.element in forms:
            _remove_box(tree, _box_around(block), headline)
        elif block.tag in _BOXES and (_has_related_links_label(block) or _is_picture(block)):
            _remove_box(tree, block, headline)


def _remove_other_stories(tree: BlockTree, headline: _Element) -> None:
    """Remove what stands beside the story, is built like it, and has a headline of its own."""
    heads = [block for block in tree.inside(tree.root) if block.tag == "h1" and block.letters]
    own = next((block for block in heads if block.element is headline), None)
    if own is None:
        return
    around = set(own.ancestors())
    for head in heads[heads.index(own) + 1 :]:
        other = next((block for block in head.ancestors() if block.parent in around), None)
        if other is None or other.is_removed or _prose_above(tree, other, head) >= _LEAST_STORY:
            continue
        if any(_is_like_story(other, own) for own in around):
            tree.remove(other, rule="another story, with a headline of its own")


def _prose_above(tree: BlockTree, other: Block, head: Block) -> int:
    """Return the letters of prose in *other* above *head*: that is a subhead in the same story."""
    above = (block for block in tree.inside(other) if block.start < head.start)
    return sum(block.own_prose for block in above if not block.contains(head))


def _is_like_story(other: Block, own: Block) -> bool:
    """Tell whether *other* is built like *own*, and *own* holds enough to be a story."""
    if own.prose < max(_LEAST_STORY, _LEAST_OF_OTHER * other.prose):
        return False
    return other is not own and (other.parent, other.tag, other.element.get("class")) == (
        own.parent,
        own.tag,
        own.element.get("class"),
    )


def _rows(tree: BlockTree) -> Iterator[list[Block]]:
    """Yield the children of a block that look alike, where all of them are cards."""
    alike: dict[tuple[int, str, str], list[Block]] = {}
    for block in tree.inside(tree.root):
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
    """Tell whether *element* begins with a link that is long enough for a headline."""
    for inner in element.iter():
        if inner.tag == "a" and (shown := shown_text(inner)):
            return len(shown) >= _LEAST_NAME
        if (inner.text or "").strip():
            return False
    return False


def _remove_cards(tree: BlockTree, row: list[Block], headline: _Element | None) -> None:
    left = [card for card in row if not card.is_removed]
    prose = sum(card.prose for card in left)
    if prose < _MOST_OF_CARDS * tree.root.prose and not any(
        _has(tree, card, headline) for card in left
    ):
        for card in left:
            tree.remove(card, rule="a card that leads to another story")


def _has_related_links_label(block: Block) -> bool:
    """Tell whether a small block has links, and begins with ``Read also`` or the like.

    Behind a label that a story may have, most must be links.
    """
    if not block.all_linked or block.all_letters > _LARGEST:
        return False
    pieces = (piece.strip() for piece in block.element.itertext())
    label = next(filter(None, pieces), "")
    return is_related_links_label(label) and (
        2 * block.all_linked >= block.all_letters or is_sure_related_links_label(label)
    )


def _is_picture(block: Block) -> bool:
    """Tell whether a block is called a picture, and is one with a few words."""
    return (
        0 < block.all_letters <= _LONGEST_CAPTION
        and is_picture(block.names)
        and next(block.element.iter("img", "picture"), None) is not None
    )


def _box_around(block: Block) -> Block:
    """Return the largest block around *block* that is small enough for a box."""
    box = block
    for around in block.ancestors():
        if around.all_letters > _LARGEST or around.tag in _NEVER:
            break
        box = around
    return box


def _remove_box(tree: BlockTree, box: Block, headline: _Element | None) -> None:
    is_small = box.prose < _MOST_OF_BOX * tree.root.prose
    if is_small and not box.is_removed and not _has(tree, box, headline):
        tree.remove(box, rule="a small box: sign-up, related links or a picture")


def _has(tree: BlockTree, block: Block, headline: _Element | None) -> bool:
    return any(inner.element is headline for inner in tree.inside(block))
