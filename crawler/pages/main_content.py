"""The main content of a page: which elements hold the story.

What is called boilerplate goes first (:mod:`crawler.pages.boilerplate_by_name`). Then each block of
prose behind the headline counts for the three elements around it, most for the nearest and the less
the further down it stands, and the element that gathers most holds the story. A story may be cut in
several such elements (by advertisements, chapters, posts of a live blog): those whose blocks look
alike belong to it. Last, :mod:`crawler.pages.boilerplate_at_edges` takes out what is left between
the paragraphs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from crawler.pages import (
    boilerplate_at_edges,
    boilerplate_by_name,
    boilerplate_by_shape,
    hidden_parts,
    live_entries,
)
from crawler.pages.block_tree import Block, BlockTree, look
from crawler.pages.lead import find_beginning, find_lead, put_in_front
from crawler.pages.pointed import find_place, take_for_prose
from crawler.pages.tree import name_blocks, remove_element
from crawler.sources.html_links import shown_text
from crawler.text.datelines import read_dateline
from crawler.text.element_names import is_gate
from crawler.text.elements import HEADINGS
from crawler.text.markup import read
from crawler.text.teaser import is_paywall_notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.pages.live_rows import Entry

_BODY = re.compile(
    r"(?:article|story|entry|post|news)[-_]*(?:body|content|text|copy)|body-?copy|content-?body",
    re.IGNORECASE,
)
_SHARE_OF_NAMED = 0.5
_HOLDERS = frozenset(("div", "section", "article", "main", "body", "td"))
_LEVELS, _LOSS = 3, 0.6
_FALL = 1.0  # at the end of the page's prose a letter counts half
_BONUS = 1.5
_LEAST_BEHIND = 80
_LEAST_TEASERS = 4
_MOST_OF_TEASER = 500  # letters of prose behind a heading
_NEAR = 30  # blocks behind the story
_LONGEST_GATE = 300
_GATE_LEVELS = 3
_DATELINE = re.compile(r"(?P<mark>\w.{1,60}?)\s?(?:--|[–—-])")


@dataclass(frozen=True, slots=True)
class MainContent:
    """The markup that holds a story, empty if there is none, and its letters of prose.

    ``has_teasers`` tells whether most of its headings are links: to stories that are elsewhere.
    ``gate`` is the line right behind it that asks to pay or to sign in, empty if there is none.
    ``dateline`` stood in an element that is called so, outside of the text. ``page_letters`` and
    ``page_prose`` are the letters outside of links and those of prose on the whole page, before
    anything was taken off; 0 if they were not counted. ``entries`` are those of a live blog.
    """

    html: str = ""
    letters: int = 0
    has_teasers: bool = False
    gate: str = ""
    dateline: str | None = None
    page_letters: int = 0
    page_prose: int = 0
    entries: int = 0
    beginning: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the text that the markup holds."""
        return tuple(read(self.html).paragraphs)


def find_main_content(
    root: _Element, headline: _Element | None, titles: set[str], *, by_name: bool = True
) -> MainContent:
    """Return the main content of the page below *root*: the story under *headline*.

    *titles* are the story's, as `crawler.pages.headline.comparable` makes them. *by_name* tells
    whether what is called boilerplate is left out. The tree is taken apart. Raises
    `NotAnArticleError` (``depth``).
    """
    body, forms, dateline = _prepared(root)
    tree = BlockTree(body)
    whole = tree.root.all_letters - tree.root.all_linked, tree.root.prose
    lead = find_lead(tree, headline)
    hidden_parts.show(tree)
    boilerplate_by_shape.remove(tree, headline, forms)
    if by_name:
        boilerplate_by_name.remove(tree, headline)
    prose = _prose_below(tree, headline)
    if not prose:
        return MainContent("", 0, False, "", dateline, *whole)
    node = _named(_whole(_best(prose), prose))
    if not by_name:
        for block in tree.inside(node):
            block.forget_names()
    beginning = [lead, *(find_beginning(tree, headline, node) if by_name else ())]
    return _read(tree, node, headline, titles, dateline, whole, beginning)


