"""Authors, agency, sections, tags, language and addresses of an article."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, urljoin, urlsplit

from lxml import etree

from crawler.pages.linked_data import strings
from crawler.pages.page_metadata import labels_below
from crawler.sources.address import without_tracking
from crawler.sources.html_links import shown_text
from crawler.sources.site import on_site, site_domain
from crawler.text import agencies
from crawler.text.normal import normal_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata

_AUTHORS = ("author", "parsely-author", "sailthru.author", "dc.creator", "byl", "article:author")
_OWNERS = ("sourceOrganization", "copyrightHolder", "provider", "publisher")
_SECTIONS = ("article:section", "parsely-section", "section", "og:article:section")
_TAGS = ("article:tag", "parsely-tags", "news_keywords", "og:article:tag")
_BY = re.compile(r"(?:by|von|par|por|di|door|av)\s+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_LONGEST_NAME = 100
_LONGEST_URL = 8192
_MOST = 50
_CALLED_BYLINES = etree.XPath("//*[contains(@class, 'yline') or contains(@class, 'uthor')]")
_BYLINE = re.compile(r"[Bb]y:? (?P<names>[^\W\d_][^|:;!?\d]{2,100})\s*")
_AND = re.compile(r",? and |, (?=[A-Z]\w+ [A-Z])")
_LINK = re.compile(r"<([^<>]*)>([^<]*)")


def bylines(
    metadata: PageMetadata, node: Node, root: _Element, heading: _Element | None
) -> list[str]:
    """Return the bylines of the story under *heading*, as they are written there.

    What readers see on the page below *root* counts only if its JSON-LD, links and head name none.
    """
    named = strings(node.get("author"), "name") or metadata.terms.get("author", [])
    return named or metadata.every(*_AUTHORS) or _shown(root, heading)


def authors(bylines: list[str]) -> list[str]:
    """Return the names in *bylines*, without the agency that they write for."""
    return _names(map(_person, bylines))


def agency(bylines: list[str], node: Node) -> str | None:
    """Return the news agency that *bylines* or the JSON-LD *node* name, None if they name none."""
    owners = [name for key in _OWNERS for name in strings(node.get(key), "name")]
    named = (
        *map(agencies.from_byline, map(normal_line, bylines)),
        *map(agencies.full_name, owners),
    )
    return next(filter(None, named), None)


def _shown(root: _Element, heading: _Element | None) -> list[str]:
    """Return the bylines that readers see: in an element called so, or below the heading."""
    called = cast("list[_Element]", _CALLED_BYLINES(root))[:_MOST]
    texts = chain(map(shown_text, called), [] if heading is None else labels_below(heading))
    found = next(filter(None, map(_BYLINE.fullmatch, texts)), None)
    if found is None:
        return []
    people, comma, last = found["names"].rpartition(", ")
    if people and agencies.from_byline(last):
        return [f"{name}{comma}{last}" for name in _AND.split(people)]
    return _AND.split(found["names"])


def _person(name: str) -> str:
    name = _BY.sub("", name, count=1) if _BY.match(name) else name
    person, comma, behind = name.partition(", ")
    return person if comma and agencies.from_byline(behind.strip()) else name


def sections(metadata: PageMetadata, node: Node) -> list[str]:
    """Return the names of the sections; of a WordPress post, those of its categories."""
    named = metadata.terms.get("category") if metadata.is_wordpress else None
    return _names(
        named or strings(node.get("articleSection"), "name") or metadata.every(*_SECTIONS)
    )


def tags(metadata: PageMetadata, node: Node) -> list[str]:
    """Return the tags, or the keywords if there are none."""
    if metadata.is_wordpress and "tag" in metadata.terms:
        return _names(metadata.terms["tag"])
    named = metadata.every(*_TAGS) or strings(node.get("keywords"), "name")
    return _names(named[0].split(",") if len(named) == 1 else named)


def language(metadata: PageMetadata, node: Node) -> str | None:
    """Return the language that the page names (BCP 47), None if it names none."""
    named = (
        *(metadata.language, *strings(node.get("inLanguage"), "alternateName", "name")),
        *(metadata.first("content-language"), metadata.first("og:locale")),
    )
    found = next(filter(_LANGUAGE.fullmatch, map(str.strip, named)), None)
    return found.replace("_", "-") if found else None


def canonical(metadata: PageMetadata, url: str) -> str:
    """Return the canonical URL of the page, or *url* if that is not on the same site.

    Tracking parameters are left out.
    """
    for address in (*metadata.links.get("canonical", ()), *metadata.meta.get("og:url", ())):
        try:
            full: str = urljoin(url, address).partition("#")[0]
            is_usable = urlsplit(full).scheme in ("http", "https") and len(full) <= _LONGEST_URL
            if is_usable and on_site(full, [site_domain(url)]) and urlsplit(full).path != "/":
                return without_tracking(full)
        except ValueError:
            continue
    return without_tracking(url)


def shortlink(metadata: PageMetadata, headers: Iterable[str], url: str) -> str | None:
    """Return the shortlink of a WordPress post (``https://site/?p=7``), which is its guid as well.

    *headers* are the values of the response's ``Link`` headers (RFC 8288).
    """
    linked = [
        target
        for value in headers
        for target, parameters in _LINK.findall(value)
        if "shortlink" in parameters
    ]
    for address in (*metadata.links.get("shortlink", ()), *linked):
        try:
            full: str = urljoin(url, address)
            query = parse_qsl(urlsplit(full).query)
            if len(query) == 1 and query[0][0] == "p" and on_site(full, [site_domain(url)]):
                return full
        except ValueError:
            continue
    return None


def _names(texts: Iterable[str]) -> list[str]:
    found = (normal_line(text) for text in texts)
    names = (name for name in found if name and "://" not in name and len(name) <= _LONGEST_NAME)
    return list(dict.fromkeys(names))[:_MOST]
