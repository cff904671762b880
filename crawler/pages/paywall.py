"""Whether a page shows the whole story, or only what everybody may read of it.

Publishers say that a story is not free (``isAccessibleForFree``) whether they send the whole text
or a part: it counts only with the evidence of a cut.

Sources: schema.org/Article; Google Search Central (structured data for subscription and paywalled
content); Open Graph's ``article:content_tier`` as Facebook documented it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.pages.declared_length import SHORT, shorter_than_body, shorter_than_counted
from crawler.pages.headline import comparable
from crawler.pages.linked_data import strings
from crawler.pages.story_pages import MOST_PAGES, ONE_PAGE, find_story_pages
from crawler.sources.html_links import shown_text
from crawler.text.teaser import ends_early, ends_in_dots, length_of, says_more

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata
    from crawler.pages.story_pages import StoryPages

_NOT_FREE = frozenset(("false", "no", "http://schema.org/false", "https://schema.org/false"))
_LOCKED = "locked"
_SELECTOR = re.compile(r"(?:[a-z]+)?(?P<sign>[.#])(?P<name>[\w-]+)", re.IGNORECASE)
_MOST_PARTS = 20
_LONGEST_PART = 1_000
_LEAST_PART = 200  # letters: a paid part of fewer is not on the page
_QUOTED = 40


@dataclass(frozen=True, slots=True)
class CompletenessHints:
    """What the page says of its story by which a part of it can be told from the whole.

    ``not_free`` is the evidence that not everybody may read it, empty if there is none.
    ``paid_letters`` are the letters in the elements that hold what is paid for, at most some
    thousand each; None where no such element is named. ``word_count`` and ``article_body`` are what
    its JSON-LD has, 0 and empty if unknown, ``pages`` are those of which this is one.
    """

    not_free: str = ""
    paid_letters: int | None = None
    word_count: int = 0
    article_body: str = ""
    description: str = ""
    pages: StoryPages = ONE_PAGE

    def __bool__(self) -> bool:
        """Return whether there is any hint; the description alone is none."""
        return bool(self.not_free or self.word_count or self.article_body or self.pages.other)


def read_hints(root: _Element, metadata: PageMetadata, node: Node, url: str) -> CompletenessHints:
    """Return what the page at *url*, below *root*, says of its story, which *node* describes."""
    tier = metadata.first("article:content_tier").lower()
    not_free = "isAccessibleForFree is false" if _is_not_free(node) else ""
    if tier == _LOCKED:
        not_free = not_free or "article:content_tier is locked"
    return CompletenessHints(
        not_free=not_free,
        paid_letters=_paid_letters(root, node) if not_free else None,
        word_count=_number(node.get("wordCount")),
        article_body=next(iter(strings(node.get("articleBody"))), ""),
        description=metadata.first("og:description", "description"),
        pages=find_story_pages(root, metadata, url),
    )


def incomplete_evidence(hints: CompletenessHints, paragraphs: list[str], gate: str) -> str | None:
    """Return the evidence that *paragraphs* are not the whole story, None if there is none.

    *gate* is the line right behind them that asks to pay or to sign in, empty if there is none.
    """
    if not paragraphs:
        return None
    if hints.pages.other and hints.pages.count <= MOST_PAGES:
        return f"pages: the story has another page, {hints.pages.other}"
    letters, last = sum(map(len, paragraphs)), paragraphs[-1]
    is_short = length_of(paragraphs) < SHORT
    asks = f"“{gate}” stands behind the text" if gate else ""
    barrier = ", ".join(filter(None, (hints.not_free, asks)))
    is_cut = ends_in_dots(last) or ((is_short or gate) and ends_early(last))
    if barrier and (is_cut or says_more(gate)):
        return f"paywall: {barrier}, and it ends in “{last[-_QUOTED:].lstrip()}”"
    if barrier and _is_description(hints, paragraphs):
        return f"paywall: {barrier}, and the text is but the description of the story"
    if is_short and (_is_paid_part_missing(hints) or (gate and hints.paid_letters is None)):
        rest = "what is paid for is not on the page, " if _is_paid_part_missing(hints) else ""
        return f"paywall: {barrier}, {rest}and the text has {letters} letters"
    counted, body, has_barrier = hints.word_count, hints.article_body, bool(barrier)
    return shorter_than_counted(paragraphs, counted, body, barrier=has_barrier) or (
        shorter_than_body(paragraphs, body, barrier=has_barrier)
    )


def _is_paid_part_missing(hints: CompletenessHints) -> bool:
    return hints.paid_letters is not None and hints.paid_letters < _LEAST_PART


def _is_description(hints: CompletenessHints, paragraphs: list[str]) -> bool:
    return len(paragraphs) == 1 and comparable(paragraphs[0]) == comparable(hints.description)


def _is_not_free(node: Node) -> bool:
    return any(_is_false(part.get("isAccessibleForFree")) for part in (node, *_parts(node)))


def _is_false(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() in _NOT_FREE)


def _parts(node: Node) -> Iterator[dict[str, Any]]:
    parts = node.get("hasPart")
    for part in (parts if isinstance(parts, list) else [parts])[:_MOST_PARTS]:
        if isinstance(part, dict):
            yield part


def _paid_letters(root: _Element, node: Node) -> int | None:
    """Return the letters in the elements that *node* names as not free, None if it names none."""
    named = [
        found
        for part in _parts(node)
        if _is_false(part.get("isAccessibleForFree"))
        for selector in strings(part.get("cssSelector"))
        for found in _SELECTOR.finditer(selector[:_LONGEST_PART])
    ]
    if not named:
        return None
    classes = {found["name"] for found in named if found["sign"] == "."}
    ids = {found["name"] for found in named if found["sign"] == "#"}
    return sum(
        len(shown_text(element))
        for element in root.iter("div", "section", "article", "main", "p", "span")
        if element.get("id") in ids or not classes.isdisjoint(element.get("class", "").split())
    )


def _number(value: object) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value.strip()[:9])
    return value if isinstance(value, int) else 0
