"""The words that articles are found by: prepared alike from texts and from queries.

FTS5 knows neither scripts without spaces nor elisions, and leaves the points of Arabic and Hebrew
where they are, so it gets words that are ready for it. A table that was filled with words of
another version must be made anew: contentless tables delete a row by its old words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

_JOINERS = "\u00ad\u200c\u200d\u2060\ufeff"
_APOSTROPHES = "'\u2019\u02bc\u2018\uff07"
_POINTS = (  # of Hebrew and Arabic, and the stroke that makes Arabic words longer
    *((0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7)),
    *((0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED)),
)
_LEFT_OUT = {ord(char) for char in _JOINERS} | {
    code for first, last in _POINTS for code in range(first, last + 1)
}
_ALIKE = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه"}
_WITHOUT_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"  # Thai to Khmer
    "\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
)
_ALONE = re.compile(f"[{_WITHOUT_SPACES}]")
_ENGLISH = re.compile(f"[{_APOSTROPHES}](?=(?:s|t|re|ve|ll|d|m)(?!\\w))")
_ARABIC_ARTICLE = re.compile(r"(?<!\S)ال(?=\w{3})")
_IN_WORDS = ("L", "N", "Mn", "Mc", "Co")  # as the tokenizer of the table has it
_LAST_MARK = 0x1FFFF  # beyond are variation selectors
_PROBED = 0x3100  # characters
_PROBES = "don't l'inondation COVID-19 الفيضانات 中国の東京 ประเทศไทย ｶﾞｽ Straße"
_NO_MARK = "(?![\x00-\xac\xae-\u02ff\u2010-\u205f])"  # six times as fast as to look for all marks


class _Characters(dict[int, str | None]):
    """What becomes of each character, found when it is met first."""

    def __missing__(self, code: int) -> str | None:
        self[code] = found = None if code in _LEFT_OUT else _as_word(chr(code))
        return found


def _as_word(char: str) -> str:
    if not unicodedata.category(char).startswith(_IN_WORDS):
        return " "
    return f" {char} " if _ALONE.match(char) else _ALIKE.get(char, char)


_CHARACTERS = _Characters()


def prepared(text: str) -> str:
    """Return the words of *text* as they are looked for, with a space between them."""
    words = unicodedata.normalize("NFKC", text).casefold()
    words = _ENGLISH.sub("", unicodedata.normalize("NFKC", words)).translate(_CHARACTERS)
    return " ".join(_ARABIC_ARTICLE.sub("", words).split())


@cache
def words_version() -> str:
    """Return what tells words that were prepared in this way from those of another version."""
    probes = " ".join(f"a{chr(code)}b" for code in range(_PROBED))
    return f"{crc32(prepared(f'{probes} {_PROBES}').encode()):08x}"


@cache
def _run_pattern() -> re.Pattern[str]:
    marks = "".join(
        char
        for char in map(chr, range(_LAST_MARK + 1))
        if unicodedata.category(char) in {"Mn", "Mc"}
    )
    between = f"{_NO_MARK}[{marks}{_JOINERS}]+"
    return re.compile(rf"\w+(?:{between}\w*|[{_APOSTROPHES}]\w+)*")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the words of *text* are, and the characters of scripts without spaces."""
    has_alone = _ALONE.search(text) is not None
    for run in _run_pattern().finditer(text):
        if has_alone:
            yield from _pieces(text, *run.span())
        else:
            yield run.span()


def _pieces(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    for alone in _ALONE.finditer(text, begin, end):
        if begin < alone.start():
            yield begin, alone.start()
        yield alone.span()
        begin = alone.end()
    if begin < end:
        yield begin, end
