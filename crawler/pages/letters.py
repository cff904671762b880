"""Texts compared by their letters, whatever stands between those."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDE = "\u2e80"
"""The first letter of Chinese, Japanese and Korean, in which fewer letters say as much."""

_PIECE = 20
_LEAST_WORD, _STEM = 4, 6
_WORD = re.compile(r"[^\W_]+")


def flat(lines: Iterable[str]) -> str:
    """Return the letters and digits of *lines* in lower case, by which texts are compared."""
    return "".join(filter(str.isalnum, "".join(lines).casefold()))


def pieces(text: str) -> list[str]:
    """Return the pieces by which *text* is compared, each of some letters."""
    letters = flat([text])
    last = max(1, len(letters) - _PIECE // 2)
    return [letters[at : at + _PIECE] for at in range(0, last, _PIECE)]


def told_share(title: str, lines: Sequence[str]) -> float:
    """Return the share of the words of *title* that *lines* have: a story speaks of its headline.

    Words count by their first letters, since other endings are the same word; in Chinese and
    Japanese, which put no spaces between words, pairs of letters count.
    """
    told = flat(lines)
    words = {stem for word in _WORD.findall(title.casefold()) for stem in _stems(word)}
    return sum(word in told for word in words) / max(1, len(words))


def _stems(word: str) -> list[str]:
    if any(letter >= WIDE for letter in word):
        return [word[at : at + 2] for at in range(len(word) - 1)]
    return [word[:_STEM]] if len(word) >= _LEAST_WORD else []
