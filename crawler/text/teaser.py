"""Texts that are only the beginning of a story, recognised by how they end.

A teaser ends in ``[…]`` (WordPress's excerpts do), in a link to the whole story, or at a gate: a
line or a plugin's box that asks the reader to pay or to sign in. A gate alone makes no teaser:
publishers ask below whole stories too, so the text above it must also be cut or short. A story that
ends in three dots, or in a link to more on the subject, is no teaser for that alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape

from crawler.text.boilerplate import is_boilerplate
from crawler.text.boilerplate_phrases import PhraseMatcher, one_of, phrases

_LEAST_PROSE = 40  # letters of a line: fewer are a label, a name, a link
# What may stand behind a gate, advertising: lines of prose, letters in them.
_MOST_BEHIND = 3
LAST_PART = 200
"""Lines at the end of a text among which a gate is looked for."""
_MOST_LETTERS, _LEAST_LETTERS = 1_000, 300
_CUT = 1_500  # letters above a gate: fewer are more likely the beginning of a story than one
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
_MOST_GATE = 10_000  # letters of the markup of a gate
_MORE_TAG = re.compile(r"""<span id=["']?more-[0-9]{1,20}["']?>""")
# Scripts without spaces: a letter is as much as two or three of others.
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")
_WIDTH = 2.5
# Scripts without small letters, in which a sentence ends in a sign.
_WITHIN = re.compile(r"[\u0590-\u06ff\u0900-\u0963\u3040-\u9fff\uac00-\ud7af、،]\Z")


@cache
def _gates() -> PhraseMatcher:
    return PhraseMatcher({"": phrases("gates", "rest_gates")})


@cache
def _rest_gates() -> PhraseMatcher:
    return PhraseMatcher({"": phrases("rest_gates")})


@cache
def _comment_words() -> re.Pattern[str]:
    return re.compile(one_of(phrases("comment_words")), re.IGNORECASE)


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
    """Tell whether a line asks to pay or to sign in for the rest of a story, not to comment."""
    if len(line) > _LONGEST or _comment_words().search(line):
        return False
    return _gates().matches(line) or (
        _gates_without_link().matches(line) and not _link_words().search(line)
    )


def says_more(gate: str) -> bool:
    """Tell whether a gate says that there is more of the story, or that this is for members."""
    return _rest_gates().matches(gate)


def ends_in_dots(paragraph: str) -> bool:
    """Tell whether *paragraph* ends in three dots."""
    return _DOTS.search(paragraph) is not None


def ends_early(paragraph: str) -> bool:
    """Tell whether *paragraph*, unless it is a short label, ends within a sentence."""
    is_label = len(paragraph) < _LEAST_SENTENCE
    return not is_label and (paragraph[-1].islower() or paragraph[-1] == ",")


@dataclass(frozen=True, slots=True, order=True)
class Gate:
    """A gate: the number of the lines above it, and its words."""

    line: int
    words: str

    def evidence(self, html: str, above: Sequence[str]) -> str | None:
        """Return the evidence that the lines *above*, from *html*, are cut at the gate, or None."""
        text = [line for line in above if not is_boilerplate(line)]
        is_cut = (
            says_more(self.words)
            or length_of(text) < _CUT
            or ends_in_dots(text[-1])
            or ends_early(text[-1])
            or _WITHIN.search(text[-1]) is not None
            or _ends_at_more_tag(html)
        )
        return f"gate: the text ends at “{self.words[:_QUOTED]}”" if is_cut else None


def find_gate(lines: Sequence[str], removed: Iterable[Gate] = ()) -> Gate | None:
    """Return the first gate in the last part of a text, where nothing but advertising follows.

    *removed* are those in elements that are left out of *lines*.
    """
    first, letters = len(lines), sum(map(len, lines))
    gates, behind, count = [], 0, 0
    for number in range(len(lines) - 1, max(-1, len(lines) - 1 - LAST_PART), -1):
        line = lines[number]
        letters -= len(line)
        if is_paywall_notice(line):
            gates.append(Gate(number, line))
        elif len(line) >= _LEAST_PROSE and not is_boilerplate(line):
            behind, count = behind + len(line), count + 1
        if count > _MOST_BEHIND or behind > _most_behind(letters):
            break
        first = number
    return min((gate for gate in (*gates, *removed) if gate.line >= first), default=None)


def _most_behind(above: int) -> int:
    """Return the most letters that may follow a gate below *above* letters."""
    return min(_MOST_LETTERS, max(_LEAST_LETTERS, above // 2))


def length_of(lines: Iterable[str]) -> float:
    """Return the letters of *lines*; one of a script without spaces counts as two or three."""
    return sum(len(line) + (_WIDTH - 1) * len(_WIDE.findall(line)) for line in lines)


def _ends_at_more_tag(html: str) -> bool:
    """Tell whether what the markup shows behind the mark of ``<!--more-->`` is a gate at most."""
    found = _MORE_TAG.search(html, max(0, len(html) - _MOST_GATE))
    return found is not None and len(_TAG.sub("", html[found.end() :])) < _LONGEST


def teaser_evidence(html: str, lines: list[str], story: list[str]) -> str | None:
    """Return the evidence that a text is a teaser, or None.

    *lines* are all lines that the markup *html* shows, *story* those of them that are the text.
    """
    if not story:
        return None
    last = story[-1]
    if _EXCERPT.search(last):
        return f"teaser: the text ends in “{last[-_TAIL_SHOWN:].lstrip()}”"
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
