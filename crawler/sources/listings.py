"""Listings: section fronts and other HTML pages that link stories."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from scrapy.http import TextResponse

from crawler.sources.address import address_key, without_tracking
from crawler.sources.html_links import HtmlLinks, shown_text
from crawler.sources.link import Link
from crawler.sources.pagination import older_page
from crawler.sources.site import on_site, site_domain

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_LINKS = 2_000

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HIGHEST = 4
_MOST_AROUND = 50
_LONGEST_TITLE = 300
_FEWEST_WORDS = 4
_FEWEST_LETTERS = 24
_FEWEST_SLUG_WORDS = 3
# Scripts without spaces have headlines of ten letters.
_DENSE = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEWEST_DENSE = 10
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d[-/]?(?:0[1-9]|1[0-2]|[1-9])[-/]?(?:[0-3]?\d)(?!\d)")
_NUMBER = re.compile(r"\d{5,}|(?=[a-z]*\d[a-z]*\d)[a-z0-9]{8,}", re.IGNORECASE)
_QUERY_NUMBER = re.compile(r"(?:^|&)\w*=\d{4,}(?:&|$)")
_WORD_BREAK = re.compile(r"[-_+]+")
_NO_STORY = re.compile(
    r"about|account|advertise|auteur|author|authors|autor|by|categories|category|columnist|"
    r"columnists|contact|contributor|contributors|galleries|gallery|help|jobs|kategorie|"
    r"login|newsletter|newsletters|people|person|photo|photos|pictures|podcast|podcasts|"
    r"privacy|profile|profiles|quiz|register|schlagwort|search|shop|signin|signup|staff|"
    r"subscribe|subscription|tag|tagged|tags|terms|thema|topic|topics|user|users|video|"
    r"videos|watch",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The stories of a page; ``next`` is the page with older ones, empty if there is none."""

    links: tuple[Link, ...]
    next: str = ""


@dataclass(slots=True)
class _Candidate:
    """An address, and the texts of the anchors that lead there."""

    url: str
    titles: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The first headline among the texts, else the longest text."""
        return next(filter(_is_headline, self.titles), max(self.titles, key=len, default=""))


def read(response: TextResponse, articles: str = "", skip: str = "") -> Listing:
    """Return the stories that the page *response* links, each address once.

    *articles* and *skip* are patterns searched in an address: a match of the first is a story, a
    match of the second is none. Without the first, a story is an address on the same site that
    looks like one (a slug of words, a day, a long number) and to which a headline leads.
    """
    page = HtmlLinks(response)
    links = []
    for candidate in _candidates(page):
        if skip and re.search(skip, candidate.url):
            continue
        if re.search(articles, candidate.url) if articles else _is_story(candidate, page.url):
            links.append(Link(url=candidate.url, title=html.escape(candidate.title, quote=False)))
    return Listing(links=tuple(links[:MOST_LINKS]), next=older_page(page))


def _candidates(page: HtmlLinks) -> list[_Candidate]:
    found: dict[str, _Candidate] = {}
    itself = address_key(page.url)
    for anchor, url in page.links("a"):
        key = address_key(url)
        if key != itself:
            candidate = found.setdefault(key, _Candidate(without_tracking(url)))
            candidate.titles += filter(None, _titles(anchor))
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


def _is_story(candidate: _Candidate, page: str) -> bool:
    return (
        on_site(candidate.url, [site_domain(page)])
        and _looks_like_a_story(candidate.url)
        and _is_headline(candidate.title)
    )


def _looks_like_a_story(url: str) -> bool:
    parts = urlsplit(url)
    segments = unquote(parts.path).strip("/").split("/")
    if any(map(_NO_STORY.fullmatch, segments)):
        return False
    slug = segments[-1].rpartition(".")[0] or segments[-1]
    return (
        len(list(filter(None, _WORD_BREAK.split(slug)))) >= _FEWEST_SLUG_WORDS
        or bool(_DAY.search(parts.path))
        or bool(_NUMBER.search(slug))
        or bool(_QUERY_NUMBER.search(parts.query))
    )
