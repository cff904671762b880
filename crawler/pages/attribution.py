"""Authors, agency, sections, tags, language and addresses of an article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urljoin, urlsplit

from crawler.pages.linked_data import linked_authors, strings
from crawler.pages.page_bylines import shown_bylines
from crawler.pages.site_names import site_names
from crawler.sources.address import without_tracking
from crawler.sources.site import on_site, site_domain
from crawler.text import agencies
from crawler.text.normal import normal_line
from crawler.text.signatures import is_label, signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata

_AUTHORS = (
    *("author", "parsely-author", "sailthru.author", "cxenseparse:author", "byl", "byline"),
    *("article:author", "og:article:author", "article_author", "citation_author"),
    *("dc.creator", "dcterms.creator", "dc:creator"),
)
_OWNERS = ("sourceOrganization", "copyrightHolder", "provider", "publisher")
_SECTIONS = ("article:section", "parsely-section", "section", "og:article:section")
_TAGS = ("article:tag", "parsely-tags", "news_keywords", "og:article:tag")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_LONGEST_NAME = 100
_LONGEST_URL = 8192
_MOST = 50
_LINK = re.compile(r"<([^<>]*)>([^<]*)")


def bylines(
    metadata: PageMetadata, node: Node, root: _Element, heading: _Element | None, url: str
) -> list[str]:
    """Return the names in the bylines of the story under *heading*, those of agencies too.

    What readers see on the page below *root* counts only if its JSON-LD and head name nobody but
    the site; what the site calls itself counts if nobody else is named anywhere.
    """
    site = site_names(metadata, url)
    offices: list[str] = []
    for texts in _told(metadata, node):
        lines = (" ".join(text.split()) for text in texts)
        signed = list(dict.fromkeys(name for line in lines for name in signatures(line)))
        if any(map(site.is_inside, texts)) or all(map(site.is_own, signed)):
            offices = offices or signed
        else:
            return [name for name in signed if not site.is_own(name)][:_MOST]
    return (shown_bylines(root, heading, site.is_own) or offices)[:_MOST]


def _told(metadata: PageMetadata, node: Node) -> Iterator[list[str]]:
    """Yield what JSON-LD and the head of the page say of the authors, the surest first."""
    yield linked_authors(metadata.nodes, node)
    yield from (metadata.meta[name] for name in _AUTHORS if name in metadata.meta)
    for number in ("1", "2"):
        if is_label(metadata.first(f"twitter:label{number}")):
            yield metadata.every(f"twitter:data{number}")


def authors(bylines: list[str]) -> list[str]:
    """Return the names of authors in *bylines*: those of agencies only if nobody else signed."""
    people = [name for name in bylines if not agencies.full_name(name.removeprefix("The "))]
    return _names(people or bylines)


def agency(bylines: list[str], node: Node) -> str | None:
    """Return the news agency that *bylines* or the JSON-LD *node* name, None if they name none."""
    owners = [name for key in _OWNERS for name in strings(node.get(key), "name")]
    named = (
        *map(agencies.from_byline, map(normal_line, bylines)),
        *map(agencies.full_name, owners),
    )
    return next(filter(None, named), None)


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
    return without_tracking(_canonical(metadata, url) or url)


def names_canonical(metadata: PageMetadata, url: str) -> bool:
    """Tell whether the page at *url* names a canonical URL that `canonical` returns."""
    return bool(_canonical(metadata, url))


def _canonical(metadata: PageMetadata, url: str) -> str:
    for address in (*metadata.links.get("canonical", ()), *metadata.meta.get("og:url", ())):
        try:
            full: str = urljoin(url, address).partition("#")[0]
            is_usable = urlsplit(full).scheme in ("http", "https") and len(full) <= _LONGEST_URL
            if is_usable and on_site(full, [site_domain(url)]) and urlsplit(full).path != "/":
                return full
        except ValueError:
            continue
    return ""


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
