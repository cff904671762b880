"""The notation of the phrase files as regular expressions; docs/phrases.md explains it.

Everything that a placeholder takes is bounded, so that no line makes a match slow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CAPITALIZED = r"(?-i:(?![a-zß-öø-ÿа-яёα-ώ])[^\W\d_][\w'’.-]{0,30})"
_PLACEHOLDERS = {
    "…": r"[^.!?。！？]{1,80}",
    "anything": r".{1,300}",
    "word": r"[\w'’-]{1,30}",
    "words": r"[\w'’-]{1,30}(?: [\w'’-]{1,30}){0,2}",
    ",": r" ?[,|/;·–—-] ?",
    "year": r"(?:19|20)[0-9]{2}\b",
    "number": r"[0-9][0-9.,]{0,8}(?: ?[km]\b)?",
    "handle": r"@?\w{2,30}",
    "quoted": "[\"“”„«»'‘’].{1,200}[\"“”„«»'‘’]",
    "email": r"[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,20}){1,3}",
    "address": r"(?:https?://)?[\w-]{1,40}(?:\.[\w-]{1,40}){1,4}(?:/\S{0,150})?",
    "name": rf"{_CAPITALIZED}(?: (?:d[aei]l?|v[ao]n|der|la|{_CAPITALIZED})){{1,3}}",
    "names": r"(?:[^.;!?]|(?<=\b[^\W\d_])\.){2,150}",  # with their initials
    "Title": r"(?-i:[^a-z\s]).{0,300}",
    "Names": r"(?-i:(?![a-zß-öø-ÿа-яёα-ώ])[^\W\d_])(?:[^.;!?]|(?<=\b[^\W\d_])\.){1,149}",
    "source": r"(?P<source>.{2,80}?)",
}
_PIECE = re.compile(r"\((?P<optional>[^()]+)\)|\[(?P<choice>[^\[\]]+)\]|(?P<text>[^()\[\]]+)")
_HOLE = re.compile(r"\{([^{}]+)\}")
_UNFIXED = re.compile(r"\{[^{}]*\}|[':]")
_START = 2
_NO_LETTER = re.compile(r"[{}':]")

_BRACKET = re.compile(r"[()\[\]（）［］【】{}]")
_FRONT = " •●►▶▸→»›>+*|·-–—#👉➡🔴📷■□▪◆◼⇒☞\ufe0f"
_BACK = " :：.…»›→>|!·-–—⇒▸►"
_SIGNS = {"'": "['’‘ʼ]", ":": "[:：]"}  # written in many ways
_AND = r"(?:, ?|,? (?:and|or|und|oder|et|y|e|en|og|och|и|та|ve)(?: on)? | & | ?/ ?| via )"


class PhraseNotationError(ValueError):
    """A phrase that is not written as docs/phrases.md has it."""


def folded(line: str) -> str:
    """Return *line* as phrases are compared with it, without signs around it and brackets."""
    if _BRACKET.search(line):
        line = " ".join(_BRACKET.sub("", line).split())
    return line.lstrip(_FRONT).rstrip(_BACK)


def plain(text: str) -> str:
    """Return *text* with letters that are alike to ``re.IGNORECASE`` as the same one.

    That takes ``İ`` and ``ı`` for ``i``.
    """
    return text.casefold().replace("\u0307", "").replace("ı", "i")


def words_of(phrase: str) -> tuple[str, ...]:
    """Return texts of which any line that *phrase* matches has one, in `plain` letters.

    They are the longest that it is sure to have; the empty string if there is none.
    """
    sure: tuple[str, ...] = ("",)
    for texts in _pieces(phrase):
        if "" not in texts:
            found = tuple(plain(max(_UNFIXED.split(text), key=len)) for text in texts)
            sure = max(sure, found, key=lambda some: min(map(len, some)))
    return sure


def enumeration(names: Iterable[str]) -> str:
    """Return the regular expression for one or some of *names*, with ``and`` or the like."""
    name = f"(?:{'|'.join(re.escape(name) for name in names)})"
    return f"{name}(?:{_AND}{name}){{0,5}}"


def pattern(phrase: str, holes: Mapping[str, str]) -> str:
    """Return the regular expression for *phrase*.

    *holes* has those of the placeholders for names that are data (`enumeration`). Raises
    `PhraseNotationError`.
    """
    holes = {**_PLACEHOLDERS, **holes}
    return "".join(_choice([_text(text, holes) for text in texts]) for texts in _pieces(phrase))


def starts(phrase: str, names: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the first letters, at most two each, that *phrase* may begin with in lower case.

    One that may begin with anything has the empty string among them. *names* has those that
    placeholders stand for.
    """
    letters = {f"{{{hole}}}": {name[:_START] for name in some} for hole, some in names.items()}
    return _first_letters(_pieces(phrase.lower()), letters)


def ends(phrase: str, names: Mapping[str, Iterable[str]]) -> set[str]:
    """Return its last letters likewise, the last first."""
    letters = {
        f"}}{hole[::-1]}{{": {name[: -_START - 1 : -1] for name in some}
        for hole, some in names.items()
    }
    turned = [[text[::-1] for text in texts] for texts in reversed(_pieces(phrase.lower()))]
    return _first_letters(turned, letters)


def _pieces(phrase: str) -> list[list[str]]:
    """Return the parts of *phrase*, each with the texts that may stand there.

    Where a part may be missing, a space beside it belongs to it.
    """
    pieces: list[list[str]] = []
    rest = phrase
    while rest:
        found = _PIECE.match(rest)
        if found is None:
            raise PhraseNotationError(f"brackets that do not pair: {phrase!r}")
        rest = rest[found.end() :]
        if not (optional := found["optional"]):
            pieces.append([found["text"]] if found["text"] else found["choice"].split("|"))
        elif pieces and pieces[-1][0].endswith(" ") and not pieces[-1][1:]:
            pieces[-1] = [pieces[-1][0][:-1]]
            pieces.append([*(f" {text}" for text in optional.split("|")), ""])
        elif rest.startswith(" ") and all("" in texts for texts in pieces):
            rest = rest[1:]
            pieces.append([*(f"{text} " for text in optional.split("|")), ""])
        else:
            pieces.append([*optional.split("|"), ""])
    return pieces


def _first_letters(pieces: list[list[str]], names: Mapping[str, set[str]]) -> set[str]:
    unfinished, finished = {""}, set[str]()
    for texts in pieces:
        made = {start + text for start in unfinished for text in _spelled_out(texts, names)}
        unfinished = {
            start for start in made if len(start) < _START and not _NO_LETTER.search(start)
        }
        finished |= {_NO_LETTER.split(start)[0][:_START] for start in made - unfinished}
        if not unfinished:
            break
    return finished | unfinished


def _spelled_out(texts: list[str], names: Mapping[str, set[str]]) -> Iterator[str]:
    for text in texts:
        hole = next(filter(text.startswith, names), None)
        yield from names[hole] if hole else (text,)


def _choice(patterns: list[str]) -> str:
    return f"(?:{'|'.join(patterns)})" if patterns[1:] else patterns[0]


def _text(text: str, holes: Mapping[str, str]) -> str:
    parts = _HOLE.split(text)
    if unknown := set(parts[1::2]) - holes.keys():
        raise PhraseNotationError(f"no such placeholder: {', '.join(sorted(unknown))}")
    return "".join(
        holes[part] if number % 2 else _literal(part) for number, part in enumerate(parts)
    )


def _literal(text: str) -> str:
    return "".join(_SIGNS.get(letter) or re.escape(letter) for letter in text)