def read_live_blog(
    root: _Element, headline: _Element | None, titles: set[str], entries: list[Entry]
) -> MainContent:
    """Return the live blog with these *entries*, as `crawler.pages.live_blog` found them.

    The other arguments are those of `find_main_content`. It is empty if no entry is left.
    """
    body, forms, dateline = _prepared(root)
    tree = BlockTree(body)
    whole = tree.root.all_letters - tree.root.all_linked, tree.root.prose
    lead = find_lead(tree, headline)
    telling = live_entries.protect(tree, entries)
    hidden_parts.show(tree)
    boilerplate_by_shape.remove(tree, headline, forms, telling)
    boilerplate_by_name.remove(tree, headline)
    node = live_entries.find_place(tree, headline, entries)
    if node is None:
        return MainContent()
    found = _read(tree, node, headline, titles, dateline, whole, [lead])
    shown = live_entries.put_times(node, entries)
    return replace(found, html=_markup(node.element), has_teasers=False, entries=shown)


def find_pointed(
    root: _Element,
    headline: _Element | None,
    titles: set[str],
    *story: list[str],
    in_few_words: bool = False,
) -> MainContent:
    """Return the main content where all parts of *story* stand, as somebody else has read it.

    The other arguments are those of `find_main_content`. What tells the story is kept whatever it
    is called, and what is no prose too if it is told *in_few_words*. It is empty if no block holds
    the story.
    """
    body, forms, dateline = _prepared(root)
    page = BlockTree(body)
    lead = find_lead(page, headline)
    place = find_place(page, *story, in_few_words=in_few_words)
    if place is None:
        return MainContent()
    tree = BlockTree(place.element)
    if in_few_words:
        take_for_prose(tree, place.telling)
    whole = tree.root.all_letters - tree.root.all_linked, tree.root.prose
    hidden_parts.show(tree)
    boilerplate_by_shape.remove(tree, headline, forms, place.telling)
    boilerplate_by_name.remove(tree, headline)
    return _read(tree, tree.root, headline, titles, dateline, whole, [lead])


def _prepared(root: _Element) -> tuple[_Element, set[_Element], str | None]:
    """Return the body without what is never seen, its fields for an address, its dateline."""
    body = root.find("body")
    body = root if body is None else body
    name_blocks(body)
    forms = boilerplate_by_shape.sign_ups(body)
    _open_noscript(body)
    etree.strip_elements(body, *boilerplate_by_name.UNSEEN, with_tail=False)
    return body, forms, _take_dateline(body)


def _open_noscript(body: _Element) -> None:
    """Make a block of a ``noscript`` that holds most of the page: a tag in it was never closed."""
    for element in body.findall("noscript"):
        if 2 * len("".join(element.itertext())) > len("".join(body.itertext())):
            element.tag = "div"


def _read(
    tree: BlockTree,
    node: Block,
    headline: _Element | None,
    titles: set[str],
    dateline: str | None,
    whole: tuple[int, int],
    beginning: list[str],
) -> MainContent:
    teasers = _has_teasers(tree, node)
    boilerplate_at_edges.remove(tree, node, headline, titles)
    begun = put_in_front(node.element, [text for text in beginning if text])
    markup, gate = _markup(node.element), _gate(tree, node)
    return MainContent(markup, node.prose, teasers, gate, dateline, *whole, beginning=begun)


def all_of(element: _Element) -> MainContent:
    """Return all of *element* as main content, however short its paragraphs are."""
    return MainContent(_markup(element), len(shown_text(element)))


def _take_dateline(body: _Element) -> str | None:
    """Remove and return what is called a dateline and ends in a dash (without it, it is a day)."""
    called = [
        element
        for element in body.iterdescendants()
        if (name := element.get("class")) and ("dateline" in name or element.tag == "cite")
    ]
    for element in called[:_NEAR]:
        shown = " ".join(" ".join(element.itertext()).split())
        found = _DATELINE.fullmatch(shown)
        if found and ("dateline" in element.get("class", "") or read_dateline(shown)):
            remove_element(element, "the dateline, kept as such")
            return found["mark"]
    return None


