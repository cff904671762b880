"""A page's markup to a tree, unless it is made to choke the parser.

libxml2 takes quadratic time for a tag with very many attributes, and stops without a word at depth
2048 (256 without ``huge_tree``): what it would choke on is refused before or behind it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from lxml import etree

from crawler.pages.refusal import NotAnArticleError
from crawler.text.elements import BLOCKS
from crawler.text.markup import prepared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

LONGEST = 16_000_000
MOST_TAGS = 150_000
MOST_ATTRIBUTES = 2_000
_PARSERS_LIMIT = 2_040

# HTML Living Standard 13.2.5: a quote opens a value only behind an equals sign.
_LONG = 8_000
_ATTRIBUTES = r"""[^>=]*+(?:=(?:[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+'))?+[^>=]*+)*+"""
_TAG = re.compile(rf"<[a-zA-Z]{_ATTRIBUTES}")
# What is in these is text, whatever it looks like (13.2.5.2-4, and libxml2's own xmp, iframe).
_RAW = ("script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp", "plaintext")
_OPENED = re.compile(
    r"<(?:(?P<comment>!--)(?!-?>)"
    rf"|(?:(?P<raw>{'|'.join(_RAW)})(?=[ \t\n\f\r/>])|[a-z]){_ATTRIBUTES})",
    re.IGNORECASE,
)
_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _RAW}
_ENDS["!--"] = re.compile("--!?>")
_ATTRIBUTE = re.compile(r"""[\s/"'][^\s/>"'=]""")
_VALUE = re.compile(r"""=[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+')""")
_XML = re.compile(r"\s*(?:<\?xml\b|<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b)")
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF|urlset|sitemapindex)[\s>]")
_START = 4_000
_CUSTOM = etree.XPath(".//*[contains(local-name(), '-')]")


def tree(html: str) -> _Element:
    """Return the root of the page *html*, without comments.

    Raises `NotAnArticleError`: ``feed``, ``not_html``, ``too_big``, ``attributes``, ``depth``.
    """
    _check_kind(html[:_START])
    if len(html) > LONGEST or html.count("<") > MOST_TAGS:
        raise NotAnArticleError("too_big")
    html = prepared(html)
    _check_attributes(html)
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(html.encode(), parser)
    except etree.XMLSyntaxError:
        raise NotAnArticleError("not_html") from None
    if root is None:
        raise NotAnArticleError("no_text")
    _check_depth(root)
    return root


def name_blocks(root: _Element) -> None:
    """Make blocks of custom elements that hold blocks or stand among blocks alone.

    To the parser they are words in a line (HTML Living Standard 4.13: they have no rendering of
    their own). Their names become classes, since sites call them by what they are.
    """
    for element in cast("list[_Element]", _CUSTOM(root)):
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


def _check_kind(start: str) -> None:
    if _XML.match(start) and _FEED.search(start):
        raise NotAnArticleError("feed")
    if "<" not in start or start.lstrip()[:1] in ("{", "["):
        raise NotAnArticleError("not_html")


def _check_attributes(html: str) -> None:
    # Scripts are full of what looks like tags: they are told from tags only where it matters.
    if max(map(len, _TAG.findall(html)), default=0) > _LONG:
        for tag in _tags(html):
            if (
                len(tag) > _LONG
                and len(_ATTRIBUTE.findall(_VALUE.sub('="', tag))) > MOST_ATTRIBUTES
            ):
                raise NotAnArticleError("attributes")


def _tags(html: str) -> Iterator[str]:
    """Yield the tags outside comments, scripts and the like."""
    position = 0
    while found := _OPENED.search(html, position):
        yield found[0]
        position = found.end()
        if opened := found["comment"] or found["raw"]:
            end = _ENDS[opened.lower()].search(html, position)
            if end is None:
                return
            position = end.end()


def _check_depth(root: _Element) -> None:
    """Where libxml2 gave up, the element it read last is the deepest."""
    depth, last = 1, root
    while len(last):
        depth, last = depth + 1, last[-1]
    if depth >= _PARSERS_LIMIT:
        raise NotAnArticleError("depth")
