"""What the markup of a page says about the page: meta elements, links, times, JSON-LD.

Sources: HTML Living Standard 4.2 and 4.5.14; the Open Graph protocol; Dublin Core; schema.org.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from lxml import etree

from crawler.pages import linked_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_MOST = 50
_LONGEST = 1_000
_RELATED = etree.XPath("//a[@rel]")
_BELOW = etree.XPath("following::text()[position() < 60][normalize-space()]", smart_strings=False)
_LONGEST_LABEL = 150
_TERMS = ("category", "tag", "author")
_REST_API = "https://api.w.org/"
_THEMES = "/wp-content/themes/"


@dataclass(slots=True)
class Marks:
    """``meta`` holds contents by name, property or itemprop in lower case, ``links`` addresses by
    relation, ``times`` the ``<time>`` elements, ``terms`` the texts of links by what they name
    (``category``, ``tag``, ``author``), ``nodes`` the JSON-LD.
    """

    title: str = ""
    language: str = ""
    classes: frozenset[str] = frozenset()
    meta: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    times: list[_Element] = field(default_factory=list)
    headings: list[_Element] = field(default_factory=list)
    terms: dict[str, list[str]] = field(default_factory=dict)
    nodes: list[linked_data.Node] = field(default_factory=list)
    is_protected: bool = False

    def first(self, *names: str) -> str:
        """Return the first content that one of *names* has, the names in order; else nothing."""
        return next((content for name in names for content in self.meta.get(name, ())), "")

    def every(self, *names: str) -> list[str]:
        """Return all contents of the first of *names* that has any."""
        return next((self.meta[name] for name in names if name in self.meta), [])

    @property
    def is_wordpress(self) -> bool:
        """Whether WordPress made the page."""
        return (
            _REST_API in self.links
            or self.first("generator").startswith("WordPress")
            or any(_THEMES in address for address in self.links.get("stylesheet", ()))
        )


def marks(root: _Element) -> Marks:
    """Read the marks of the page below *root*."""
    found = Marks(language=root.get("lang") or "", nodes=linked_data.nodes(root))
    body = root.find("body")
    if body is not None:
        found.classes = frozenset((body.get("class") or "").split())
    for element in root.iter("meta", "link", "title", "time", "h1", "h2"):
        _read(found, element)
    for element in cast("list[_Element]", _RELATED(root)):
        _add_term(found.terms, element)
    found.is_protected = any(i.get("name") == "post_password" for i in root.iter("input"))
    return found


def _read(found: Marks, element: _Element) -> None:
    tag = element.tag
    if tag == "meta":
        name = element.get("property") or element.get("name") or element.get("itemprop")
        name = name or element.get("http-equiv") or ""
        _add(found.meta, name.lower(), element.get("content"))
    elif tag == "link":
        for relation in (element.get("rel") or "").lower().split():
            _add(found.links, relation, element.get("href"))
    elif tag == "time":
        found.times.append(element)
    elif tag == "title":
        found.title = found.title or " ".join((element.text or "").split())
    else:
        found.headings.append(element)


def _add_term(terms: dict[str, list[str]], element: _Element) -> None:
    """A link may say what it names: ``rel="category tag"``, ``rel="tag"``, ``rel="author"``."""
    relations = (element.get("rel") or "").lower().split()
    if relations and (kind := next((r for r in _TERMS if r in relations), None)):
        _add(terms, kind, text(element))


def _add(where: dict[str, list[str]], name: str, content: str | None) -> None:
    content = (content or "").strip()
    if name and content:
        contents = where.setdefault(name, [])
        if len(contents) < _MOST:
            contents.append(content)


def text(element: _Element) -> str:
    """Return what *element* shows, on one line; of a long text no more than the start.

    Elements nest, and each may be asked: reading all of all would take time in the square.
    """
    pieces, letters = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        letters += len(piece)
        if letters > _LONGEST:
            break
    return " ".join("".join(pieces)[:_LONGEST].split())


def below(heading: _Element) -> Iterator[str]:
    """Yield the labels below *heading*, down to the first text that is longer than a label."""
    for shown in cast("list[str]", _BELOW(heading)):
        if len(shown) > _LONGEST_LABEL:
            return
        yield " ".join(shown.split())
