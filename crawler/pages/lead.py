"""How a story begins where that stands outside of its text: what is between it and its headline."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from crawler.pages.block_tree import look
from crawler.pages.hidden_parts import is_hidden
from crawler.pages.site_names import comparable
from crawler.sources.html_links import shown_text
from crawler.text.datelines import read_dateline
from crawler.text.element_names import (
    boilerplate_words,
    is_called_deck,
    is_called_lead,
    is_called_shown,
    is_picture,
)
from crawler.text.elements import CAPTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from crawler.pages.block_tree import Block, BlockTree

_NEAR = 40  # blocks behind the headline
_LEAST, _MOST = 60, 1_000  # letters
_LONG = 300  # letters of a paragraph
_LEVELS = 4  # around a paragraph
_SUBHEADS = frozenset(("h2", "h3"))
_NO_PARAGRAPHS = CAPTIONS | frozenset(
    ("li", "dd", "dt", "td", "th", "blockquote", "figure", "form", "aside", "details", "label")
)
_LIKE_DATELINE = re.compile(r"(?:[^\W\d_a-z]\w*[.,]?\s){1,5}(?:[–—]|--?)\s")
_SENTENCE_ENDS = tuple('.!?…。！？”»"“’')
_ENDS = (*_SENTENCE_ENDS, ")")


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


def find_beginning(tree: BlockTree, headline: _Element | None, story: Block) -> list[str]:
    """Return the paragraphs between *headline* and the first of *story*, whatever they stand in.

    Boilerplate has to be off the *tree*. Sentences that are left there are the first of the story:
    those apart from it for their looks, in front of a gallery, of a paywall. So are those that are
    off since they stand in a box for something to be shown, but are built as the story is, or long.
    """
    head = next((block for block in tree.inside(tree.root) if block.element is headline), None)
    first = next((block for block in tree.inside(story) if block.own_prose), None)
    if head is None or first is None:
        return []
    looks = {look(block) for block in tree.inside(story) if block.own_prose} - {None}
    between = (block for block in tree.behind(head.end, _NEAR) if block.end <= first.start)
    return [
        shown
        for block in between
        if _is_paragraph(block)
        and (
            not block.is_removed
            or (_is_shown(block) and (look(block) in looks or block.own_prose >= _LONG))
        )
        and (shown := shown_text(block.element)).endswith(_SENTENCE_ENDS)
    ]


def _is_shown(block: Block) -> bool:
    """Tell whether *block* was removed for the name of a box in which a story may be shown."""
    names = [around.names for around in (block, *block.ancestors()) if around.is_removed]
    return all(map(is_called_shown, names)) and any(map(boilerplate_words, names))


def _is_paragraph(block: Block) -> bool:
    if not _LEAST <= block.own_prose <= _MOST:
        return False
    return not any(
        around.tag in _NO_PARAGRAPHS or is_picture(around.names) or is_called_deck(around.names)
        for around in (block, *islice(block.ancestors(), _LEVELS))
    )


def put_in_front(story: _Element, beginning: Sequence[str]) -> tuple[str, ...]:
    """Make the *beginning* the first paragraphs of *story*; return those that were put there.

    What the story has already is left out, and all where it begins with a dateline, or what may be
    one: there the first paragraph is the lead, and these are a summary.
    """
    shown = shown_text(story)
    if not beginning or read_dateline(shown) or _LIKE_DATELINE.match(shown):
        return ()
    held, begun = comparable(shown), []
    for text in reversed(beginning):
        if (letters := comparable(text)) in held:
            continue
        held = f"{letters} {held}"
        begun.append(text)
        paragraph = etree.Element("p")
        paragraph.text, paragraph.tail, story.text = text, story.text, None
        story.insert(0, paragraph)
    return tuple(reversed(begun))


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
