"""The days of publication that a page declares in JSON-LD and in its meta elements.

Sources: schema.org/Article; the Open Graph protocol; Dublin Core; what publishers' systems write.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from crawler.dates import parse_moment
from crawler.pages.linked_data import strings, types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

    from crawler.dates import Moment
    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata

# Names of meta elements, their letters alone. Those below say less: many sites write the day of
# the last change there.
_PUBLISHED = (
    *("articlepublishedtime", "ogarticlepublishedtime", "articlepublished", "datepublished"),
    *("ogpublishedtime", "ogpubdate", "pubdate", "publishdate", "publicationdate"),
    *("publishedat", "publisheddate", "publishedtime", "parselypubdate", "sailthrudate"),
    *("shareaholicarticlepublishedtime", "articlepublishdate", "cxenseparsepublishtime"),
    *("dctermscreated", "dctermsissued", "dcdateissued", "dcdatecreated", "dcdatepublished"),
    *("originalpublicationdate", "articledateoriginal", "cxenseparserecspublishtime"),
    *("btpubdate", "rnewsdatepublished", "displaydate", "datecreated", "ptime"),
)
_OF_MICRODATA = ("datepublished", "datecreated")
_OF_HEAD = tuple(name for name in _PUBLISHED if name not in _OF_MICRODATA)
_SAYING_LESS = ("dctermsdate", "dcdate", "date")
_PAGES = re.compile(r"Page$|^HowTo$")
_NO_LETTERS = re.compile(r"[^a-z]+")


def declared(metadata: PageMetadata, node: Node) -> Iterator[str]:
    """Yield the dates of publication in the JSON-LD of the article, in meta, of the page."""
    meta = _by_letters(metadata)
    return chain(
        linked(node),
        _contents(meta, _PUBLISHED if _is_of_one_day(meta) else _OF_HEAD),
        chain.from_iterable(map(linked, filter(_is_page, metadata.nodes))),
    )


def in_meta(metadata: PageMetadata) -> Iterator[str]:
    """Yield the dates of publication in meta elements."""
    return _contents(_by_letters(metadata), _PUBLISHED)


def in_vague_meta(metadata: PageMetadata) -> Iterator[str]:
    """Yield dates in meta elements that may be those of publication, or of the last change."""
    return _contents(_by_letters(metadata), _SAYING_LESS)


def linked(node: Node) -> list[str]:
    """Return the dates of publication of a JSON-LD node."""
    return strings(node.get("datePublished")) or strings(node.get("dateCreated"))


def first(texts: Iterable[str], latest: str = "") -> Moment | None:
    """Return the first moment in *texts* that is not later than *latest*."""
    moments = filter(None, map(parse_moment, texts))
    return next((moment for moment in moments if not (latest and moment.day > latest)), None)


def attribute(element: _Element) -> str:
    """Return the date that *element* carries in an attribute, empty without one."""
    return element.get("datetime") or element.get("content") or element.get("title") or ""


def _is_page(node: Node) -> bool:
    return any(map(_PAGES.search, types(node)))


def _by_letters(metadata: PageMetadata) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, contents in metadata.meta.items():
        found.setdefault(_NO_LETTERS.sub("", name), []).extend(contents)
    return found


def _is_of_one_day(meta: dict[str, list[str]]) -> bool:
    """Tell whether the microdata of the page have one day: else some is of other stories."""
    return (
        len({found.day for found in map(parse_moment, _contents(meta, _OF_MICRODATA)) if found}) < 2
    )


def _contents(meta: dict[str, list[str]], names: Iterable[str]) -> Iterator[str]:
    return (content for name in names for content in meta.get(name, ()))
