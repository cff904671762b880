"""The headline of a page, by vote: JSON-LD, Open Graph, and the heading that a reader sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.pages.linked_data import strings
from crawler.pages.page_metadata import text
from crawler.text.markup import title as clean_title

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import Marks

_LONGEST = 500
_LEAST_PART = 10
_LEAST_START = 20  # letters that two headlines share, one of them cut short
_JOINT = re.compile(r"\s+(?:[|–—·•»:-]|::|\|\|)\s+|\s*[｜：_]\s*|\s+(?=\([^()]+\)$)")
_PLAIN = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]+")


def heading(marks: Marks) -> _Element | None:
    """Return the heading that the story stands under: that which the page's title repeats.

    Without such a heading the first ``h1`` is taken.
    """
    titles = [plain(title) for title in (marks.first("og:title"), marks.title) if title]
    first: _Element | None = None
    for element in sorted(marks.headings, key=lambda element: str(element.tag)):
        shown = plain(text(element))
        is_whole = element.tag == "h1" and len(shown) > _LEAST_PART
        if any(_agree(shown, title) or (is_whole and shown in title) for title in titles):
            return element
        if first is None and shown and element.tag == "h1":
            first = element
    return first


def title(marks: Marks, node: Node, element: _Element | None, url: str) -> str:
    """Return the headline of the page, as plain text.

    Two of three win, spelled as the reader sees it; without a majority JSON-LD is believed.
    """
    linked = next(iter(strings(node.get("headline")) + strings(node.get("name"))), "")
    site = marks.first("og:site_name")
    opened = _cut(marks.first("og:title", "twitter:title"), site, url)
    seen = _cut(text(element), site, url) if element is not None else ""
    ballot = [clean_title(name[:_LONGEST].replace("<", "&lt;")) for name in (seen, linked, opened)]
    seen, linked, opened = ballot
    for name, other in ((seen, linked), (seen, opened), (linked, opened)):
        if name and other and _agree(plain(name), plain(other)):
            agreed = max(name, other, key=lambda text: (len(plain(text)), len(text.split())))
            return linked if _is_behind_kicker(linked, agreed) else agreed
    return linked or opened or seen or clean_title(_cut(marks.title, site, url))


def _is_behind_kicker(name: str, whole: str) -> bool:
    """Tell whether *whole* is *name* with a word or two in front (``Railways: Night train…``)."""
    short, long = plain(name), plain(whole)
    return short != long and len(short) >= _LEAST_START and long.endswith(short)


def _agree(name: str, other: str) -> bool:
    """Tell whether two names are one, or one is the other cut short."""
    short, long = sorted((name, other), key=len)
    return name == other or (len(short) >= _LEAST_START and long.startswith(short))


def plain(name: str) -> str:
    """Return the letters and digits alone, in lower case: what makes two names one."""
    return _PLAIN.sub("", name).casefold()


def _cut(name: str, site: str, url: str) -> str:
    """Return *name* without the site's name in front or behind."""
    parts = _JOINT.split(name)
    joints = _JOINT.findall(name)
    host = plain(urlsplit(url).hostname or "")
    while len(parts) > 1 and _is_site(parts[-1], site, host):
        parts.pop()
        joints.pop()
    while len(parts) > 1 and _is_site(parts[0], site, host):
        parts.pop(0)
        joints.pop(0)
    joints.append("")
    return "".join(part + joint for part, joint in zip(parts, joints, strict=True)).strip()


def _is_site(name: str, site: str, host: str) -> bool:
    """Tell whether *name* is that of the site: as it calls itself, or as its host does."""
    whole = plain(name)
    words = [word.casefold() for word in _WORD.findall(name)]
    initials = "".join(word[0] for word in words)
    return bool(whole) and (
        whole == plain(site)
        or (len(whole) > 3 and (whole in host or whole.removeprefix("the") in host))
        or all(len(word) > 2 and word in host for word in words)
        or (len(initials) > 2 and f"{initials}com" in host)
    )
