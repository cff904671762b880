"""The parts of a page that are hidden: what scripts will show, and what nobody is to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from crawler.pages.block_tree import alike, prose_in
from crawler.pages.letters import flat, pieces
from crawler.text.element_names import element_names
from crawler.text.line_collector import is_removed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.pages.block_tree import Block, BlockTree

_LEAST_SHOWN = 0.3  # of the page's prose
_MOST_COMPARED = 50  # pieces


def show(tree: BlockTree) -> None:
    """Show what is hidden if it holds much of the page's prose, and remove all else that is hidden.

    Some sites send the story hidden, for a script to show it. What stands on the page a second time
    is hidden for machines to read.
    """
    hidden = [block for block in tree.inside(tree.root) if is_hidden(block)]
    for parts in alike(hidden):
        if prose_in(parts) < tree.root.prose * _LEAST_SHOWN or _is_repeated(tree.root, parts):
            tree.remove(*parts, rule="hidden, or no text by its class or id")
        else:
            for block in parts:
                block.forget_names()
                for name in ("style", "hidden"):
                    block.element.attrib.pop(name, None)


def is_hidden(block: Block) -> bool:
    """Tell whether the element of *block* hides itself, or is no text by its class or id."""
    attributes = cast("Mapping[str, str]", block.element.attrib)
    names = element_names()
    return bool(attributes) and is_removed(
        block.tag, attributes, names.plugin_classes, names.plugin_ids
    )


def _is_repeated(root: Block, blocks: list[Block]) -> bool:
    """Tell whether most of *blocks* stands on the page a second time."""
    whole = flat(root.element.itertext())
    parts = [part for block in blocks for part in pieces("".join(block.element.itertext()))]
    sample = parts[:: 1 + len(parts) // _MOST_COMPARED]
    return 2 * sum(whole.count(part) > 1 for part in sample) > len(sample)
