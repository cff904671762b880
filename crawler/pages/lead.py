"""The lead of a story where it stands outside of the story's text, under the headline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from crawler.pages.hidden_parts import is_hidden
from crawler.pages.site_names import comparable
from crawler.sources.html_links import shown_text
from crawler.text.datelines import read_dateline
from crawler.text.element_names import is_called_lead
from crawler.text.elements import CAPTIONS

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.pages.block_tree import Block, BlockTree

_NEAR = 40  # blocks behind the headline
_LEAST, _MOST = 60, 1_000  # letters
_SUBHEADS = frozenset(("h2", "h3"))
_ENDS = tuple('.!?…。！？”»"“’)')


def find_lead(tree: BlockTree, headline: _Element | None) -> str:
    """Return the sentences that are called the lead right below *headline*, empty without any."""
    head = next((block for block in tree.inside(tree.root) if block.element is headline), None)
    if head is None:
        return ""
    for block in tree.behind(head.end, _NEAR):
        is_long = _LEAST <= block.letters <= _MOST and block.tag not in CAPTIONS
        if (
            is_long
            and 2 * block.linked < block.letters
            and not any(map(is_hidden, (block, *block.ancestors())))
        ):
            return _lead(block)
    return ""


def put_in_front(story: _Element, lead: str) -> None:
    """Make *lead* the first paragraph of *story*.

    It is left out where the story has it already, or begins with a dateline: there the first
    paragraph is the lead, and this is a summary.
    """
    if read_dateline(shown_text(story)) or comparable(lead) in comparable(shown_text(story)):
        return
    paragraph = etree.Element("p")
    paragraph.text, paragraph.tail, story.text = lead, story.text, None
    story.insert(0, paragraph)


def _lead(block: Block) -> str:
    shown = shown_text(block.element) if _is_lead(block) else ""
    return shown if shown.endswith(_ENDS) else ""


def _is_lead(block: Block) -> bool:
    """Tell whether *block* is called the lead, or is a heading below the headline."""
    if block.tag in _SUBHEADS or is_called_lead(block.names):
        return True
    around = block.parent
    is_wrapped = around is not None and around.all_letters == block.letters
    return around is not None and is_wrapped and is_called_lead(around.names)
