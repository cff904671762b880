"""Listings: section fronts and other HTML pages that link stories."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from scrapy.http import TextResponse

from crawler.sources.address import address_key, without_tracking
from crawler.sources.html_links import HtmlLinks, in_margin, shown_text
from crawler.sources.link import Link
from crawler.sources.pagination import older_page
from crawler.sources.site import on_site, site_domain
from crawler.sources.story_addresses import Evidence, evidence

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_LINKS = 2_000
MOST_DOUBTFUL = 20

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HIGHEST = 4
_MOST_AROUND = 50
_LONGEST_TITLE = 300
_FEWEST_WORDS = 4
_FEWEST_LETTERS = 24
# Scripts without spaces have headlines of ten letters.
_DENSE = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEWEST_DENSE, _FEWEST_SHORT = 10, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The stories of a page; ``next`` is the page with older ones, empty if there is none.

    ``doubtful`` are links to what may be a story or a section, ``elsewhere`` those to stories of
    other sites.
    """

    links: tuple[Link, ...]
    doubtful: tuple[Link, ...] = ()
    elsewhere: tuple[Link, ...] = ()
    next: str = ""


@dataclass(slots=True)
class _Candidate:
    """An address, and the texts of the anchors that lead there.

    It ``is_inside`` if one of these stands where stories do, not in menus, head and foot.
    """

    url: str
    titles: list[str] = field(default_factory=list)
    is_inside: bool = False

    @property
    def title(self) -> str:
        """The first headline among the texts, else the longest text."""
        return next(filter(_is_headline, self.titles), max(self.titles, key=len, default=""))


def read(
    response: TextResponse, articles: str = "", skip: str = "", domains: Iterable[str] = ()
) -> Listing:
    """Return the stories that the page *response* links, each address once.

    *articles* and *skip* are patterns searched in an address: a match of the first is a story, a
    match of the second is none. Without the first, a story is an address on the same site or on
    *domains* that looks like one: a day or number, or a slug of words to which a headline leads.
    """
    page = HtmlLinks(response)
    here = [*domains, site_domain(page.url)]
    links, doubtful, elsewhere = [], [], []
    for candidate in _candidates(page):
        verdict = _verdict(candidate, articles, skip)
        if verdict is _Verdict.OTHER:
            continue
        link = Link(url=candidate.url, title=html.escape(candidate.title, quote=False))
        if not articles and not on_site(candidate.url, here):
            if _is_headline(candidate.title):
                elsewhere.append(link)
        elif verdict is _Verdict.STORY:
            links.append(link)
        else:
            doubtful.append(link)
    return Listing(
        links=tuple(links[:MOST_LINKS]),
        doubtful=tuple(doubtful[:MOST_DOUBTFUL]),
        elsewhere=tuple(elsewhere[:MOST_LINKS]),
        next=older_page(page),
    )


def _candidates(page: HtmlLinks) -> list[_Candidate]:
    found: dict[str, _Candidate] = {}
    itself = address_key(page.url)
    for anchor, url in page.links("a"):
        key = address_key(url)
        if key != itself:
            candidate = found.setdefault(key, _Candidate(without_tracking(url)))
            candidate.titles += filter(None, _titles(anchor))
            candidate.is_inside = candidate.is_inside or not in_margin(anchor)
            if not any(map(_is_headline, candidate.titles)):
                candidate.titles.append(_title(_heading_around(anchor)))
    return list(found.values())


def _titles(anchor: _Element) -> Iterator[str]:
    """Yield possible titles of the page behind *anchor*, the best first."""
    inside = next(anchor.iter(*_HEADINGS), None)
    if inside is not None:
        yield _title(shown_text(inside))
    yield _title(shown_text(anchor))
    yield _title(anchor.get("aria-label", "")) or _title(anchor.get("title", ""))


def _title(words: str) -> str:
    folded = " ".join(words.split())
    return folded if len(folded) <= _LONGEST_TITLE else ""


def _heading_around(anchor: _Element) -> str:
    """Return the only heading of the box around *anchor*; nothing if there are several."""
    for around in islice(anchor.iterancestors(), _HIGHEST):
        headings = [e for e in islice(around.iter(), _MOST_AROUND) if e.tag in _HEADINGS]
        if headings:
            return shown_text(headings[0]) if len(headings) == 1 else ""
    return ""


def _is_headline(title: str) -> bool:
    if _DENSE.search(title):
        return len(title) >= _FEWEST_DENSE
    return len(title.split()) >= _FEWEST_WORDS and len(title) >= _FEWEST_LETTERS


class _Verdict(Enum):
    """What an address leads to."""

    STORY = 1
    EITHER = 2
    """A story or a section."""
    OTHER = 3


def _verdict(candidate: _Candidate, articles: str, skip: str) -> _Verdict:
    if skip and re.search(skip, candidate.url):
        return _Verdict.OTHER
    if articles:
        is_story = re.search(articles, candidate.url)
        return _Verdict.STORY if is_story else _Verdict.OTHER
    found = evidence(candidate.url)
    if _is_headline(candidate.title):
        return _BY_HEADLINE[found]
    if not candidate.is_inside or found < _FEWEST_EVIDENCE[_letters_of(candidate.title)]:
        return _Verdict.OTHER
    if found is Evidence.DOUBTFUL and len(candidate.title.split()) < _FEWEST_WORDS:
        return _Verdict.OTHER
    return _BY_ADDRESS[found]


_BY_HEADLINE = dict.fromkeys(Evidence, _Verdict.STORY) | {
    Evidence.NONE: _Verdict.OTHER,
    Evidence.WEAK: _Verdict.EITHER,
}
_BY_ADDRESS = {
    Evidence.DAY: _Verdict.STORY,
    Evidence.NUMBER: _Verdict.STORY,
    Evidence.SLUG: _Verdict.EITHER,
    Evidence.DOUBTFUL: _Verdict.EITHER,
    Evidence.WEAK: _Verdict.EITHER,
}


class _Letters(Enum):
    """How much a short text at a link says."""

    SOME_WORDS = 1
    ONE_WORD = 2
    NONE = 3


_FEWEST_EVIDENCE = {
    _Letters.SOME_WORDS: Evidence.WEAK,
    _Letters.ONE_WORD: Evidence.NUMBER,
    _Letters.NONE: Evidence.DAY,
}


def _letters_of(title: str) -> _Letters:
    words = [word for word in title.split() if any(map(str.isalpha, word))]
    if len(words) > 1 or (_DENSE.search(title) and len(title) >= _FEWEST_SHORT):
        return _Letters.SOME_WORDS
    return _Letters.ONE_WORD if words else _Letters.NONE
