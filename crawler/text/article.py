"""The whole chain from the markup of a post to the clean text of an article."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from crawler.text import agencies, boilerplate, markup
from crawler.text.story_edges import numbers_of_slides, story_end, without_heading
from crawler.text.teaser import find_gate, is_paywall_notice, teaser_evidence

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

LONGEST_TITLE = 500
"""Characters; what goes on for longer is no headline, but a text in its place."""
_LONGEST_WORD = 50

_OPINIONS = ("resiliparse", "trafilatura")
EXTRACTOR = "+".join(("newsreel-text/5", *(f"{name}-{version(name)}" for name in _OPINIONS)))
"""Name and version of the chain, kept with every text; raised when any text comes out changed.

The versions behind it are of the libraries that say where on a page a story stands
(:mod:`crawler.pages.second_opinion`): they decide texts too.
"""


@dataclass(frozen=True, slots=True)
class CleanArticle:
    """A clean article.

    ``dateline`` and ``syndicated_from`` were removed from the text. ``agency`` is the name of the
    news agency that the story is of (:mod:`crawler.text.agencies`), ``flags`` are those of
    :class:`crawler.text.markup.MarkupText` and ``gate`` (a text that nothing shows to be cut, above
    a line that asks to pay or to sign in), and ``incomplete`` is the evidence that the text is not
    the whole story.
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

    *own_boilerplate* matches whole paragraphs that the publisher adds to each story. *own_dateline*
    matches all that stands in front of the lead, where the publisher has a dateline of its own
    (its group ``mark``). Never raises. Cleaning the paragraphs again does not change them.
    """
    content = markup.read(content_html, captions=captions)
    shown, cut, gated = _gated(content_html, content)
    lines = [line for line in shown if captions or not boilerplate.is_caption(line)]
    title = _cut(markup.title(title_html))
    above, story, below = _split_at_story(lines, own_boilerplate)
    story = without_heading(story, title)
    story, dateline = boilerplate.split_dateline(story)
    if dateline is None and own_dateline:
        story, dateline = _split_own_dateline(story, own_dateline)
    agency = agencies.from_dateline(dateline) if dateline else None
    agency = agency or _first(map(agencies.from_byline, above))
    story, origin, end_mark_agency = _split_end(story, agency)
    return CleanArticle(
        title,
        tuple(story),
        dateline,
        origin or _first(map(agencies.copyright_owner, below)),
        agency or _first(map(agencies.from_credit, below)) or end_mark_agency,
        (*content.flags, *gated),
        cut or _incompleteness(content_html, content, story),
    )


def _gated(html: str, content: markup.MarkupText) -> tuple[list[str], str | None, tuple[str, ...]]:
    """Return the lines without a gate behind them, the evidence that they are cut there, flags."""
    lines = content.paragraphs
    gate = find_gate(lines, content.gates)
    if gate is None:
        return lines, None, ()
    above = lines[: gate.line]
    if evidence := gate.evidence(html, above):
        return above, evidence, ()
    behind = [line for line in lines[gate.line :] if not is_paywall_notice(line)]
    return above + behind, None, ("gate",)


def _cut(title: str) -> str:
    """Return *title*, cut where a word ends if it is too long."""
    if len(title) <= LONGEST_TITLE:
        return title
    begun = title[: LONGEST_TITLE - 1]
    space = begun.rfind(" ", LONGEST_TITLE - _LONGEST_WORD)
    return f"{begun[:space] if space > 0 else begun}…"


def _split_at_story(
    lines: list[str], own: re.Pattern[str] | None
) -> tuple[list[str], list[str], list[str]]:
    """Return the lines above the story, the story without boilerplate, and the lines below it."""
    slides = numbers_of_slides(lines)
    kept = [
        number
        for number, line in enumerate(lines[: story_end(lines)])
        if number not in slides
        and not (boilerplate.is_boilerplate(line) or (own and own.fullmatch(line)))
    ]
    if not kept:
        return [], [], lines
    return lines[: kept[0]], [lines[number] for number in kept], lines[kept[-1] + 1 :]


def _split_own_dateline(story: list[str], own: re.Pattern[str]) -> tuple[list[str], str | None]:
    found = own.match(story[0]) if story else None
    if found is None:
        return story, None
    lead = story[0][found.end() :]
    behind = [lead, *story[1:]] if lead else story[1:]
    return (behind, found["mark"]) if behind else (story, None)


def _split_end(story: list[str], agency: str | None) -> tuple[list[str], str | None, str | None]:
    """Remove syndication trailers and end marks; return the story, its origin, its agency."""
    origin = named = None
    while True:
        story, source = boilerplate.split_syndication_trailer(story)
        shorter, name = agencies.split_end_mark(story, agency)
        origin, named = source or origin, name or named
        if shorter == story:
            return story, origin, named
        story = [line for line in shorter if not boilerplate.is_boilerplate(line)]


def _first(names: Iterable[str | None]) -> str | None:
    return next(filter(None, names), None)


def _incompleteness(html: str, content: markup.MarkupText, story: list[str]) -> str | None:
    if "depth" in content.flags:
        return "depth: nested too deep to be read whole"
    return teaser_evidence(html, content.paragraphs, story)
