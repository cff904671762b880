"""What a look at a site shows: what it is called, in which language, and under which licence.

Sources: HTML Living Standard 4.6.7 (``license``); Creative Commons, "License URL".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.sources.home import HomeLinks, home_links
from crawler.sources.html_links import HtmlLinks, link_types, shown_text
from crawler.sources.wordpress.languages import SiteLanguages

if TYPE_CHECKING:
    from lxml.etree import _Element
    from scrapy.http import TextResponse

_LICENCE = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses/(?P<kind>[a-z-]{2,20})|publicdomain/zero)"
    r"/(?P<version>[0-9.]{3})"
)
_TERMS = re.compile(
    r"\bterms\b|conditions of use|republish|reuse|\bagb\b|nutzungsbedingungen|mentions l[eé]gales|"
    r"condiciones|condizioni|copyright",
    re.IGNORECASE,
)
_MOST_TERMS = 3
_LONGEST = 200


@dataclass(slots=True)
class SiteFacts:
    """What was found; ``doubts`` are what could not be checked.

    ``declared_license`` says that the page calls the licence its own, ``forbidden`` why the site
    must not be crawled, ``unreadable`` why nothing is known of it.
    """

    site: str
    name: str = ""
    language: str = ""
    license: str = ""
    declared_license: bool = False
    terms: list[str] = field(default_factory=list)
    links: HomeLinks = field(default_factory=HomeLinks)
    has_rest_api: bool = False
    posts: int | None = None
    feeds: dict[str, int] = field(default_factory=dict)
    sitemaps: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    forbidden: str = ""
    unreadable: str = ""

    def read_home(self, home: TextResponse) -> None:
        """Read the home page."""
        page = HtmlLinks(home)
        self.links = home_links(home)
        self.language = SiteLanguages.of_home(home).home
        self.name = _name(page)
        declared = [url for element, url in _links(page) if "license" in link_types(element)]
        linked = [url for _, url in _links(page) if _LICENCE.match(url)]
        self.declared_license = bool(declared)
        for url in (*declared, *linked):
            self.license = license_name(url)
            break
        named = [url for anchor, url in page.links("a") if _is_of_terms(anchor, url)]
        self.terms = list(dict.fromkeys(named))[:_MOST_TERMS]


def license_name(url: str) -> str:
    """Return what a licence at *url* is called: ``CC BY-NC 4.0``, else the address."""
    found = _LICENCE.match(url)
    if not found:
        return url[:_LONGEST]
    kind, version = found["kind"], found["version"]
    return f"CC {kind.upper()} {version}" if kind else f"CC0 {version}"


def _links(page: HtmlLinks) -> Iterator[tuple[_Element, str]]:
    yield from page.links("link")
    yield from page.links("a")


def _is_of_terms(anchor: _Element, url: str) -> bool:
    words = shown_text(anchor)[:_LONGEST]
    return bool(_TERMS.search(words.replace("-", " ")) or _TERMS.search(url.rpartition("/")[2]))


def _name(page: HtmlLinks) -> str:
    for path in ("//meta[@property='og:site_name']/@content", "//title/text()"):
        found = page.root.xpath(path)
        text = " ".join(str(found[0]).split()) if isinstance(found, list) and found else ""
        plain = "".join(c for c in text if c.isprintable())[:_LONGEST].strip()
        if plain:
            return plain
    return ""
