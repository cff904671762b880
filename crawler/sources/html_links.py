"""The links of an HTML page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from crawler.html_guard import html_parser, without_hostile_tags
from crawler.sources.address import absolute_url

if TYPE_CHECKING:
    from lxml.etree import _Element
    from scrapy.http import TextResponse

_LONGEST = 4_000_000
_LONGEST_TEXT = 1_000
_MOST_LINKS = 5_000
_HIGHEST = 8
_MENU = re.compile(r"(?:^|[-_ ])(?:nav|navbar|navigation|menu|sections?)(?:$|[-_ ])", re.I)
_MARGIN = re.compile(r"(?:^|[-_ ])(?:nav|navbar|navigation|menu|footer)(?:$|[-_ ])", re.I)


class HtmlLinks:
    """The links of *response*, absolute, by its ``<base>``; ``root`` is the tree of the page."""

    def __init__(self, response: TextResponse) -> None:
        self.url = response.url
        self.root = _root(response.text[:_LONGEST])
        base = self.root.find(".//base[@href]")
        href = "" if base is None else base.get("href", "")
        self._base = absolute_url(self.url, href) or self.url

    def links(self, tag: str) -> Iterator[tuple[_Element, str]]:
        """Yield the elements of *tag* that have a usable address, and that address."""
        for element in islice(self.root.iter(tag), _MOST_LINKS):
            address = absolute_url(self._base, element.get("href", ""))
            if address:
                yield element, address


def link_types(element: _Element) -> list[str]:
    """Return the link types of *element* (HTML Living Standard 4.6.7)."""
    return element.get("rel", "").lower().split()


def in_menu(element: _Element) -> bool:
    """Tell whether *element* stands where a page links the sections of its site."""
    return _is_within(element, ("nav", "header"), ("navigation",), _MENU)


def in_margin(element: _Element) -> bool:
    """Tell whether *element* stands in a menu, at the head or at the foot of its page."""
    roles = ("navigation", "contentinfo")
    return _is_within(element, ("nav", "header", "footer"), roles, _MARGIN)


def _is_within(
    element: _Element, tags: Sequence[str], roles: Sequence[str], names: re.Pattern[str]
) -> bool:
    above = [each for each in islice(element.iterancestors(), _HIGHEST) if each.tag != "body"]
    if any(each.tag == "article" for each in above):
        tags = ("nav",)  # a story, and its teaser, may have a head and a foot of their own
    for around in above:
        named = f"{around.get('class', '')} {around.get('id', '')}"
        if around.tag in tags or around.get("role") in roles or names.search(named):
            return True
    return False


def shown_text(element: _Element) -> str:
    """Return the text of *element* on one line; of a long text no more than the start."""
    pieces, letters = [], 0
    for piece in element.itertext():
        pieces.append(piece[:_LONGEST_TEXT])
        letters += len(piece)
        if letters > _LONGEST_TEXT:
            break
    return " ".join("".join(pieces)[:_LONGEST_TEXT].split())


def _root(markup: str) -> _Element:
    """Return the tree of *markup*, without tags that would stall the parser."""
    safe = without_hostile_tags(markup.replace("\0", "")).encode("utf-8", "replace")
    root = etree.fromstring(safe, html_parser()) if safe.strip() else None
    return etree.Element("html") if root is None else root
