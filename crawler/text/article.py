"""A post's markup to the clean text of an article: the whole chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.text import agencies, boilerplate, markup
from crawler.text.teaser import teaser_evidence

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

EXTRACTOR = "newsreel-text/3"
"""Name and version of the chain, kept with every text; raised whenever a text comes out new."""


@dataclass(frozen=True, slots=True)
class CleanArticle:
    """A clean article.

    ``dateline`` and ``syndicated_from`` are what was taken off the text, ``agency`` is the name of
    the news agency that it says it is of (:mod:`crawler.text.agencies`). ``flags`` names what could
    not be read whole (see :class:`crawler.text.markup.MarkupText`), and ``incomplete`` is the
    evidence that the text is a part of one: such a text is not to be passed off as complete.
    """

    title: str
    paragraphs: tuple[str, ...]
    dateline: str | None = None
    syndicated_from: str | None = None
    agency: str | None = None
    flags: tuple[str, ...] = ()
    incomplete: str | None = None


def clean(
    title_html: str,
    content_html: str,
    *,
    captions: bool = False,
    own_boilerplate: re.Pattern[str] | None = None,
    own_dateline: re.Pattern[str] | None = None,
) -> CleanArticle:
    """Return the text of a post from its ``title.rendered`` and ``content.rendered``.

    *own_boilerplate* matches whole paragraphs that the publisher adds to each story, *own_dateline*
    the dateline that only the publisher writes, ``mark``, and all in front of the lead.
    Takes any strings and never raises. Its paragraphs, cleaned again, stay as they are.
    """
    fragment = markup.read(content_html, captions=captions)
    lines = [line for line in fragment.paragraphs if captions or not boilerplate.is_caption(line)]
    above, story, below = _parts(lines, own_boilerplate)
    story, dateline = boilerplate.split_dateline(story)
    if dateline is None and own_dateline:
        story, dateline = _split(story, own_dateline)
    agency = agencies.from_dateline(dateline) if dateline else None
    agency = agency or _first(map(agencies.from_byline, above))
    story, origin, mark = _ended(story, agency)
    return CleanArticle(
        markup.title(title_html),
        tuple(story),
        dateline,
        origin or _first(map(agencies.copyright_owner, below)),
        agency or _first(map(agencies.from_credit, below)) or mark,
        fragment.flags,
        _incomplete(content_html, fragment, story),
    )


def _parts(lines: list[str], own: re.Pattern[str] | None) -> tuple[list[str], list[str], list[str]]:
    """Return what is above the story, the story, and what is below it."""
    kept = [
        number
        for number, line in enumerate(lines)
        if not (boilerplate.is_boilerplate(line) or (own and own.fullmatch(line)))
    ]
    if not kept:
        return [], [], lines
    return lines[: kept[0]], [lines[number] for number in kept], lines[kept[-1] + 1 :]


def _split(story: list[str], own: re.Pattern[str]) -> tuple[list[str], str | None]:
    found = own.match(story[0]) if story else None
    if found is None:
        return story, None
    lead = story[0][found.end() :]
    behind = [lead, *story[1:]] if lead else story[1:]
    return (behind, found["mark"]) if behind else (story, None)


def _ended(story: list[str], agency: str | None) -> tuple[list[str], str | None, str | None]:
    """Take trailers and end marks off the end; return the story, its origin, the mark's agency."""
    origin = mark = None
    while True:
        story, source = boilerplate.split_syndication_trailer(story)
        shorter, name = agencies.split_end_mark(story, agency)
        origin, mark = source or origin, name or mark
        if shorter == story:
            return story, origin, mark
        story = [line for line in shorter if not boilerplate.is_boilerplate(line)]


def _first(names: Iterable[str | None]) -> str | None:
    return next(filter(None, names), None)


def _incomplete(html: str, fragment: markup.MarkupText, story: list[str]) -> str | None:
    if "depth" in fragment.flags:
        return "depth: nested too deep to be read whole"
    return teaser_evidence(html, fragment.paragraphs, story)
