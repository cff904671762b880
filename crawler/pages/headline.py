"""The headline of a page, by vote: JSON-LD, Open Graph, and the heading that a reader sees."""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.pages.linked_data import strings
from crawler.pages.site_names import comparable, site_names
from crawler.sources.html_links import shown_text
from crawler.text.markup import title as clean_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata
    from crawler.pages.site_names import SiteNames

__all__ = ["comparable", "find_heading", "title"]

_LONGEST = 500
_MOST_PARTS = 20
_LEAST_PART = 10
_LEAST_START = 20  # letters that two headlines share, one of them cut short
_LEAST_SHOWN = 15  # letters of a heading that is believed against the title in the head
_JOINT = re.compile(r"\s+(?:[|–—·•»›:-]|::|--|\|\|)\s+|\s*[|｜：_]\s*|:\s+|\s+(?=\([^()]+\)$)")
_DAY = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d(?:\D{0,5}\d{1,2}[.:]\d\d\D{0,5})?"
    r"|(?:19|20)\d\d-\d\d-\d\d"
)
_SHORTENED = ("…", "...")


def find_heading(metadata: PageMetadata) -> _Element | None:
    """Return the heading of the story: the one that the title of the page repeats.

    If it repeats none, return the first ``h1`` that does not name the site, or None if there is
    none.
    """
    titles = [comparable(title) for title in (metadata.first("og:title"), metadata.title) if title]
    site = comparable(metadata.first("og:site_name"))
    best: tuple[int, _Element] | None = None
    for element in sorted(metadata.headings, key=lambda element: str(element.tag)):
        shown = comparable(shown_text(element))
        if not shown or shown == site or _leads_home(element):
            continue
        rank = _rank(shown, str(element.tag), titles)
        if rank is not None and (best is None or rank < best[0]):
            best = rank, element
    return None if best is None else best[1]


def _rank(shown: str, tag: str, titles: list[str]) -> int | None:
    """Return how well a heading is repeated by the titles, 0 is best; None if it is none."""
    if any(_are_same(shown, title) for title in titles):
        return 0
    if tag != "h1":
        return None
    if not any(shown in title for title in titles):
        return None if titles and len(shown) < _LEAST_SHOWN else 3
    if len(shown) <= _LEAST_PART:
        return 3
    return 1 if any(title.startswith(shown) for title in titles) else 2


def _leads_home(heading: _Element) -> bool:
    """Tell whether a link to the front page is around *heading* or is all that it shows."""
    parent = heading.getparent()
    outer = parent if parent is not None and parent.tag == "a" else None
    link = next(heading.iter("a"), outer)
    if link is None or (link is not outer and shown_text(link) != shown_text(heading)):
        return False
    try:
        address = urlsplit((link.get("href") or "#").strip())
    except ValueError:
        return False
    is_root = address.path == "/" or bool(address.netloc and not address.path)
    return is_root and not (address.query or address.fragment)


def title(metadata: PageMetadata, node: Node, element: _Element | None, url: str) -> str:
    """Return the headline of the page, as plain text; *element* is its heading.

    What two of heading, JSON-LD and Open Graph agree on wins, in the spelling of the heading
    where that is one of them. Where no two agree, JSON-LD is believed.
    """
    site = site_names(metadata, url)
    linked = next(iter(strings(node.get("headline")) + strings(node.get("name"))), "")
    opened = metadata.first("og:title", "twitter:title")
    seen, linked, opened = (_plain(name, site) for name in (_shown(element), linked, opened))
    if agreed := _vote(seen, linked, opened):
        return agreed
    if len(comparable(seen)) >= _LEAST_SHOWN and _is_alone(metadata, element):
        opened = seen
    page = _plain(metadata.title, site)
    is_label = len(comparable(seen)) < _LEAST_SHOWN and comparable(seen) not in comparable(page)
    return linked or opened or (page if page and is_label else seen or page)


