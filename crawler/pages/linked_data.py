"""The JSON-LD of a page, read as tolerantly as search engines do.

Sources: JSON-LD 1.1 (W3C) 7; schema.org/Article; Google Search Central (articles).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crawler.sources.tolerant_json import decode_script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import _Element

Node = dict[str, Any]

_LONGEST = 1_000_000
_MOST_NODES = 500
_MANY = 4
_TYPES = re.compile(r"(?:Article|Posting|Report|Review|CreativeWork|Recipe)$")
_LISTS = re.compile(r"(?:CollectionPage|SearchResultsPage|ItemList|Blog|ProfilePage)$")
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage")


def nodes(root: _Element) -> list[Node]:
    """Return the nodes that the page describes at its top level and in ``@graph``."""
    found: list[Node] = []
    for script in root.iter("script"):
        media_type = (script.get("type") or "").lower()
        text = script.text or ""
        if "ld+json" in media_type and len(text) <= _LONGEST:
            found.extend(_flat(decode_script(text)))
            if len(found) > _MOST_NODES:
                break
    return found[:_MOST_NODES]


def article(found: list[Node], urls: set[str]) -> Node:
    """Return the node of the article that has one of *urls*, else the first of an article.

    It is empty if there is none, or if there are many without such a URL: those of a list.
    """
    articles = [node for node in found if any(map(_TYPES.search, types(node)))]
    named = (node for node in articles if not urls.isdisjoint(_addresses(node)))
    first = articles[0] if 0 < len(articles) < _MANY else {}
    return next(named, first)


def list_type(found: list[Node]) -> str:
    """Return the type by which the page calls itself a list of other pages, empty without one."""
    names = (name for node in found for name in types(node))
    return next(filter(_LISTS.search, names), "")


def linked_authors(found: list[Node], node: Node) -> list[str]:
    """Return the names of the authors of *node*, an article or empty, among the nodes *found*.

    An author may be described elsewhere (``{"@id": …}``), and the page have one instead of the
    article.
    """
    pages = [page for page in found if "WebPage" in types(page)]
    described = [value for part in (node, *pages[:1]) for value in _authors(part)]
    names = {
        person["@id"]: strings(person.get("name"))[:1]
        for person in found
        if isinstance(person.get("@id"), str)
    }
    return [
        name
        for author in described[:_MOST_NODES]
        for name in strings(author, "name") or _names_by_id(author, names)
    ]


def _authors(node: Node) -> list[Any]:
    value = node.get("author") or node.get("creator")
    return value if isinstance(value, list) else [value]


def _names_by_id(author: object, names: dict[str, list[str]]) -> list[str]:
    return [name for key in strings(author, "@id") for name in names.get(key, ())]


def types(node: Mapping[str, Any]) -> list[str]:
    """Return the types of *node*, without the address of their vocabulary."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return [name.rpartition("/")[2] for name in names if isinstance(name, str)]


def strings(value: object, *keys: str) -> list[str]:
    """Return the strings that *value* holds: itself, its elements, or what its *keys* name."""
    if isinstance(value, str):
        text = value.strip()
        return [text] if text else []
    if isinstance(value, list):
        return [text for part in value[:_MOST_NODES] for text in strings(part, *keys)]
    if isinstance(value, dict):
        for key in keys:
            if found := strings(value.get(key)):
                return found[:1]
    return []


def _flat(value: object) -> Iterator[Node]:
    """Yield the nodes of *value*, a node or a list of nodes, and those right inside them."""
    if isinstance(value, list):
        for part in value[:_MOST_NODES]:
            yield from _flat(part) if isinstance(part, dict) else ()
    elif isinstance(value, dict):
        yield value
        for key in _INSIDE:
            inner = value.get(key)
            for part in inner if isinstance(inner, list) else [inner]:
                if isinstance(part, dict):
                    yield part


def _addresses(node: Node) -> set[str]:
    found = strings(node.get("url")) + strings(node.get("@id"))
    found += strings(node.get("mainEntityOfPage"), "@id", "url")
    return {address.partition("#")[0].rstrip("/") for address in found}
