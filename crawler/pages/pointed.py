"""The place on a page where a story stands that somebody else has read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.pages.letters import flat, pieces
from crawler.sources.html_links import shown_text
from crawler.text.elements import CAPTIONS

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.pages.block_tree import Block, BlockTree

_SHARE = 0.8  # of the letters of the story
_FEW_WORDS = 300  # letters, white space included
_OWN_SHARE = 0.6  # of the letters of a block that tells it


@dataclass(frozen=True, slots=True)
class Place:
    """Where a story stands: the element around it, and the blocks in it that tell it."""

    element: _Element
    telling: frozenset[_Element]


def find_place(tree: BlockTree, *parts: list[str], in_few_words: bool = False) -> Place | None:
    """Return the lowest place with most of the letters of each of *parts*, None if there is none.

    What tells the story loses its names, which may be those of boilerplate, and captions that do
    become paragraphs: some stories are told by pictures. *in_few_words* tells whether blocks that
    are no prose tell it too.
    """
    blocks = list(tree.inside(tree.root))
    wholes = list(map(flat, parts))
    helds = [_held(blocks, whole) for whole in wholes]
    holding = (
        block
        for block in blocks
        if all(
            held[block.start] >= _SHARE * len(whole)
            for held, whole in zip(helds, wholes, strict=True)
        )
    )
    holder = max(holding, key=lambda block: block.depth, default=None)
    if holder is None:
        return None
    telling = [
        block
        for block in tree.inside(holder)
        if (block.prose or (in_few_words and 0 < block.letters < _FEW_WORDS))
        and max(held[block.start] for held in helds) > _OWN_SHARE * _letters(block)
    ]
    for block in telling:
        block.forget_names()
        if block.tag in CAPTIONS:
            block.element.tag = "div"
    return Place(holder.element, frozenset(block.element for block in telling))


def _letters(block: Block) -> int:
    """Return the letters in *block*; of few words, white space in the mark-up may be most."""
    return block.all_letters if block.prose else len(flat([shown_text(block.element)]))


def take_for_prose(tree: BlockTree, telling: frozenset[_Element]) -> None:
    """Count what the blocks of *telling* hold as prose, however few words that are."""
    for block in tree.inside(tree.root):
        if block.element in telling and not block.own_prose:
            block.own_prose = block.letters - block.linked
            for around in (block, *block.ancestors()):
                around.prose += block.own_prose


def _held(blocks: list[Block], whole: str) -> list[int]:
    """Return how many letters of *whole* each block holds."""
    held = [0] * len(blocks)
    texts = _own_texts(blocks)
    for block in reversed(blocks):
        own = pieces(texts[block.start]) if block.letters else []
        held[block.start] += sum(len(piece) for piece in own if piece in whole)
        if block.parent is not None:
            held[block.parent.start] += held[block.start]
    return held


def _own_texts(blocks: list[Block]) -> list[str]:
    """Return the text in each of *blocks* that is in no block below it: a loop, however deep."""
    found: list[list[str]] = [[block.element.text or ""] for block in blocks]
    numbers: dict[_Element, int] = {block.element: block.start for block in blocks}
    for element in blocks[0].element.iterdescendants():
        around = element.getparent()
        outside = numbers[around] if around is not None else 0
        if element not in numbers:
            numbers[element] = outside
            found[outside].append(element.text or "")
        found[outside].append(element.tail or "")
    return list(map(" ".join, found))
