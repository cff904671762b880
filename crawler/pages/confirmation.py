"""Whether a story was found in the right place, and where it is if not."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from crawler.pages import headline, main_content, second_opinion
from crawler.pages.letters import told_share
from crawler.pages.page_metadata import read_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.etree import _Element

    from crawler.pages.main_content import MainContent


_BRIEF = 200  # letters: so few that they are as likely a notice or a banner
_LEAST_TOLD = 0.34


def confirmed(
    html: str, parse: Callable[[], _Element], found: MainContent, title: str, titles: set[str]
) -> tuple[MainContent, bool]:
    """Return the story of the page *html*, and whether somebody else sees it in the same place.

    *parse* returns the root of its tree, a new one each time. The story is *found*, unless others
    see it elsewhere and what stands there speaks more of the headline, *title* (*titles* are its
    spellings). Where no word of the headline is in a text, the story may be in what is called
    boilerplate: it is looked for there too.
    """
    found, is_seen = _seen_by_others(html, parse, found, title, titles)
    lines = found.lines
    is_brief = sum(map(len, lines)) < _BRIEF
    told = told_share(title, lines)
    if not lines or told >= _LEAST_TOLD or (told and not is_brief):
        return found, is_seen
    root = parse()
    heading = headline.find_heading(read_metadata(root))
    other = main_content.find_main_content(root, heading, titles, by_name=False)
    if second_opinion.is_likelier(title, other.lines, lines):
        return other, False
    return found, is_seen and not is_brief


def _seen_by_others(
    html: str, parse: Callable[[], _Element], found: MainContent, title: str, titles: set[str]
) -> tuple[MainContent, bool]:
    lines, quick = found.lines, second_opinion.read_quickly(html)
    if quick is None:
        return found, False
    is_short = second_opinion.is_short(lines, found.page_prose)
    if not is_short and not second_opinion.is_lacking(lines, quick):
        return found, True
    root = parse()
    thorough = second_opinion.read_thoroughly(root)
    if thorough is None:
        return found, False
    if not second_opinion.is_lacking(lines, thorough):
        return found, True
    agree = not second_opinion.is_lacking(thorough, quick)
    if lines or agree:
        heading = headline.find_heading(read_metadata(root))
        pointed = main_content.find_pointed(root, heading, titles, thorough)
        is_held = not second_opinion.is_lacking(pointed.lines, thorough)
        # What stands apart from the story would speak for it wherever that is.
        own = second_opinion.missing_in(lines, found.beginning)
        if is_held and second_opinion.is_likelier(title, pointed.lines, own, agree=agree):
            return _begun(found.beginning, pointed), True
    return found, False


def _begun(beginning: Sequence[str], pointed: MainContent) -> MainContent:
    """Return what is *pointed* at with what of the story's *beginning* is not in it in front."""
    front = second_opinion.missing_in(beginning, pointed.lines)
    above = "".join(f"<p>{escape(text, quote=False)}</p>" for text in front)
    return replace(pointed, html=f"<div>{above}{pointed.html}</div>") if above else pointed
