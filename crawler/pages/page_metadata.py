"""Meta elements, links, times and JSON-LD: what the markup of a page says about the page.

Sources: HTML Living Standard 4.2 and 4.5.14; the Open Graph protocol; Dublin Core; schema.org.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from lxml import etree

from crawler.pages import linked_data
from crawler.sources.html_links import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_MOST = 50
_RELATED = etree.XPath("//a[@rel]")
_BELOW = etree.XPath("following::text()[position() < 60][normalize-space()]", smart_strings=False)
_LONGEST_LABEL = 150
_TERMS = ("category", "tag", "author")
_REST_API = "https://api.w.org/"
_THEMES = "/wp-content/themes/"


@dataclass(slots=True)
class PageMetadata:
    """What the markup of a page says about the page.

    ``classes`` are those of its body. ``meta`` has contents by their name, property or itemprop in
    lower case, ``links`` the addresses of ``<link>`` elements by relation, ``times`` the ``<time>``
    elements, ``headings`` the ``h1`` and ``h2``. ``terms`` has the texts of links by what they name
    (``category``, ``tag``, ``author``), ``nodes`` the JSON-LD. ``is_protected`` tells whether the
    page asks for the password of a WordPress post.
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
        """Return the first content of the first of *names* that has any, else an empty text."""
        return next((content for name in names for content in self.meta.get(name, ())), "")

    def every(self, *names: str) -> list[str]:
        """Return all contents of the first of *names* that has any, else an empty list."""
        return next((self.meta[name] for name in names if name in self.meta), [])

    @property
    def is_wordpress(self) -> bool:
        """Whether WordPress made the page."""
        return (
            _REST_API in self.links
            or self.first("generator").startswith("WordPress")
            or any(_THEMES in address for address in self.links.get("stylesheet", ()))
        )


def read_metadata(root: _Element) -> PageMetadata:
    """Return the metadata of the page below *root*."""
    metadata = PageMetadata(language=root.get("lang") or "", nodes=linked_data.nodes(root))
    body = root.find("body")
    if body is not None:
        metadata.classes = frozenset((body.get("class") or "").split())
    for element in root.iter("meta", "link", "title", "time", "h1", "h2"):
        _read(metadata, element)
    for element in cast("list[_Element]", _RELATED(root)):
        _add_term(metadata.terms, element)
    metadata.is_protected = any(i.get("name") == "post_password" for i in root.iter("input"))
    return metadata


def _read(metadata: PageMetadata, element: _Element) -> None:
    tag = element.tag
    if tag == "meta":
        name = element.get("property") or element.get("name") or element.get("http-equiv") or ""
        if not name and element.get("itemprop") != "author":  # of what stands around it
            name = element.get("itemprop") or ""
        _add(metadata.meta, name.lower(), element.get("content"))
    elif tag == "link":
        for relation in (element.get("rel") or "").lower().split():
            _add(metadata.links, relation, element.get("href"))
    elif tag == "time":
        metadata.times.append(element)
    elif tag == "title":
        metadata.title = metadata.title or " ".join((element.text or "").split())
    else:
        metadata.headings.append(element)


def _add_term(terms: dict[str, list[str]], element: _Element) -> None:
    """Add the text of a link that says what it names, as ``rel="category tag"`` does."""
    relations = (element.get("rel") or "").lower().split()
    if relations and (term := next((r for r in _TERMS if r in relations), None)):
        _add(terms, term, shown_text(element))


def _add(where: dict[str, list[str]], name: str, content: str | None) -> None:
    content = (content or "").strip()
    if name and content:
        contents = where.setdefault(name, [])
        if len(contents) < _MOST:
            contents.append(content)


def labels_below(heading: _Element) -> Iterator[str]:
    """Yield the labels below *heading*, down to the first text that is longer than a label."""
    for shown in cast("list[str]", _BELOW(heading)):
        if len(shown) > _LONGEST_LABEL:
            return
        yield " ".join(shown.split())
