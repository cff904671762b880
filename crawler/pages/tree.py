"""The tree of a page, refused if it would choke the parser.

A tag of very many attributes (:mod:`crawler.html_guard`) is found before the page is parsed, too
deep a nesting afterwards: libxml2 stops without a word at depth 2048.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from crawler.html_guard import has_hostile_tag, html_parser
from crawler.pages.not_an_article import NotAnArticleError
from crawler.sources.sniffing import document_kind
from crawler.text.elements import BLOCKS
from crawler.text.markup import prepare_for_libxml2

if TYPE_CHECKING:
    from lxml.etree import _Element

LONGEST = 16_000_000
MOST_TAGS = 150_000
_PARSERS_LIMIT = 2_040
_START = 4_000


def parse_page(html: str) -> _Element:
    """Return the root of the tree of *html*, without comments.

    Raises `NotAnArticleError`: ``feed``, ``not_html``, ``too_big``, ``attributes``, ``depth``.
    """
    _check_is_html(html[:_START])
    if len(html) > LONGEST or html.count("<") > MOST_TAGS:
        raise NotAnArticleError("too_big")
    html = prepare_for_libxml2(html)
    if has_hostile_tag(html):
        raise NotAnArticleError("attributes")
    try:
        root = etree.fromstring(html.encode(), html_parser())
    except etree.XMLSyntaxError:
        raise NotAnArticleError("not_html") from None
    if root is None:
        raise NotAnArticleError("no_text")
    _check_depth(root)
    return root


def name_blocks(root: _Element) -> None:
    """Make block elements of custom elements that hold blocks or stand among blocks alone.

    To the parser they are words in a line (HTML Living Standard 4.13: they have no rendering of
    their own). Their names become classes, since sites call them by what they are.
    """
    for element in [element for element in root.iterdescendants() if "-" in str(element.tag)]:
        tag = str(element.tag)
        if not tag.startswith("amp-") and _is_block(element):
            element.set("class", f"{tag} {element.get('class', '')}")
            element.tag = "div"


def _is_block(element: _Element) -> bool:
    if any(inner.tag in BLOCKS for inner in element):
        return True
    around = element.getparent()
    return around is not None and not any(
        words and words.strip() for words in (around.text, *(inner.tail for inner in around))
    )


def _check_is_html(start: str) -> None:
    kind = document_kind(start)
    if kind in ("feed", "sitemap"):
        raise NotAnArticleError("feed")
    if kind in ("json", "json_feed") or "<" not in start:
        raise NotAnArticleError("not_html")


def _check_depth(root: _Element) -> None:
    """Raise `NotAnArticleError` if libxml2 gave up: the element read last is the deepest then."""
    depth, last = 1, root
    while len(last):
        depth, last = depth + 1, last[-1]
    if depth >= _PARSERS_LIMIT:
        raise NotAnArticleError("depth")


REMOVED_BY = "newsreel-removed-by"
"""The attribute of a removed element that says by which rule it was, for whoever still has it."""


def remove_element(element: _Element, rule: str) -> None:
    """Remove *element* from its tree by a *rule*, in words; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    element.set(REMOVED_BY, rule)
    if tail := element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = f"{parent.text or ''}{tail}"
        else:
            before.tail = f"{before.tail or ''}{tail}"
    parent.remove(element)