def _vote(seen: str, linked: str, opened: str) -> str:
    """Return what two of the three agree on, empty if no two do."""
    pairs = ((seen, linked), (seen, opened), (linked, opened))
    for name, other in pairs:
        is_cut = name.endswith(_SHORTENED) or other.endswith(_SHORTENED)
        if _are_equal(name, other) and not (is_cut or _is_start(other, seen)):
            agreed = max(name, other, key=lambda text: len(text.split()))
            return linked if _is_behind_kicker(linked, agreed) else agreed
    for name, other in ((seen, opened), (seen, linked), (linked, seen), (linked, opened)):
        if _is_part(other, name):
            return name
    if not linked and _is_part(seen, opened):
        return opened
    if _is_behind_kicker(linked, seen) or _is_behind_kicker(opened, seen):
        return linked or opened
    for name, other in pairs:
        if name and other and _are_same(comparable(name), comparable(other)):
            agreed = max(name, other, key=lambda text: len(comparable(text)))
            return linked if _is_behind_kicker(linked, agreed) else agreed
    return ""


def _shown(element: _Element | None) -> str:
    """Return the text of a heading without the reading aids of ruby text."""
    if element is None:
        return ""
    if next(element.iter("rt"), None) is None:
        return shown_text(element)
    pieces = [element.text or ""]
    for inner in element.iterdescendants():
        pieces += ["" if inner.tag in ("rt", "rp") else inner.text or "", inner.tail or ""]
    return " ".join("".join(pieces)[:_LONGEST].split())


def _is_alone(metadata: PageMetadata, element: _Element | None) -> bool:
    """Tell whether *element* is the one ``h1`` of the page that shows anything."""
    shown = (heading for heading in metadata.headings if heading.tag == "h1")
    texts = {comparable(shown_text(heading)) for heading in shown} - {""}
    return element is not None and element.tag == "h1" and len(texts) == 1


def _plain(name: str, site: SiteNames) -> str:
    """Return *name* as plain text, without what stands for the site, a section or the day."""
    return _without_site(clean_title(name[:_LONGEST].replace("<", "&lt;")), site)


def _are_equal(name: str, other: str) -> bool:
    return bool(name and other) and comparable(name) == comparable(other)


def _is_part(whole: str, name: str) -> bool:
    """Tell whether *whole* is *name* and something that a joint parts from it."""
    wanted = comparable(name)
    return len(wanted) > _LEAST_PART and any(wanted in parts for parts in _split(whole))


def _is_start(whole: str, name: str) -> bool:
    """Tell whether *whole* is *name* and something behind it that a joint parts from it."""
    wanted = comparable(name)
    return len(wanted) > _LEAST_PART and any(wanted == start for start, _ in _split(whole))


def _split(whole: str) -> Iterator[tuple[str, str]]:
    """Yield what stands in front of each joint and behind it, in a form to compare."""
    for found in islice(_JOINT.finditer(whole), _MOST_PARTS):
        yield comparable(whole[: found.start()]), comparable(whole[found.end() :])


def _is_behind_kicker(name: str, whole: str) -> bool:
    """Tell whether *whole* is *name* with a word or two in front (``Railways: Night train…``)."""
    short, long = comparable(name), comparable(whole)
    return short != long and len(short) >= _LEAST_START and long.endswith(short)


def _are_same(name: str, other: str) -> bool:
    """Tell whether two headlines are the same, or one is the other cut short."""
    short, long = sorted((name, other), key=len)
    return name == other or (len(short) >= _LEAST_START and long.startswith(short))


def _without_site(name: str, site: SiteNames) -> str:
    """Return *name* without what names the site, a section or the day at its ends."""
    joints = list(islice(_JOINT.finditer(name), _MOST_PARTS))
    start, end = 0, len(name)
    for found in reversed(joints):
        part = name[found.end() : end]
        is_known = site.is_site(part) or site.is_section(part) or _DAY.fullmatch(part.strip())
        if is_known or site.is_site(name[found.end() :]):
            end = found.start()
    for found in joints:
        part = name[start : found.start()]
        if found.end() > end or not _is_lead(part, site):
            break
        start = found.end()
    return _until_site(name[start:end].strip(), site)


def _is_lead(part: str, site: SiteNames) -> bool:
    """Tell whether *part*, in front of a headline, is the site's name or a day."""
    return site.is_site(part, is_behind=False) or bool(_DAY.fullmatch(part.strip()))


def _until_site(name: str, site: SiteNames) -> str:
    """Return *name* up to the name of the site (``Port shut | Harbour Times | Read now!``)."""
    joints = list(islice(_JOINT.finditer(name), _MOST_PARTS))
    for found, following in pairwise(joints):
        if found.start() > _LEAST_PART and site.is_site(name[found.end() : following.start()]):
            return name[: found.start()].strip()
    return name
