"""Live blogs: a page with many entries of one story, each with its time.

A page says that it is one (JSON-LD or microdata), or it is built as one: many elements alike, each
with a time of day and prose, on a page where something is called live, ticker or updates, or whose
times go back from entry to entry. Lists of stories, comments, schedules and matches have times too:
they lead elsewhere, are called what they are, or have no prose.

Source: schema.org/LiveBlogPosting.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from lxml import etree

from crawler.pages import linked_data
from crawler.pages.letters import flat
from crawler.pages.live_rows import find_rows, letters_of_prose
from crawler.pages.live_times import are_descending, has_times
from crawler.sources.html_links import shown_text
from crawler.text.elements import HEADINGS

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.live_rows import Entry, Row

_TYPE = "LiveBlogPosting"
_LEAST_TIMED = 0.3  # of the entries
_LEAST_PROSE = 20  # letters of an entry
_TEASER = 400  # letters: an entry with more is none, whatever its headline links to
_ABOUT_AS_MUCH = 0.8
_MOST_UPDATES = 2_000
_MOST_LINKS = 20  # of an entry
_PROBE = 40
_LONGEST = 2_000  # letters of an update that are looked at
_TAG = re.compile(r"<[^<>]{0,500}>")
_TYPED = etree.XPath("//*[contains(@itemtype, '/LiveBlogPosting')]")
_LIVE = re.compile(
    r"(?<![a-z])live(?![a-z])|(?<![a-z])live[-_]?(?:blog|ticker|feed|post|entr|update|text|report)"
    r"|ticker|timeline|minute[-_ ]?(?:by|für|per)[-_ ]?minute|minuto[-_ ]a[-_ ]minuto"
    r"|(?<![a-z])updates?(?![a-z])|newsblog|(?:en|ao|in)[-_ ](?:direct|vivo|diretta)(?![a-z])"
    r"|na żywo|canlı|онлайн|прямой эфир|as it happened|key[-_]?events?|coverage",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"comm?ent|kommentar|reply|replies|reaction|reactie|disqus|forum|respond|discuss|guestbook",
    re.IGNORECASE,
)
_SCHEDULES = re.compile(
    r"schedule|program|(?<![a-z])epg(?![a-z])|fixture|spielplan|agenda|calendar|kalender|guide"
    r"|(?:broad|pod)cast|timetable|fahrplan|horaire|palinsesto",
    re.IGNORECASE,
)


def find_live_blog(
    root: _Element, html: str, nodes: list[Node], url: str, title: str, heading: _Element | None
) -> list[Entry]:
    """Return the entries of the live blog that the page at *url* is, in its order; else none.

    *html* is its markup, *root* the tree of that, *nodes* its JSON-LD, *title* its headline, which
    stands in *heading*: what holds that is a story among others, no entry.
    """
    updates = declared_updates(nodes)
    is_declared = bool(updates) or any(_TYPE in linked_data.types(node) for node in nodes)
    typed = set(cast("list[_Element]", _TYPED(root))) if f"/{_TYPE}" in html else set()
    if not (is_declared or typed or has_times(html)):
        return []
    called = f"{title} {_path(url)}"
    holders = set() if heading is None else {heading, *heading.iterancestors()}
    rows = [
        row
        for row in find_rows(root, any_time=is_declared or bool(typed))
        if holders.isdisjoint(entry.element for entry in row.entries)
        and not (_is_something_else(row, updates) or _leads_elsewhere(row, url))
    ]
    whole = letters_of_prose(root) if rows else 0
    fit = []
    for row in rows:
        is_typed = not typed.isdisjoint(row.entries[0].element.iterancestors())
        if _is_fit(row, whole, called, is_declared=is_declared or is_typed):
            fit.append(row)
    return _widest(fit).all_entries() if fit else []


def _widest(rows: list[Row]) -> Row:
    """Return the one of *rows* with the most entries, of those with about as much prose."""
    most = max(sum(row.prose) for row in rows)
    wide = [row for row in rows if sum(row.prose) >= _ABOUT_AS_MUCH * most]
    return max(wide, key=lambda row: (len(row.entries), sum(row.prose)))


def declared_updates(nodes: list[Node]) -> list[Node]:
    """Return the entries that the JSON-LD of a page declares."""
    updates = [
        update
        for node in nodes
        if _TYPE in linked_data.types(node)
        for update in _as_list(node.get("liveBlogUpdate"))[:_MOST_UPDATES]
    ]
    return [update for update in updates if isinstance(update, dict)][:_MOST_UPDATES]


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _probe(update: Node, key: str) -> str:
    """Return the first letters of what *update* has as *key*, which may be markup."""
    text = next(iter(linked_data.strings(update.get(key))), "")[:_LONGEST]
    return flat([_TAG.sub(" ", unescape(text))])[:_PROBE]


def missing_updates(updates: list[Node], entries: int, lines: list[str]) -> str | None:
    """Return the evidence that *lines* lack some of *updates*, None if they have as many.

    *entries* is how many the page shows. An update counts if no other has its headline.
    """
    shown = flat(lines)
    headlines: dict[str, str] = {}
    for update in updates:
        headlines.setdefault(_probe(update, "headline"), _probe(update, "articleBody"))
    headlines.pop("", None)
    missing = sum(
        headline not in shown and not (body and body in shown)
        for headline, body in headlines.items()
    )
    most = len(headlines)
    held = max(entries, most - missing)
    return f"live: the page shows {held} of {most} entries" if missing and held < most else None


def _is_fit(row: Row, whole: int, called: str, *, is_declared: bool) -> bool:
    """Tell whether *row* is that of a live blog, on a page of *whole* letters of prose."""
    timed = [entry.time for entry in row.entries if entry.time is not None]
    told = [prose for prose in row.prose if prose >= _LEAST_PROSE]
    if len(timed) < _LEAST_TIMED * len(row.entries) or 2 * len(told) < len(row.entries):
        return False
    share = sum(row.prose) / (1 + whole)
    mean = sum(row.prose) / len(row.entries)
    if is_declared:
        return mean >= 25 and share >= 0.1
    if len(row.entries) >= 3 and (_LIVE.search(called) or _LIVE.search(row.names)):
        return mean >= 50 and share >= 0.3 and not _SCHEDULES.search(row.names)
    minutes = [time.minutes for time in timed if time.minutes is not None]
    is_backwards = len(row.entries) >= 4 and are_descending(minutes)
    return is_backwards and mean >= 100 and share >= 0.5 and not _SCHEDULES.search(row.names)


def _is_something_else(row: Row, updates: list[Node]) -> bool:
    """Tell whether *row* is one of comments: called so, and not called or declared live."""
    first = row.entries[0].element
    if "Comment" in (first.get("itemtype") or ""):
        return True
    names = row.names
    if not _COMMENTS.search(names) or _LIVE.search(names) or row.is_declared:
        return False
    text = flat(shown_text(entry.element) for entry in row.entries)
    told = (_probe(update, key) for update in updates for key in ("headline", "articleBody"))
    return not any(piece and piece in text for piece in told)


def _leads_elsewhere(row: Row, url: str) -> bool:
    """Tell whether most entries of *row* are teasers: their headlines link to other pages."""
    path = _path(url).rstrip("/")
    teasers = sum(
        prose < _TEASER and _is_teaser(entry.element, path)
        for entry, prose in zip(row.entries, row.prose, strict=True)
    )
    return 2 * teasers >= len(row.entries)


def _is_teaser(element: _Element, path: str) -> bool:
    for link in islice(element.iter("a"), _MOST_LINKS):
        href = link.get("href", "")
        is_here = href[:1] in ("", "#", "?") or (path and _path(href).startswith(path))
        if is_here or not any(part.strip() for part in link.itertext()):
            continue
        around = link.getparent()
        is_headline = around is not None and around.tag in HEADINGS
        if is_headline or next(link.iter(*HEADINGS), None) is not None:
            return True
    return False


def _path(href: str) -> str:
    """Return the path of *href*, empty of one that is no address."""
    try:
        return urlsplit(href).path
    except ValueError:
        return ""
