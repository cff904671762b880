"""The later pages of a post of which the REST API gives only the first, and the post joined of all.

WordPress itself gives a post whole: ``<!--nextpage-->`` is a comment in ``content.rendered``. Where
a plugin or a theme fills that with what the post's own page shows, it is the first page, with the
links that ``wp_link_pages`` makes to the others.
"""

from __future__ import annotations

import re
from html import escape, unescape
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from crawler.pages.joined_pages import joined
from crawler.pages.story_pages import ONE_PAGE, StoryPages, numbered_address
from crawler.sources.address import address_key
from crawler.text.markup import paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.pages.joined_pages import LaterPage

_ALL_PAGES = "<!--nextpage-->"
_LINK = re.compile(r"""<a\s[^<>]{0,1000}?\bhref\s?=\s?["']([^"'<>]{1,1000})["']""", re.IGNORECASE)
_MAY_BE_PAGE = re.compile(r"[/=][0-9]{1,2}/?\Z")
_MOST_LINKS = 1_000
_MOST_PAGES = 99


def linked_pages(html: str, url: str) -> StoryPages:
    """Return the pages that *html*, the content of the post at *url*, links of its own story."""
    if _ALL_PAGES in html:
        return ONE_PAGE
    links = {
        _key(address)
        for found in islice(_LINK.finditer(html), _MOST_LINKS)
        if (address := _absolute(found[1], url))
    }
    if not links:
        return ONE_PAGE
    numbers = [n for n in range(2, _MOST_PAGES + 1) if links & _keys(url, n)]
    if 2 not in numbers:
        return ONE_PAGE
    return StoryPages(count=max(numbers), following=numbered_address(url, 2))


def _absolute(reference: str, url: str) -> str:
    plain = unescape(reference).strip().partition("#")[0]
    if not _MAY_BE_PAGE.search(plain):
        return ""
    try:
        return urljoin(url, plain)
    except ValueError:
        return ""


def _keys(url: str, number: int) -> set[str]:
    """Return what page *number* of the post at *url* may have for its address."""
    asked = f"{url}{'&' if '?' in url else '?'}page={number}"
    return {_key(numbered_address(url, number)), _key(asked)}


def _key(address: str) -> str:
    return address_key(address).rstrip("/")


def join_post(html: str, later: Sequence[LaterPage], *, captions: bool) -> str:
    """Return the content *html* of a post with the text of its *later* pages."""
    first = paragraphs(html, captions=captions)
    pages = joined(first, [page.paragraphs for page in later])
    lines = [line for page in pages for line in page]
    if gate := later[-1].gate:
        lines.append(gate)
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)
