"""Boilerplate on a page, told by its tag, role, class and id.

The names are those of :mod:`crawler.text.element_names`. What holds too much of the page's
prose is kept, whatever it is called.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from crawler.pages.block_tree import alike, prose_in
from crawler.text.element_names import boilerplate_words
from crawler.text.elements import QUOTED_POSTS
from crawler.text.named_boxes import LIKELY, SURE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from crawler.pages.block_tree import Block, BlockTree

UNSEEN = (
    *("script", "style", "template", "noscript", "link", "meta", "svg", "canvas", "map"),
    *("iframe", "object", "embed", "applet", "audio", "video"),
    *("button", "input", "select", "textarea", "datalist", "dialog"),
    *("amp-ad", "amp-embed", "amp-analytics", "amp-sidebar", "amp-social-share"),
)
"""Elements that never hold a word of a story."""

_TAGS = {"nav": 0.9, "footer": 0.8, "aside": 0.3, "menu": 0.3, "form": 0.3, "search": 0.9}
_ROLES = frozenset(
    (
        *("navigation", "complementary", "contentinfo", "banner", "search", "dialog"),
        *("alertdialog", "menu", "menubar", "toolbar", "tablist", "alert"),
    )
)
_NEVER_BOILERPLATE = frozenset(
    ("body", "main", "article", "h1", "table", "tbody", "thead", "tr", "td", "th")
)
_MOST_ALIKE = 0.5  # of the page's prose: pieces that hold more are the story
_CONSENT = 1.1


def remove(tree: BlockTree, headline: _Element | None) -> None:
    """Remove what is called boilerplate from *tree*, unless it holds too much of the page's prose.

    What holds *headline* stays, and so do tweets, which are quotes.
    """
    kept = _around(block for block in tree.inside(tree.root) if _is_kept(block, headline))
    shares: dict[float, list[Block]] = defaultdict(list)
    for block in tree.inside(tree.root):
        if block.tag not in _NEVER_BOILERPLATE and block not in kept:
            role = block.element.get("role")
            shares[removable_share(block.tag, role, block.names)].append(block)
    total = tree.root.prose
    for share in sorted(filter(None, shares), reverse=True):
        for parts in alike(shares[share]):
            small = [block for block in parts if block.prose < total * share]
            if len(small) < len(parts) and parts[0].names.strip():
                continue  # one of them is the story, and it is cut in pieces
            if prose_in(small) <= tree.root.prose * max(share, _MOST_ALIKE):
                tree.remove(*small, rule="boilerplate by its name, tag or role")


def _is_kept(block: Block, headline: _Element | None) -> bool:
    return block.element is headline or (block.tag == "blockquote" and QUOTED_POSTS in block.names)


def _around(blocks: Iterable[Block]) -> set[Block]:
    """Return *blocks* and all their ancestors."""
    found: set[Block] = set()
    for block in blocks:
        for around in (block, *block.ancestors()):
            if around in found:
                break
            found.add(around)
    return found


def removable_share(tag: str, role: str | None, names: str) -> float:
    """Return the share of the page's prose below which such an element is boilerplate.

    It is 0 for one that is not called boilerplate, and the higher the surer its name is; above 1 it
    is boilerplate even if it holds all prose of the page.

    *names* are its class tokens and id, joined by spaces.
    """
    if tag in _TAGS:
        return _TAGS[tag]
    if role in _ROLES:
        return LIKELY
    return _named(names) if len(names) > 1 else 0.0


def _named(names: str) -> float:
    words = boilerplate_words(names)
    if words.is_consent:
        return _CONSENT
    return SURE if words.sure else LIKELY if words.likely else 0.0
