"""The later pages of a story, and the story joined of all its pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from crawler.pages.headline import comparable
from crawler.pages.story_pages import ONE_PAGE
from crawler.text.markup import paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.pages.generic import PageContent

_CHAPTER = re.compile(
    r"(?:page|seite|página|pagina|side|sida|sayfa|strona|страница)\s*[0-9]{1,2}"
    r"(?:\s*(?:/|of|von|de|di|van|av|af|sur|из|z)\s*[0-9]{1,2})?",
    re.IGNORECASE,
)
_LEAST_TITLE = 15  # letters


@dataclass(frozen=True, slots=True)
class LaterPage:
    """The ``paragraphs`` of a later page of a story, its ``title``, and the gate behind them."""

    title: str
    paragraphs: tuple[str, ...]
    gate: str = ""


def later_page(content: PageContent, *, captions: bool) -> LaterPage:
    """Return what the *content* of a page is as a later page of a story."""
    found = content.main_content
    lines = paragraphs(found.html, captions=captions)
    return LaterPage(content.title, tuple(lines), found.gate)


def join(content: PageContent, later: Sequence[LaterPage], *, captions: bool) -> PageContent:
    """Return the *content* of the first page with the text of the *later* pages behind its own."""
    alone = replace(content, hints=replace(content.hints, pages=ONE_PAGE))
    if not later:
        return alone
    first = paragraphs(content.main_content.html, captions=captions)
    pages = joined(first, [page.paragraphs for page in later])
    html = "".join(f"<p>{escape(line, quote=False)}</p>" for page in pages for line in page)
    found = replace(content.main_content, html=html, gate=later[-1].gate)
    return replace(alone, main_content=found)


def joined(first: Sequence[str], later: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return what each page adds to the story: the paragraphs of the *first*, and of each *later*.

    What stands at the beginning of each page stays on the first one, what stands at the end of
    each on the last.
    """
    pages = [list(first)]
    for page in later:
        lines = [line for line in page if not _CHAPTER.fullmatch(line)]
        pages.append(lines[_shared(first, lines) :])
    for previous, page in pairwise(pages):
        end = _shared(previous[::-1], page[::-1])
        if 0 < end < len(page):
            del previous[len(previous) - end :]
    return pages


def has_same_title(title: str, other: str) -> bool:
    """Tell whether two pages have one headline, or one of them says more (``… - Page 2``)."""
    short, long = sorted(map(comparable, (title, other)), key=len)
    return short == long or (len(short) >= _LEAST_TITLE and short in long)


def _shared(lines: Sequence[str], others: Sequence[str]) -> int:
    """Return how many lines are the same from the beginning on."""
    least = min(len(lines), len(others))
    return next((place for place in range(least) if lines[place] != others[place]), least)
