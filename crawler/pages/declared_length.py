"""How long a story is, as its JSON-LD has it: evidence of a cut only where it agrees with the text.

Publishers write a count of letters, of markup or of another version into ``wordCount``, and the
text twice, with boilerplate or of another story into ``articleBody``.

Source: schema.org/Article (``wordCount`` is "the number of words in the text").
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from crawler.pages.headline import comparable
from crawler.text.teaser import ends_early, ends_in_dots

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT = 1_500
"""Letters: a text of fewer may be only the beginning of a story."""

_LEAST_COUNT = 150  # words: the count of a shorter story is no evidence
_LEAST_BODY = 500  # letters
_FEW, _FAR_TOO_FEW = 0.6, 0.3  # of the declared length, behind a barrier and without one
# A count by letter of the text: of its letters alone at least, of its markup at most.
_LETTERS, _MARKUP = 0.75, 1.75
_AS_LONG = 0.1
_LONGEST = 200_000
_EDGE = 4  # paragraphs at either end of a text, of which one may be a deck, a label, a note
_PROBE = 40
_LEAST_PROBE = 20
_FURTHEST = 600  # letters in front of the story: headline, deck, dateline
_TAG = re.compile(r"<[^<>]{1,1000}>")
# Scripts without spaces: each character counts as a word.
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")


def shorter_than_counted(
    paragraphs: list[str], word_count: int, article_body: str, *, barrier: bool
) -> str | None:
    """Return the evidence that *paragraphs* are fewer words than *word_count*, None without one.

    *barrier* tells whether something else says that not everybody may read the story. A count that
    may be one of letters is none of words.
    """
    words, letters = _count_words(paragraphs), sum(map(len, paragraphs))
    if word_count < _LEAST_COUNT or words >= (_FEW if barrier else _FAR_TOO_FEW) * word_count:
        return None
    last = paragraphs[-1]
    looks_cut = barrier or ends_in_dots(last) or ends_early(last)
    is_short = letters < SHORT
    if _counts_letters(word_count, letters, article_body):
        is_cut = is_short and looks_cut
    else:
        is_cut = is_short or looks_cut
    return f"words: {words} words were read, and wordCount is {word_count}" if is_cut else None


def _counts_letters(word_count: int, letters: int, article_body: str) -> bool:
    """Tell whether *word_count* may count the letters of a text that has as many as *letters*."""
    length = len(article_body)
    if length >= _LEAST_BODY and abs(word_count - length) <= _AS_LONG * length:
        return letters >= _FAR_TOO_FEW * length
    return _LETTERS * letters <= word_count <= _MARKUP * letters


def shorter_than_body(paragraphs: list[str], article_body: str, *, barrier: bool) -> str | None:
    """Return the evidence that *article_body* goes on behind *paragraphs*, None without one.

    It has to begin as they do; what it repeats counts once. A short text that has nothing in common
    with a much longer one was read in the wrong place.
    """
    letters = sum(map(len, paragraphs))
    least = _FEW if barrier else _FAR_TOO_FEW
    if len(article_body) < _LEAST_BODY or letters >= least * len(article_body):
        return None
    body = comparable(unescape(_TAG.sub(" ", article_body[:_LONGEST])))
    start = _place(body, (comparable(text)[:_PROBE] for text in paragraphs[:_EDGE]))
    end = _place(body, (comparable(text)[-_PROBE:] for text in reversed(paragraphs[-_EDGE:])))
    told = f"{letters} letters were read, and articleBody has {len(article_body)}"
    if start is None and end is None and letters < min(SHORT, _FAR_TOO_FEW * len(body)):
        return f"place: {told} others"
    if start is None or end is None or not start[0] <= min(end[0], _FURTHEST):
        return None
    behind = _unrepeated(body[end[1] :], (body[start[0] : start[1]], body[:_PROBE]))
    read = end[1] - start[0]
    return f"words: {told}" if read < least * (read + len(behind)) else None


def _place(body: str, probes: Iterable[str]) -> tuple[int, int] | None:
    """Return where the first of *probes* that *body* has begins and ends."""
    for probe in probes:
        found = body.find(probe) if len(probe) >= _LEAST_PROBE else -1
        if found >= 0:
            return found, found + len(probe)
    return None


def _unrepeated(text: str, beginnings: Iterable[str]) -> str:
    """Return *text* up to where it begins anew as one of *beginnings* does."""
    return text[: min((at for at in map(text.find, beginnings) if at >= 0), default=len(text))]


def _count_words(paragraphs: list[str]) -> int:
    return sum(len(paragraph.split()) + len(_WIDE.findall(paragraph)) for paragraph in paragraphs)
