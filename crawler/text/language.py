"""The language of a text, for what does not say its own."""

from __future__ import annotations

import re
from typing import Any

from resiliparse.parse.lang import detect_fast

_READ = 4_000
_ENOUGH = 200  # letters: of less the guess is often wrong
_MARGIN = 0.02  # by which the best guess is better than the next one; wrong ones rarely are
_KANA = re.compile(r"[\u3041-\u30ff]")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_WORD_CHARACTER = re.compile(r"\w")


def language_of(text: str) -> str:
    """Return the code (ISO 639-1) of the language of *text*, empty if that is not sure."""
    text = text[:_READ]
    letters = len(_WORD_CHARACTER.findall(text))
    kana = len(_KANA.findall(text))
    if kana > letters / 20 and kana > 10:  # what has kana is Japanese, however many Han it has
        return "ja"
    if letters < _ENOUGH:
        return ""
    found: Any = detect_fast(text, n_results=2)
    guesses = [(str(name), int(rank)) for name, rank in found]
    if not guesses or guesses[0][0] == "unknown":
        return ""
    name, rank = guesses[0]
    is_sure = len(guesses) == 1 or guesses[1][1] - rank >= _MARGIN * rank
    return name if is_sure else ""


def language_of_markup(markup: str) -> str:
    """Return the language of the text in *markup*, as `language_of` does."""
    return language_of(_TAG.sub(" ", markup[: 8 * _READ]))
