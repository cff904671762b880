"""The normal form of one line of text.

Removed: controls, zero-width characters, soft hyphens, bidi marks, byte order marks, blank Hangul
fillers, noncharacters, and private-use characters (only one icon font knows what they show). Kept,
where a reader sees the difference: joiners between letters of the scripts that shape with them,
emoji sequences (joiners, variation selectors, the tags of a subdivision flag), and variation
selectors behind Han and Mongolian letters. White space of every kind, with line and paragraph
separators and the Braille blank, becomes single spaces. A letter keeps at most 30 combining marks.

Sources: Unicode Standard 23.2 (layout controls), UAX #15 (NFC), UTS #51 (emoji sequences),
UTS #37 (ideographic variation).
"""

from __future__ import annotations

import re
from unicodedata import combining, is_normalized, normalize

_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_SHAPED = (  # Arabic to Mandaic, Indic, Myanmar, Khmer, Mongolian, Balinese, Vedic, Adlam, ...
    "\u0610-\u061a\u0620-\u085f\u0860-\u0dff\u1000-\u109f\u1780-\u180a\u1810-\u18af"
    "\u1b00-\u1bff\u1cd0-\u1cff\ua840-\ua87f\ua8e0-\ua8ff\uaa60-\uaa7f\uabc0-\uabff"
    "\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00011000-\U00011cff\U0001e900-\U0001e95f"
)
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_IN_CONTEXT = "\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef"
_NEVER = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffc"
    "\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
) + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xE0000, 0x10000)
)

# Printable for str.isprintable(), but perhaps to be removed; so is all beyond the BMP.
_PRINTABLE_SUSPECT = re.compile(
    "[\u034f\u115f\u1160\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\U00010000-\U0010ffff]"
)
_JUNK = re.compile(
    f"""(?=[{_NEVER}{_IN_CONTEXT}]) (?:
        (  (?<=[{_EMOJI}\ufe0f]) \u200d (?=[{_EMOJI}])
        |  (?<=[{_SHAPED}]) [\u200c\u200d] (?=[{_SHAPED}])
        |  (?<=[{_EMOJI}0-9\\#*]) [\ufe0e\ufe0f]
        |  (?<=[{_HAN}]) [\ufe00-\ufe02\U000e0100-\U000e01ef]
        |  (?<=[\u1820-\u18aa]) [\u180b-\u180f]
        |  (?<=\U0001f3f4) [\U000e0020-\U000e007e]++ \U000e007f
        )
        |  . )""",
    re.VERBOSE | re.DOTALL,
)
_IN_CONTEXT_ONLY = re.compile(f"[{_IN_CONTEXT}]+")
_PASSES = 4
# Composing takes time in the square of the number of marks, and no script stacks so many.
_MOST_MARKS = 30
_LONG_RUN = re.compile(rf"[^\w\s]{{{_MOST_MARKS + 1},}}")


def normal_line(text: str) -> str:
    """Return ``text`` as one line in normal form; idempotent, and empty if nothing shows.

    The result is NFC, holds no line break and no control, and neither starts nor ends with a space.
    """
    if "  " in text or not text.isprintable():
        text = " ".join(text.split())
        if not text.isprintable():
            return _normalised(text)
    if text.isascii():
        return text.strip(" ")
    if _LONG_RUN.search(text) or _PRINTABLE_SUSPECT.search(text):
        return _normalised(text)
    return text.strip(" ") if is_normalized("NFC", text) else _normalised(text)


def _thinned(run: re.Match[str]) -> str:
    """Return *run* with at most 30 marks on a letter (UAX #15, Stream-Safe Text Format)."""
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def replace_surrogates(text: str) -> str:
    """Return ``text`` without surrogates: pairs become their character, lone ones U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _normalised(text: str) -> str:
    """Remove and compose until nothing changes any more, then fold white space again.

    Composing can move a mark between a letter and its joiner, removing can bring two letters
    together. A text that still changes after four passes loses its joiners and selectors.
    """
    text = replace_surrogates(text).replace("\u2800", " ")
    for _ in range(_PASSES):
        before, text = text, normalize("NFC", _LONG_RUN.sub(_thinned, _JUNK.sub(r"\1", text)))
        if text == before:
            break
    else:
        text = normalize("NFC", _IN_CONTEXT_ONLY.sub("", text))
    return " ".join(text.split())
