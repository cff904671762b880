"""Walls: one text that stands where many stories should be, for consent, a login or an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from html import unescape
from typing import Generic, TypeVar
from urllib.parse import unquote, urlsplit

from crawler.sources.link import Link
from crawler.state.store import Store

Held = TypeVar("Held")

MANY_STORIES = 3
"""Stories with one text that tells of none of them, which make that a wall."""

_MOST_HELD = 500
_LONGEST_HEADLINE = 300
_WORD = re.compile(r"[^\W\d_]+")
# Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, Kana, Han, Hangul.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_STEM = 5  # letters
_FEWEST_EXPECTED = 2  # parts of words without which a link tells nothing of its story
_FEW = 3
_MARKUP = re.compile(r"<[^>]{0,500}>")
# What tells one answer from another: the number of a request, an address, a time.
_IDS = re.compile(r"(?<![\w.:-])(?=[a-z_.:-]{0,80}\d)[\w.:-]{10,80}(?![\w.:-])", re.IGNORECASE)


class Verdict(Enum):
    """What is to be done with what a page has for a story."""

    STORY = "story"
    HOLD = "hold"
    WALL = "wall"


@dataclass(slots=True)
class _Text(Generic[Held]):
    """A text: for how many ``stories`` it was given, and those of them that are ``held`` back."""

    stories: int = 0
    held: list[Held] = field(default_factory=list)


class Walls(Generic[Held]):
    """Finds texts that are given for many stories of *source* and tell of none of them.

    A page that has no words of the headline or address that links to it is held back to the end of
    the run: by then it is known whether its text was given for others too. So is one of which
    nothing is known but what it calls itself; it takes twice as many of those, with the same
    headline. A page that tells of its story never waits and is never refused, however many others
    have its text: that is syndication.
    """

    def __init__(self, store: Store, source: str) -> None:
        self._store = store
        self._source = source
        self._texts: dict[bytes, _Text[Held]] = {}
        self.count = 0
        """How many are held back."""

    def judge(
        self, link: Link, title: str, text: str, digest: bytes, held: Held
    ) -> tuple[Verdict, list[Held]]:
        """Judge what *link* gave, which has the headline *title*; *held* is kept if it is to wait.

        *digest* is that by which the ledger knows the text. With `Verdict.WALL` come those that
        waited with this text: they do not any more.
        """
        expected = set(_parts(_headline(link)))
        is_known = len(expected) >= _FEWEST_EXPECTED
        if is_known and _has_words(f"{title}\n{text}", expected):
            return Verdict.STORY, []
        found = self._texts.setdefault(_digest(text if is_known else f"{title}\n\n{text}"), _Text())
        found.stories += 1
        if self._are_many(found.stories, digest, MANY_STORIES * (1 if is_known else 2)):
            return Verdict.WALL, self._let_go(found)
        if self.count >= _MOST_HELD:
            return Verdict.STORY, []
        found.held.append(held)
        self.count += 1
        return Verdict.HOLD, []

    def _are_many(self, stories: int, digest: bytes, many: int) -> bool:
        """Tell whether *stories* are *many*, with those that earlier runs kept with that text."""
        if stories >= many:
            return True
        known = sum(held.source == self._source for held in self._store.with_text(digest))
        return known > 1 and stories + known >= many

    def released(self) -> Iterator[Held]:
        """Yield what was held back and is no wall, as far as is known now."""
        for found in self._texts.values():
            yield from self._let_go(found)

    def _let_go(self, found: _Text[Held]) -> list[Held]:
        held, found.held = found.held, []
        self.count -= len(held)
        return held


def tells_of(text: str, link: Link) -> bool:
    """Tell whether *text* has words of the headline or the address of *link*."""
    expected = set(_parts(_headline(link)))
    return len(expected) >= _FEWEST_EXPECTED and _has_words(text, expected)


def _digest(text: str) -> bytes:
    return sha256(_IDS.sub("", text).encode("utf-8", "replace")).digest()


def _headline(link: Link) -> str:
    """Return the words that *link* has for its story: a headline, and the end of its address."""
    told = unescape(_MARKUP.sub(" ", link.title[:_LONGEST_HEADLINE]))
    slug = unquote(urlsplit(link.url).path).rstrip("/").rpartition("/")[2]
    return f"{told} {slug.rpartition('.')[0] or slug}"


def _has_words(text: str, expected: set[str]) -> bool:
    """Tell whether *text* has enough of the parts of words that are *expected*."""
    folded = text.casefold()
    begun = {word[:_STEM] for word in _WORD.findall(folded)}
    found = sum(part in begun or (len(part) < _STEM and part in folded) for part in expected)
    return found >= (1 if len(expected) <= _FEW else max(2, len(expected) // 4))


def _parts(words: str) -> Iterator[str]:
    """Yield the beginnings of long words; of scripts without spaces, each two letters."""
    for word in _WORD.findall(words[: 2 * _LONGEST_HEADLINE].casefold()):
        if _UNSPACED.search(word):
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        elif len(word) >= _STEM:
            yield word[:_STEM]
