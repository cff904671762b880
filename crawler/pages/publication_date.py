"""When a page was published: JSON-LD, then meta, then ``<time>``, then the URL, then what it shows.

A WordPress page names its day twice: plugins write UTC into JSON-LD, the theme the local time into
``<time>``. The REST API gives the local one, so the local one is taken where both are one moment.
"""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from lxml import etree

from crawler import dates
from crawler.pages.linked_data import strings
from crawler.pages.page_metadata import below, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

    from crawler.dates import Moment
    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import Marks

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
    marks: Marks, node: Node, url: str, root: _Element, heading: _Element | None
) -> Moment | None:
    """Return when the page at *url*, whose story stands under *heading*, was published."""
    linked = strings(node.get("datePublished")) or strings(node.get("dateCreated"))
    meta = (content for name in _PUBLISHED for content in marks.meta.get(name, ()))
    moment = _first(linked) or _first(meta)
    if moment is None:
        return (
            _of_times(marks)
            or _marked(root)
            or dates.find_day_in_path(urlsplit(url).path.lower())
            or _shown(root, heading)
        )
    return _local(moment, marks) if marks.is_wordpress else moment


def modified(marks: Marks, node: Node) -> Moment | None:
    """Return when the page was changed last."""
    named = [element for element in marks.times if _CHANGED & _classes(element)]
    moment = _first(strings(node.get("dateModified"))) or _first(
        content for name in _MODIFIED for content in marks.meta.get(name, ())
    )
    if moment is None:
        return _first(map(_attribute, named))
    return _local(moment, marks) if marks.is_wordpress else moment


def _first(texts: Iterable[str]) -> Moment | None:
    return next(filter(None, map(dates.parse_moment, texts)), None)


def _of_times(marks: Marks) -> Moment | None:
    """Return the first that is marked as the day of publication, else the first at all."""
    times = [element for element in marks.times if not _CHANGED & _classes(element)]
    times.sort(key=_is_unmarked)
    for element in times or marks.times:
        found = dates.parse_moment(_attribute(element)) or dates.parse_moment(text(element))
        if found:
            return found
    return None


def _marked(root: _Element) -> Moment | None:
    """Return what an element says that is marked as the day (schema.org, hAtom)."""
    for element in cast("list[_Element]", _MARKED(root)):
        if found := dates.parse_moment(_attribute(element)) or dates.parse_moment(text(element)):
            return found
    return None


def _is_unmarked(element: _Element) -> bool:
    names = _classes(element)
    return not (
        element.get("itemprop") == "datePublished"
        or element.get("pubdate") is not None
        or any("publish" in name or name in ("entry-date", "dt-published") for name in names)
    )


def _local(moment: Moment, marks: Marks) -> Moment:
    """Return *moment* as a ``<time>`` of the page writes the same moment, which is local."""
    if moment.gmt is not None:
        for element in marks.times[:_MOST]:
            other = dates.parse_moment(_attribute(element))
            if other and other.is_same_minute(moment):
                return other
    return moment


def _attribute(element: _Element) -> str:
    return element.get("datetime") or element.get("content") or element.get("title") or ""


def _classes(element: _Element) -> set[str]:
    return set((element.get("class") or "").lower().split())


def _shown(root: _Element, heading: _Element | None) -> Moment | None:
    """Return a day that readers see: in what stands below the heading, or is called a date."""
    near = [] if heading is None else below(heading)
    texts = chain(near, map(text, _called_dates(root)), _labelled(root))
    return next(filter(None, map(dates.find_moment, texts)), None)


def _labelled(root: _Element) -> Iterator[str]:
    """Yield texts that say of what is in them that it is the day of publication."""
    texts = cast("list[str]", _TEXTS(root))
    yield from (s for s in texts if len(s) <= _LONGEST_LABEL and _LABEL.search(s))


def _called_dates(root: _Element) -> Iterator[_Element]:
    named = (
        element
        for element in root.iter("span", "div", "p", "li", "td", "em", "small", "font", "b", "i")
        if _SHOWN.search(f"{element.get('class', '')} {element.get('id', '')}")
    )
    return islice(named, _MOST)
