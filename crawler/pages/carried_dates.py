"""The days that elements carry: for scripts, for search engines, or under a name that says it.

Of what scripts hold beside JSON-LD, a day of publication counts if it is the only one.

Sources: HTML Living Standard 4.5.14 (``time``); schema.org in microdata; hAtom and h-entry.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Literal

from crawler.dates import Moment, find_moment, parse_moment
from crawler.pages.date_words import is_called_date
from crawler.sources.html_links import shown_text

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.dates import Hints

Carrier = Literal["marked", "time", "data", "called"]
"""How an element carries a day: marked up as that of publication, as any time, in an attribute
for scripts, or as the text of an element that is called a date."""

_MOST_ATTRIBUTES = 50
_PUBLISHED = frozenset(("datePublished", "dateCreated"))
_MARKS = frozenset(("published", "entry-date", "dt-published", "post-date", "publish-date"))
_CHANGED = re.compile(r"\bupdated\b|modified|lastmod", re.IGNORECASE)
_DATA = re.compile(
    r"data-(?:[\w.]+-)*(?:pub|post|create)?\w{0,10}(?:date|time|timestamp|publ\w*|posted)"
)
_NO_DATA = re.compile(r"upd|modif|expir|end|event|start|read|length|duration|delay|out|valid")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH = re.compile(r"[0-9]{10}(?:[0-9]{3})?")

_IN_SCRIPT = re.compile(
    r"\\?[\"'](?:\w{0,20}publi(?:sh|cat)\w{0,20}|pub_?date)\\?[\"']\s?[:,]\s?\\?[\"']"
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[^\"'\\]{0,30})",
    re.IGNORECASE,
)
_LONGEST_SCRIPTS = 2_000_000


def may_carry(element: _Element, called: dict[str, bool]) -> bool:
    """Tell whether *element* may carry a day; *called* has the names that were looked at."""
    if element.tag == "time":
        return True
    for key, value in element.items():
        if key in ("class", "id"):
            if value not in called:
                called[value] = is_called_date(value)
            if called[value]:
                return True
        elif (key == "itemprop" and value.startswith("date")) or (
            key[:5] == "data-" and _is_data(key)
        ):
            return True
    return False


def read_carried(element: _Element, hints: Hints) -> tuple[Carrier, Moment | None]:
    """Return how *element* carries a day, and that day if it is not in its text alone."""
    value = element.get("datetime") or element.get("content") or element.get("title") or ""
    marked = _is_marked(element)
    if element.tag == "time" or element.get("itemprop") or (marked and value):
        moment = parse_moment(value) or find_moment(shown_text(element), hints)
        return ("marked" if marked else "time"), moment
    moment = _of_data(element)
    return ("called" if moment is None else "data"), moment


def find_in_scripts(root: _Element) -> Moment | None:
    """Return the day of publication in the scripts of the page, None if they have more than one."""
    found: dict[str, Moment] = {}
    letters = 0
    for script in root.iter("script"):
        text = script.text or ""
        letters += len(text)
        if letters > _LONGEST_SCRIPTS:
            break
        for moment in filter(None, map(parse_moment, _IN_SCRIPT.findall(text))):
            found.setdefault(moment.day, moment)
    return next(iter(found.values())) if len(found) == 1 else None


def is_of_change(element: _Element) -> bool:
    """Tell whether *element* is marked up as the day of the last change alone."""
    if element.get("itemprop") == "dateModified":
        return True
    return _CHANGED.search(element.get("class") or "") is not None and not _is_marked(element)


def _is_marked(element: _Element) -> bool:
    return (
        element.get("itemprop") in _PUBLISHED
        or element.get("pubdate") is not None
        or bool(_MARKS & _classes(element))
    )


def _classes(element: _Element) -> set[str]:
    return set((element.get("class") or "").lower().split())


def _is_data(name: object) -> bool:
    return _DATA.fullmatch(str(name)[:80]) is not None


def _of_data(element: _Element) -> Moment | None:
    """Return the day in an attribute for scripts: in ISO 8601, in seconds or milliseconds.

    One of publication may be written as readers write.
    """
    for name, value in islice(element.attrib.items(), _MOST_ATTRIBUTES):
        if not _is_data(name) or _NO_DATA.search(str(name)):
            continue
        text = str(value).strip()
        if _ISO_DAY.match(text) or "publ" in str(name):
            return parse_moment(text)
        if _EPOCH.fullmatch(text):
            time = datetime.fromtimestamp(int(text[:10]), UTC).replace(tzinfo=None).isoformat()
            return Moment(time, time)
    return None
