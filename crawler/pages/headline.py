"""The headline of a page, by vote: JSON-LD, Open Graph, and the heading that a reader sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.pages.linked_data import strings
from crawler.sources.html_links import shown_text
from crawler.text.markup import title as clean_title

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata

_LONGEST = 500
_LEAST_PART = 10
_LEAST_START = 20  # letters that two headlines share, one of them cut short
_JOINT = re.compile(r"\s+(?:[|–—·•»:-]|::|\|\|)\s+|\s*[｜：_]\s*|\s+(?=\([^()]+\)$)")
_PLAIN = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]+")


def find_heading(metadata: PageMetadata) -> _Element | None:
    """Return the heading of the story: the one that the title of the page repeats.

    If it repeats none, return the first ``h1``, or None if there is none.
    """
    titles = [comparable(title) for title in (metadata.first("og:title"), metadata.title) if title]
    first: _Element | None = None
    for element in sorted(metadata.headings, key=lambda element: str(element.tag)):
        shown = comparable(shown_text(element))
        is_whole = element.tag == "h1" and len(shown) > _LEAST_PART
        if any(_are_same(shown, title) or (is_whole and shown in title) for title in titles):
            return element
        if first is None and shown and element.tag == "h1":
            first = element
    return first


def title(metadata: PageMetadata, node: Node, element: _Element | None, url: str) -> str:
    """Return the headline of the page, as plain text; *element* is its heading.

    What two of heading, JSON-LD and Open Graph agree on wins, in the spelling of the heading
    where that is one of them. Where no two agree, JSON-LD is believed.
    """
    linked = next(iter(strings(node.get("headline")) + strings(node.get("name"))), "")
    site = metadata.first("og:site_name")
    opened = _without_site(metadata.first("og:title", "twitter:title"), site, url)
    seen = _without_site(shown_text(element), site, url) if element is not None else ""
    ballot = [clean_title(name[:_LONGEST].replace("<", "&lt;")) for name in (seen, linked, opened)]
    seen, linked, opened = ballot
    for name, other in ((seen, linked), (seen, opened), (linked, opened)):
        if name and other and _are_same(comparable(name), comparable(other)):
            agreed = max(name, other, key=lambda text: (len(comparable(text)), len(text.split())))
            return linked if _is_behind_kicker(linked, agreed) else agreed
    return linked or opened or seen or clean_title(_without_site(metadata.title, site, url))


def _is_behind_kicker(name: str, whole: str) -> bool:
    """Tell whether *whole* is *name* with a word or two in front (``Railways: Night train…``)."""
    short, long = comparable(name), comparable(whole)
    return short != long and len(short) >= _LEAST_START and long.endswith(short)


def _are_same(name: str, other: str) -> bool:
    """Tell whether two headlines are the same, or one is the other cut short."""
    short, long = sorted((name, other), key=len)
    return name == other or (len(short) >= _LEAST_START and long.startswith(short))


def comparable(name: str) -> str:
    """Return the letters and digits of *name* in lower case, by which headlines are compared."""
    return _PLAIN.sub("", name).casefold()


def _without_site(name: str, site: str, url: str) -> str:
    """Return *name* without the name of the site in front of it or behind it."""
    parts = _JOINT.split(name)
    joints = _JOINT.findall(name)
    host = comparable(urlsplit(url).hostname or "")
    while len(parts) > 1 and _is_site(parts[-1], site, host):
        parts.pop()
        joints.pop()
    while len(parts) > 1 and _is_site(parts[0], site, host):
        parts.pop(0)
        joints.pop(0)
    joints.append("")
    return "".join(part + joint for part, joint in zip(parts, joints, strict=True)).strip()


def _is_site(name: str, site: str, host: str) -> bool:
    """Tell whether *name* is that of the site: its ``og:site_name``, or what its host spells."""
    whole = comparable(name)
    words = [word.casefold() for word in _WORD.findall(name)]
    initials = "".join(word[0] for word in words)
    return bool(whole) and (
        whole == comparable(site)
        or (len(whole) > 3 and (whole in host or whole.removeprefix("the") in host))
        or all(len(word) > 2 and word in host for word in words)
        or (len(initials) > 2 and f"{initials}com" in host)
    )
