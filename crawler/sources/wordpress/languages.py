"""The languages of a site: that of its home page, and those that it links as its alternates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from lxml import etree

from crawler.sources.address import absolute_url

FIELDS = ("lang", "wpml_current_locale")
"""Where Polylang and WPML say the language of a post."""

_HEAD = 1 << 18
_MOST = 100
_HTML_ELEMENT = re.compile(rb"<html\b[^>]{0,2000}>", re.IGNORECASE)
_LINK_ELEMENT = re.compile(rb"<link\b[^>]{0,2000}\bhreflang\b[^>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}", re.IGNORECASE)


class Page(Protocol):
    """What was answered at an address: a response of Scrapy's, or an archived one."""

    @property
    def url(self) -> str: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SiteLanguages:
    """``home`` is the language (BCP 47) of the home page, ``alternates`` are addresses by language.

    Both are empty for a site that says nothing.
    """

    home: str = ""
    alternates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_home(cls, home: Page) -> SiteLanguages:
        """Read the markup of the page *home*."""
        head = home.body[:_HEAD]
        named = [tag(_attribute(element, "lang")) for element in _HTML_ELEMENT.findall(head)[:1]]
        alternates: dict[str, str] = {}
        for element in _LINK_ELEMENT.findall(head)[:_MOST]:
            name = tag(_attribute(element, "hreflang"))
            if address := absolute_url(home.url, _attribute(element, "href")):
                alternates.setdefault(name, address)
        alternates.pop("", None)  # x-default among them
        return cls("".join(named), alternates)

    @property
    def are_several(self) -> bool:
        """Whether the site links its pages in more than one language."""
        return len({primary(name) for name in self.alternates}) > 1

    def others(self) -> Iterator[tuple[str, str]]:
        """Yield primary subtag and address of each language beside that of the home page."""
        seen = {primary(self.home)}
        for name, address in self.alternates.items():
            if primary(name) not in seen:
                seen.add(primary(name))
                yield primary(name), address

    def at(self, url: str) -> str:
        """Return the language below whose address *url* is; empty if none says so."""
        if not self.are_several:
            return ""
        where = _place(url)
        places = {
            name: _place(address).rstrip("/") + "/" for name, address in self.alternates.items()
        }
        # Where languages differ in the query alone, addresses of posts do not tell them.
        shared = Counter(places.values())
        below = [
            (len(place), name)
            for name, place in places.items()
            if shared[place] == 1 and where.startswith(place)
        ]
        return max(below)[1] if below else ""


def own_language(post: Mapping[str, Any]) -> str:
    """Return the language that *post* itself names, empty if it names none."""
    return next((found for name in FIELDS if (found := tag(post.get(name)))), "")


def tag(value: object) -> str:
    """Return *value* as a language tag (BCP 47), empty if it is none."""
    text = value.strip() if isinstance(value, str) else ""
    return text.replace("_", "-") if _TAG.fullmatch(text) else ""


def primary(name: str) -> str:
    """Return the primary subtag of a language tag."""
    return name.lower().partition("-")[0]


def _attribute(element: bytes, name: str) -> str:
    # A NUL would be the end of it.
    markup = element.decode("utf-8", "replace").replace("\0", "")
    root = etree.fromstring(markup, etree.HTMLParser())
    found = root.xpath(f"//@{name}") if root is not None else []
    return str(found[0]) if isinstance(found, list) and found else ""


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"//{(parts.hostname or '').removeprefix('www.')}{parts.path or '/'}"
