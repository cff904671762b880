"""The date of publication: of JSON-LD, meta, ``<time>``, the URL, or what the page shows.

The first of these that has a date counts. A WordPress page has two spellings of it: plugins write
UTC into JSON-LD, the theme writes local time into ``<time>``. The REST API gives the local time, so
that one is taken where both are the same moment.
"""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from lxml import etree

from crawler import dates
from crawler.pages.linked_data import strings
from crawler.pages.page_metadata import labels_below
from crawler.sources.html_links import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

    from crawler.dates import Moment
    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata

_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "article:published"),
    *("datepublished", "date_published", "og:published_time", "og:pubdate", "pubdate"),
    *("publishdate", "publish-date", "publish_date", "publication_date", "publicationdate"),
    *("published_at", "published-date", "published_time", "parsely-pub-date", "sailthru.date"),
    *("dcterms.created", "dcterms.issued", "dcterms.date", "dc.date.issued", "dc.date.created"),
    *("dc.date", "dc.date.published", "originalpublicationdate", "article_date_original"),
    *("article.published", "cxenseparse:recs:publishtime", "bt:pubdate", "rnews:datepublished"),
    *("displaydate", "datecreated", "ptime", "date"),
)
_MODIFIED = ("article:modified_time", "datemodified", "og:updated_time", "og:modified_time")
_CHANGED = frozenset(("updated", "modified"))
_MARKED = etree.XPath(
    "//*[@itemprop='datePublished'] | //abbr[@title and contains(@class, 'published')]"
)
_SHOWN = re.compile(r"date|time|publi|posted|byline", re.IGNORECASE)
_TEXTS = etree.XPath("//body//text()[not(parent::script)]", smart_strings=False)
_LABEL = re.compile(r"publi|posted|erschienen|опубликован|입력|등록|发布|發布|掲載", re.IGNORECASE)
_LONGEST_LABEL = 150
_MOST = 200


def published(
    metadata: PageMetadata, node: Node, url: str, root: _Element, heading: _Element | None
) -> Moment | None:
    """Return the date of publication of the page at *url*; *heading* is that of its story."""
    linked = strings(node.get("datePublished")) or strings(node.get("dateCreated"))
    meta = (content for name in _PUBLISHED for content in metadata.meta.get(name, ()))
    moment = _first(linked) or _first(meta)
    if moment is None:
        return (
            _of_times(metadata)
            or _marked(root)
            or dates.find_day_in_path(urlsplit(url).path.lower())
            or _shown(root, heading)
        )
    return _local(moment, metadata) if metadata.is_wordpress else moment


def modified(metadata: PageMetadata, node: Node) -> Moment | None:
    """Return the date of the last change, None if the page names none."""
    named = [element for element in metadata.times if _CHANGED & _classes(element)]
    moment = _first(strings(node.get("dateModified"))) or _first(
        content for name in _MODIFIED for content in metadata.meta.get(name, ())
    )
    if moment is None:
        return _first(map(_attribute, named))
    return _local(moment, metadata) if metadata.is_wordpress else moment


def _first(texts: Iterable[str]) -> Moment | None:
    return next(filter(None, map(dates.parse_moment, texts)), None)


def _of_times(metadata: PageMetadata) -> Moment | None:
    """Return the first date of ``<time>`` elements, one marked up as that of publication first."""
    times = [element for element in metadata.times if not _CHANGED & _classes(element)]
    times.sort(key=_is_unmarked)
    for element in times or metadata.times:
        found = dates.parse_moment(_attribute(element)) or dates.parse_moment(shown_text(element))
        if found:
            return found
    return None


def _marked(root: _Element) -> Moment | None:
    """Return the date of an element marked up as that of publication (schema.org, hAtom)."""
    for element in cast("list[_Element]", _MARKED(root)):
        if found := dates.parse_moment(_attribute(element)) or dates.parse_moment(
            shown_text(element)
        ):
            return found
    return None


def _is_unmarked(element: _Element) -> bool:
    names = _classes(element)
    return not (
        element.get("itemprop") == "datePublished"
        or element.get("pubdate") is not None
        or any("publish" in name or name in ("entry-date", "dt-published") for name in names)
    )


def _local(moment: Moment, metadata: PageMetadata) -> Moment:
    """Return the same moment as a ``<time>`` of the page writes it, in local time."""
    if moment.gmt is not None:
        for element in metadata.times[:_MOST]:
            other = dates.parse_moment(_attribute(element))
            if other and other.is_same_minute(moment):
                return other
    return moment


def _attribute(element: _Element) -> str:
    return element.get("datetime") or element.get("content") or element.get("title") or ""


def _classes(element: _Element) -> set[str]:
    return set((element.get("class") or "").lower().split())


def _shown(root: _Element, heading: _Element | None) -> Moment | None:
    """Return a date that readers see: below the heading, or in an element that is called a date."""
    near = [] if heading is None else labels_below(heading)
    texts = chain(near, map(shown_text, _called_dates(root)), _labelled(root))
    return next(filter(None, map(dates.find_moment, texts)), None)


def _labelled(root: _Element) -> Iterator[str]:
    """Yield texts that call themselves the date of publication (``Published on …``)."""
    texts = cast("list[str]", _TEXTS(root))
    yield from (s for s in texts if len(s) <= _LONGEST_LABEL and _LABEL.search(s))


def _called_dates(root: _Element) -> Iterator[_Element]:
    named = (
        element
        for element in root.iter("span", "div", "p", "li", "td", "em", "small", "font", "b", "i")
        if _SHOWN.search(f"{element.get('class', '')} {element.get('id', '')}")
    )
    return islice(named, _MOST)
