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
# Letters that are not Latin, and the languages that are written in them.
_SCRIPTS = (
    (re.compile(r"[\u3400-\u9fff]"), "zh ja ko yue"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
    (re.compile(r"[\u0600-\u06ff\u0750-\u077f]"), "ar fa ur ps ku ckb ug sd ks az pa"),
    (re.compile(r"[\u0590-\u05ff]"), "he yi"),
    (re.compile(r"[\u0400-\u04ff]"), "ru uk bg be sr mk kk ky mn tg tt ba cv uz az ce os bs"),
    (re.compile(r"[\u0370-\u03ff]"), "el"),
    (re.compile(r"[\u0900-\u097f]"), "hi mr ne sa bho mai kok"),
    (re.compile(r"[\u0980-\u09ff]"), "bn as"),
    (re.compile(r"[\u0b80-\u0bff]"), "ta"),
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
    (re.compile(r"[\u10a0-\u10ff]"), "ka"),
    (re.compile(r"[\u0530-\u058f]"), "hy"),
)


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


def language_on_site(text: str, site: str) -> str:
    """Return the language of *text* on a site that says of itself that it is in *site* (BCP 47).

    What a site says is the last resort: many say ``en-US`` because WordPress did. Where the words
    are plainly of another language it is that; where the letters are, that or none.
    """
    named = site.lower().partition("-")[0]
    if found := language_of(text):
        return site if named == found else found
    written = _languages_of_letters(text[:_READ])
    if not written or named in written:
        return site
    return written[0] if len(written) == 1 or written[0] == "zh" else ""


def language_of_markup_on_site(markup: str, site: str) -> str:
    """Return the language of the text in *markup*, as `language_on_site` does."""
    return language_on_site(_TAG.sub(" ", markup[: 8 * _READ]), site)


def _languages_of_letters(text: str) -> list[str]:
    """Return which languages most letters of *text* are of; none if those are Latin, or few."""
    letters = len(_WORD_CHARACTER.findall(text))
    for script, languages in _SCRIPTS:
        if len(script.findall(text)) * 2 > letters > 0:
            return languages.split()
    return []
