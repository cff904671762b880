"""A page as a tree of which only links are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from crawler.sources.address import resolved

if TYPE_CHECKING:
    from lxml.etree import _Element
    from scrapy.http import TextResponse

_LONGEST = 4_000_000
_LONGEST_TEXT = 1_000
_MOST_LINKS = 5_000
_LONG_TAG = 8_000
_MOST_ATTRIBUTES = 2_000
# HTML Living Standard 13.2.5: a quote opens a value only behind an equals sign.
_VALUES = r"""[^>=]*+(?:=(?:[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+'))?+[^>=]*+)*+"""
_TAG = re.compile(rf"<[a-zA-Z]{_VALUES}")
_VALUE = re.compile(r"""=[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+')""")
_ATTRIBUTE = re.compile(r"""[\s/"'][^\s/>"'=]""")


class Page:
    """The links of *response*: its elements, and their addresses by its ``<base>``."""

    def __init__(self, response: TextResponse) -> None:
        self.url = response.url
        self.root = _root(response.text[:_LONGEST])
        base = self.root.find(".//base[@href]")
        href = "" if base is None else base.get("href", "")
        self._base = resolved(self.url, href) or self.url

    def links(self, tag: str) -> Iterator[tuple[_Element, str]]:
        """Yield the elements of *tag* that lead to a usable address, and that address."""
        for element in islice(self.root.iter(tag), _MOST_LINKS):
            address = resolved(self._base, element.get("href", ""))
            if address:
                yield element, address


def relations(element: _Element) -> list[str]:
    """Return the link types of *element* (HTML Living Standard 4.6.7)."""
    return element.get("rel", "").lower().split()


def text(element: _Element) -> str:
    """Return what *element* shows, on one line; of a long text no more than the start."""
    pieces, letters = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        letters += len(piece)
        if letters > _LONGEST_TEXT:
            break
    return " ".join("".join(pieces)[:_LONGEST_TEXT].split())


def _root(markup: str) -> _Element:
    """Return the tree of *markup*; what would choke the parser is left out of it."""
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    safe = _without_long_tags(markup.replace("\0", "")).encode("utf-8", "replace")
    root = etree.fromstring(safe, parser) if safe.strip() else None
    return etree.Element("html") if root is None else root


def _without_long_tags(markup: str) -> str:
    """libxml2 takes time in the square of the attributes of a tag."""
    if max(map(len, _TAG.findall(markup)), default=0) <= _LONG_TAG:
        return markup
    return _TAG.sub(lambda tag: "<i" if _is_hostile(tag[0]) else tag[0], markup)


def _is_hostile(tag: str) -> bool:
    return (
        len(tag) > _LONG_TAG and len(_ATTRIBUTE.findall(_VALUE.sub('="', tag))) > _MOST_ATTRIBUTES
    )
