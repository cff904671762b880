"""Pieces of text with the words that were looked for in ``<mark>``; everything else is escaped."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, NamedTuple, Self

from crawler.export.browsing.search_words import prepared, spans
from crawler.export.browsing.word_stems import WordStems

if TYPE_CHECKING:
    from crawler.export.browsing.search_query import Term

_LONGEST = 240  # characters of a snippet
_BEFORE = 60  # characters in front of the first mark
_LONGEST_WORD = 30  # characters that are left out or added so that no word is cut
_SEARCHED = 50_000  # characters of a text
_MOST_MARKS = 500  # in a text
_OTHER = ("",)
"""The stems of a word that is in no term."""


class _Token(NamedTuple):
    """A stem, and where its word is in the text."""

    stem: str
    start: int
    end: int


class _Place(NamedTuple):
    """Where a word of a term is in the text; ``term`` is the term's number."""

    start: int
    end: int
    term: int


@dataclass(frozen=True, slots=True)
class _Stems:
    """The stems of a term; the last one may be a beginning."""

    stems: tuple[str, ...]
    is_beginning: bool

    def fits(self, tokens: Sequence[_Token]) -> bool:
        """Return whether *tokens* are this term."""
        found = tuple(token.stem for token in tokens)
        if len(found) != len(self.stems) or found[:-1] != self.stems[:-1]:
            return False
        last = self.stems[-1]
        return found[-1].startswith(last) if self.is_beginning else found[-1] == last


class Marker:
    """Marks *terms* in texts, by the stems that the search table has. Use it in a ``with``."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._stems = WordStems()
        words = [word for term in terms for word in term.words]
        stems = self._stems.of(words)
        self._letters = frozenset(_first_letter(word) for word in words)
        self._ready: dict[str, tuple[str, ...]] = {}
        self._terms = []
        for term in terms:
            found = tuple(stem for word in term.words for stem in stems[word])
            if found:
                self._terms.append(_Stems(found, term.is_beginning))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stems.__exit__()

    def marked(self, text: str) -> str:
        """Return *text* with marks, as markup."""
        return _markup(text, 0, len(text), self._places(text))

    def snippet(self, text: str) -> str:
        """Return the piece of *text* with the most different terms, else its beginning."""
        places = self._places(text)
        start, end = _window(text, places)
        inside = (place for place in places if start <= place.start and place.end <= end)
        before, after = "… " if start else "", " …" if end < len(text) else ""
        return f"{before}{_markup(text, start, end, inside)}{after}"

    def _places(self, text: str) -> list[_Place]:
        """Return where words of terms are in *text*, in order."""
        if not self._terms:
            return []
        tokens = self._tokens(text[:_SEARCHED])
        found: dict[int, _Place] = {}
        for number, term in enumerate(self._terms):
            for at in tokens:
                here = [tokens[n] for n in range(at, at + len(term.stems)) if n in tokens]
                if len(found) < _MOST_MARKS and term.fits(here):
                    place = _Place(here[0].start, here[-1].end, number)
                    found[place.start] = max(place, found.get(place.start, place))
        return list(_apart(sorted(found.values())))

    def _tokens(self, text: str) -> dict[int, _Token]:
        """Return the tokens of *text* that may be in a term, by their numbers."""
        places = list(spans(text))
        words = [text[start:end] for start, end in places]
        self._prepare(set(words))
        found: dict[int, _Token] = {}
        number = 0
        for place, word in zip(places, words, strict=True):
            stems = self._ready[word]
            if stems is not _OTHER:
                found |= {n: _Token(stem, *place) for n, stem in enumerate(stems, number) if stem}
            number += len(stems)
        return found

    def _prepare(self, words: Iterable[str]) -> None:
        """Know the stems of *words*: an empty one where no word of a term begins like it."""
        ready = {word: prepared(word).split() for word in words if word not in self._ready}
        asked = {
            part
            for parts in ready.values()
            for part in parts
            if _first_letter(part) in self._letters
        }
        stems = self._stems.of(asked)
        for word, parts in ready.items():
            found = tuple(stem for part in parts for stem in stems.get(part, _OTHER))
            self._ready[word] = _OTHER if found == _OTHER else found


def _apart(places: Iterable[_Place]) -> Iterator[_Place]:
    """Yield those of *places* that begin after the end of the one before."""
    end = 0
    for place in places:
        if place.start >= end:
            yield place
            end = place.end


def _first_letter(word: str) -> str:
    """Return the first letter of *word* without what the tokenizer takes off."""
    return unicodedata.normalize("NFD", word)[:1]


def _window(text: str, places: Sequence[_Place]) -> tuple[int, int]:
    """Return beginning and end of the piece with the most different terms, the first of such."""
    best, first, last = 0, 0, 0
    inside: Counter[int] = Counter()
    for place in places:
        while last < len(places) and places[last].end <= place.start + _LONGEST - _BEFORE:
            inside[places[last].term] += 1
            last += 1
        if (terms := sum(count > 0 for count in inside.values())) > best:
            best, first = terms, place.start
        inside[place.term] -= 1
    start = _whole_word(text, max(0, first - _BEFORE)) if first > _BEFORE else 0
    end = start + _LONGEST
    if end >= len(text):
        return start, len(text)
    cut = text.rfind(" ", end - _LONGEST_WORD, end)
    return start, end if cut < 0 else cut


def _whole_word(text: str, start: int) -> int:
    space = text.find(" ", start, start + _LONGEST_WORD)
    return start if space < 0 else space + 1


def _markup(text: str, start: int, end: int, places: Iterable[_Place]) -> str:
    parts = []
    for place in places:
        parts += [
            escape(text[start : place.start]),
            "<mark>",
            escape(text[place.start : place.end]),
        ]
        parts.append("</mark>")
        start = place.end
    return "".join([*parts, escape(text[start:end])])