def _gate(tree: BlockTree, node: Block) -> str:
    """Return the line that asks to pay or to sign in right behind *node*, removed or not."""
    last = max((block.start for block in tree.inside(node) if block.own_prose), default=node.start)
    for block in tree.behind(last, _NEAR):
        if block.letters and block.all_letters <= _LONGEST_GATE:
            shown = shown_text(block.element)
            if is_paywall_notice(shown) or (shown and _is_gate(block.element)):
                return shown
    return ""


def _is_gate(element: _Element) -> bool:
    """Tell whether *element* is, or is right in, what a plugin shows in the place of a text."""
    return any(
        is_gate(box.get("class", "").split(), box.get("id", ""))
        for box in (element, *islice(element.iterancestors(), _GATE_LEVELS))
    )


def _has_teasers(tree: BlockTree, node: Block) -> bool:
    heads = [block for block in tree.inside(node) if block.tag in HEADINGS and block.letters]
    linked = sum(2 * head.linked > head.letters and _leads_away(head) for head in heads)
    is_much = node.prose > _MOST_OF_TEASER * linked
    return linked >= _LEAST_TEASERS and 2 * linked > len(heads) and not is_much


def _leads_away(head: Block) -> bool:
    """Tell whether a heading has a link to another page: many have one to themselves."""
    return any(not link.get("href", "").startswith("#") for link in head.element.iter("a"))


def _markup(element: _Element) -> str:
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def _prose_below(tree: BlockTree, headline: _Element | None) -> list[Block]:
    """Return the blocks of prose below the headline; if there is little there, all of the page."""
    blocks = list(tree.inside(tree.root))
    head = next((block for block in blocks if block.element is headline), tree.root)
    behind = [
        block
        for block in blocks
        if block.own_prose and (block.start > head.start or block.contains(head))
    ]
    if sum(block.own_prose for block in behind) >= _LEAST_BEHIND:
        return behind
    return [block for block in blocks if block.own_prose]


def _best(prose: list[Block]) -> Block:
    scores: dict[Block, float] = defaultdict(float)
    total, above = sum(block.own_prose for block in prose), 0
    for block in prose:
        weight = block.own_prose / (1 + _FALL * above / total)
        above += block.own_prose
        for holder in _holders(block):
            scores[holder] += weight
            weight *= _LOSS
    return max(scores, key=lambda holder: scores[holder] * (_BONUS if _is_named(holder) else 1))


def _holders(block: Block) -> Iterator[Block]:
    """Yield the nearest blocks around *block*, without wrappers that have no name."""
    levels = 0
    for holder in (block, *block.ancestors()):
        if holder is block and holder.tag not in _HOLDERS:
            continue
        is_bare = holder.parent is not None and not holder.names.strip()
        if is_bare and holder is not block and holder.prose == block.own_prose:
            continue
        if levels == _LEVELS:
            return
        levels += 1
        yield holder


def _is_named(block: Block) -> bool:
    if block.tag == "body":
        return False
    return block.element.get("itemprop") == "articleBody" or _BODY.search(block.names) is not None


def _whole(best: Block, prose: list[Block]) -> Block:
    """Return the smallest block around *best* with all prose that looks like that in *best*.

    What stands apart from it in the body looks alike for another reason.
    """
    looks = {look(block) for block in prose if best.contains(block)} - {None}
    node = best
    for block in prose:
        if not node.contains(block) and look(block) in looks:
            around = next(around for around in node.ancestors() if around.contains(block))
            node = node if around.parent is None else around
    return node


def _named(node: Block) -> Block:
    """Return the nearest block around *node* that is called the body of an article, or *node*."""
    named = next((around for around in (node, *node.ancestors()) if _is_named(around)), node)
    return named if node.prose >= _SHARE_OF_NAMED * named.prose else node
