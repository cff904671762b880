"""The pages of a story that is published on several: which one this is, and which are linked.

The next story and older comments are linked in the same way: pages of one story have addresses that
differ in nothing but the number of a page.

Sources: HTML Living Standard 4.6.7.20 (sequential link types); WordPress's ``wp_link_pages``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from crawler.sources.address import without_tracking
from crawler.sources.html_links import link_types, shown_text
from crawler.sources.site import on_site, site_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.pages.page_metadata import PageMetadata

_IN_PATH = re.compile(
    r"(?:/(?:(?:page|seite|pagina)[/_-]?)?|[_,-](?:page|seite|pagina)[/_-]?)"
    r"(?P<number>[0-9]{1,2})(?P<end>\.html?)?/?$",
    re.IGNORECASE,
)
_IN_QUERY = re.compile(
    r"(?P<sign>[?&])(?:page|pg|seite|pagina)=(?P<number>[0-9]{1,2})(?=&|$)", re.IGNORECASE
)
_PAGER = re.compile(
    r"(?:^|[\s_-])(?:multi)?(?:pag(?:e|es|er|ers|ination|inator|ing)|seiten|nextpage"
    r"|pagelinks?|pagenavi)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"comment|kommentar|disqus|reply|review"
    r"|(?:^|[\s_-])(?:related|latest|recent|popular|trending|archive|results|sidebar|widget)",
    re.IGNORECASE,
)
MOST_PAGES = 20
"""Pages of a story; what has more is a list."""

_PAGE_LINK = "post-page-numbers"  # WordPress's name of each link to a page, whatever its words
_MOST_LINKS = 3_000
_LEVELS = 4  # above a link, up to which its pager is looked for
_LONGEST_END = 30  # letters at the end of an address in which a page is numbered


@dataclass(frozen=True, slots=True)
class StoryPages:
    """What a page says of the pages of its story.

    ``number`` is its own, ``count`` the highest that is known. ``first`` is the address of the
    first page, empty if this is the first; ``following`` that of the next one, empty if this is
    the last. ``unlinked`` is the address of a story that may have pages which nothing links: some
    themes of WordPress print no links to them.
    """

    number: int = 1
    count: int = 1
    first: str = ""
    following: str = ""
    unlinked: str = ""

    @property
    def other(self) -> str:
        """The address of another page of the story, empty if there is none."""
        return self.following or self.first


ONE_PAGE = StoryPages()
"""The pages of a story that has no other."""


def find_story_pages(root: _Element, metadata: PageMetadata, url: str) -> StoryPages:
    """Return what the page at *url*, below *root*, says of the pages of its story."""
    number, story = _numbered(url)
    stories = {story, *_canonical(metadata, url)}
    linked: dict[int, str] = {}
    for address in _addresses(root, metadata, url, number):
        there, other = _numbered(address)
        if other in stories and there != number:
            linked.setdefault(there, address)
    if number > MOST_PAGES or (number > 1 and not linked.keys() & {1, number - 1}):
        return ONE_PAGE  # its address ends in a number, that is all
    if not linked and metadata.is_wordpress:
        return StoryPages(unlinked=without_tracking(url).partition("#")[0])
    return StoryPages(
        number=number,
        count=max(number, *linked) if linked else number,
        first=linked.get(1, story) if number > 1 else "",
        following=linked.get(number + 1, ""),
    )


def page_number(url: str) -> int:
    """Return the number that the address of a page has at its end, 1 if it has none."""
    return _numbered(url)[0]


def numbered_address(story: str, number: int) -> str:
    """Return the address of page *number* of the *story* at this address of WordPress's."""
    parts = urlsplit(story)
    if parts.query:
        return parts._replace(query=f"{parts.query}&page={number}", fragment="").geturl()
    slash = "/" if parts.path.endswith("/") else ""
    path = f"{parts.path.rstrip('/')}/{number}{slash}"
    return parts._replace(path=path, fragment="").geturl()


def _addresses(root: _Element, metadata: PageMetadata, url: str, number: int) -> Iterator[str]:
    """Yield the addresses that links to other pages of a story have, made absolute."""
    site = site_domain(url)
    neighbours = (*metadata.links.get("next", ()), *metadata.links.get("prev", ()))
    anchors = (
        anchor.get("href", "")
        for anchor in islice(root.iter("a"), _MOST_LINKS)
        if _is_to_page(anchor, number)
    )
    for reference in (*neighbours, *anchors):
        try:
            address: str = without_tracking(urljoin(url, reference.strip()))
            is_here = on_site(address, [site])
        except ValueError:
            continue
        if is_here:
            yield address


def _is_to_page(anchor: _Element, number: int) -> bool:
    """Tell whether *anchor* says that it is next, or is in a pager and shows where it leads.

    Pagers of comments and of lists are none, and those in which page 1 is what others call 2.
    """
    reference = anchor.get("href", "")
    there = _number_in(reference)
    is_named = _PAGE_LINK in anchor.get("class", "").split() or (
        anchor.get("rel") and not {"next", "prev"}.isdisjoint(link_types(anchor))
    )
    if not is_named and (there == number or (there == 0 and number == 1)):
        return False
    if not is_named and shown_text(anchor) != str(there or 1):
        return False
    names = [_name(holder) for holder in _around(anchor)]
    is_pager = is_named or any(map(_PAGER.search, names))
    return is_pager and not any(map(_ELSEWHERE.search, names))


def _around(anchor: _Element) -> Iterator[_Element]:
    yield anchor
    yield from islice(anchor.iterancestors(), _LEVELS)


def _name(element: _Element) -> str:
    if element.tag in ("body", "html"):
        return ""
    return " ".join(element.get(name, "")[:200] for name in ("class", "id"))


def _number_in(reference: str) -> int:
    """Return the number of the page that *reference* leads to, 0 if it has none."""
    plain = reference.partition("#")[0].rstrip("/")
    if "?" in plain:
        found = _IN_QUERY.search(plain)
    else:
        is_likely = plain[-1:].isdecimal() or plain.lower().endswith((".html", ".htm"))
        found = _IN_PATH.search(plain[-_LONGEST_END:]) if is_likely else None
    return int(found["number"]) if found else 0


def _canonical(metadata: PageMetadata, url: str) -> Iterator[str]:
    for reference in metadata.links.get("canonical", ())[:1]:
        try:
            yield _numbered(urljoin(url, reference))[1]
        except ValueError:
            continue


def _numbered(url: str) -> tuple[int, str]:
    """Return the number of the page at *url*, and the address without it."""
    plain = without_tracking(url)
    if found := _IN_QUERY.search(plain):
        rest = plain[: found.start()] + found["sign"] + plain[found.end() :].lstrip("&")
        return int(found["number"]), rest.rstrip("?&").rstrip("/")
    if (found := _IN_PATH.search(plain)) and "?" not in plain:
        return int(found["number"]), plain[: found.start()].rstrip("/") + (found["end"] or "")
    return 1, plain.rstrip("/")
