"""Texts that are only the beginning of a story, recognised by how they end.

A teaser ends in ``[…]`` (WordPress's excerpts do), in a link to the whole story, or at a paywall
notice: a line that asks the reader to pay or to sign in. A story that ends in three dots, or in a
link to more on the subject, is no teaser for that alone.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape

from crawler.text.boilerplate_phrases import PhraseMatcher, one_of, phrases

_LAST = 3  # lines at the end of a text among which a paywall notice is
_SHORT = 1_000  # letters of a text that is more likely the beginning of a story than one
_LONGEST = 300
_QUOTED = 100
_TAIL_SHOWN = 20
_LEAST_SENTENCE = 60

_EXCERPT = re.compile(r"(?:\[ ?(?:…|\.\.\.) ?\]|\(more ?(?:…|\.\.\.)\))$")
_DOTS = re.compile(r"(?:…|\.\.\.)[\])”\"’']?$")
# WordPress's link to what stands behind <!--more-->.
_MORE_LINK = re.compile(r"""<a\s[^<>]*class=["'][^"'<>]*\bmore-link\b[^<>]*>""")
_TAG = re.compile(r"<[^<>]*>|<!--.*?-->", re.DOTALL)
_TAIL = 2_000


@cache
def _gates() -> PhraseMatcher:
    return PhraseMatcher({"": phrases("gates")})


@cache
def _gates_without_link() -> PhraseMatcher:
    return PhraseMatcher({"": phrases("gates_without_link")})


@cache
def _link_words() -> re.Pattern[str]:
    return re.compile(rf"\b{one_of(phrases('link_words'))}\b", re.IGNORECASE)


@cache
def _links_to_whole_story() -> PhraseMatcher:
    return PhraseMatcher({"": phrases("whole_story")})


def is_paywall_notice(line: str) -> bool:
    """Tell whether a line asks to pay or to sign in for the rest of a story."""
    if len(line) > _LONGEST:
        return False
    return _gates().matches(line) or (
        _gates_without_link().matches(line) and not _link_words().search(line)
    )


def ends_in_dots(paragraph: str) -> bool:
    """Tell whether *paragraph* ends in three dots."""
    return _DOTS.search(paragraph) is not None


def ends_early(paragraph: str) -> bool:
    """Tell whether *paragraph*, unless it is a short label, ends within a sentence."""
    is_label = len(paragraph) < _LEAST_SENTENCE
    return not is_label and (paragraph[-1].islower() or paragraph[-1] == ",")


def teaser_evidence(html: str, lines: list[str], story: list[str]) -> str | None:
    """Return the evidence that a text is a teaser, or None.

    *lines* are all lines that the markup *html* shows, *story* those of them that are the text.
    """
    if not story:
        return None
    last = story[-1]
    if _EXCERPT.search(last):
        return f"teaser: the text ends in “{last[-_TAIL_SHOWN:].lstrip()}”"
    if notice := next(filter(is_paywall_notice, lines[-_LAST:]), None):
        return f"gate: the text ends at “{notice[:_QUOTED]}”"
    if link := _whole_story_link(html, lines):
        letters = sum(map(len, story))
        if letters < _SHORT or ends_in_dots(last):
            return f"teaser: the text has {letters} letters and ends in “{link[:_QUOTED]}”"
    return None


def _whole_story_link(html: str, lines: list[str]) -> str | None:
    """Return the words of a link at the end of the text that leads to the whole story."""
    if _links_to_whole_story().matches(lines[-1]):
        return lines[-1]
    for found in _MORE_LINK.finditer(html, max(0, len(html) - _TAIL)):
        shown, _, behind = html[found.end() :].partition("</a>")
        if not _TAG.sub("", behind).strip():
            return " ".join(unescape(_TAG.sub("", shown)).split())
    return None
