"""Posts of a front: several stories in full or in part, each with a link to a page of its own.

Software for blogs puts each post in an ``article``, or in a box with one of a few classes; its
heading is a link to the post's page. On that page the heading is none, or leads to itself.

Sources: microformats.org (hAtom, h-entry); the themes of WordPress, Blogger, Movable Type, Drupal.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from crawler.sources.html_links import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.etree import _Element

_BOXES = frozenset(("hentry", "h-entry", "post", "blog-post", "blogpost", "entry", "node"))
_HEADINGS = ("h1", "h2", "h3", "h4")
_MOST, _MOST_HEADINGS = 60, 300
_LEAST_POSTS, _LEAST_LETTERS, _LONGEST = 3, 80, 50_000
_MOST_LINES = 50
_SHARE = 0.5  # of the lines of a text


def read_posts(root: _Element, url: str, others: Iterable[str]) -> str:
    """Return the text of the posts below *root*, empty if the page is not seen to be a front.

    The page has the address *url*, and *others* that it gives itself.
    """
    own = {_place(address, url) for address in (url, *others)}
    places: set[str] = set()
    texts: list[str] = []
    for box, heading in islice(_posts(root), _MOST):
        text = shown_text(box)
        if len(text) < _LEAST_LETTERS:
            continue
        place = _place(_link(heading), url)
        if not place or place in own:
            return ""
        places.add(place)
        texts.append(text)
    return " ".join(texts)[:_LONGEST] if len(places) >= _LEAST_POSTS else ""


def is_of_posts(lines: Sequence[str], posts: str) -> bool:
    """Tell whether most of *lines* are in the text of *posts*."""
    some = lines[:_MOST_LINES]
    return bool(posts and some) and sum(line in posts for line in some) > _SHARE * len(some)


def _posts(root: _Element) -> Iterator[tuple[_Element, _Element]]:
    """Yield the boxes of posts that stand in no other one, and the first heading of each."""
    seen: set[_Element] = set()
    for heading in islice(root.iter(*_HEADINGS), _MOST_HEADINGS):
        boxes = [around for around in heading.iterancestors() if _is_box(around)]
        if boxes and boxes[-1] not in seen:
            seen.add(boxes[-1])
            yield boxes[-1], heading


def _is_box(element: _Element) -> bool:
    names = element.get("class", "").lower().split()
    return (element.tag == "article" or not _BOXES.isdisjoint(names)) and "comment" not in names


def _link(heading: _Element) -> str:
    """Return where *heading* leads as a whole, empty if nowhere."""
    around = heading.getparent()
    if around is not None and around.tag == "a":
        return around.get("href", "")
    link = next(heading.iter("a"), None)
    if link is None or shown_text(link) != shown_text(heading):
        return ""
    return link.get("href", "")


def _place(address: str, url: str) -> str:
    """Return host and path of *address*, by which pages are compared."""
    if not address or address.startswith("#"):
        return ""
    try:
        parts = urlsplit(urljoin(url, address))
    except ValueError:
        return ""
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}".lower()
