"""The phrases by which boilerplate is told, of all languages: data, in ``phrases/*.toml``.

One file a language, its phrases by kind; docs/phrases.md says how they are written. Lines of any
language are compared with the phrases of all, since pages mix them.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING

from crawler.text.phrase_notation import (
    PhraseNotationError,
    ends,
    enumeration,
    folded,
    pattern,
    plain,
    starts,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LONGEST = 300
_BACK = "…"  # in front of the last letters of a line
LINES = (
    *("share", "advertisement", "sign_up", "support", "comments", "credits", "notices", "embeds"),
    *("players", "about_authors"),
)
"""The kinds of phrases that are a whole line, and that no story has; docs/phrases.md has all."""
_OTHERS = (
    *("related", "related_before_links", "before_links", "tags", "photos", "sign_offs", "ends"),
    *("authors_at_the_start", "authors_at_the_end"),
    *("gates", "rest_gates", "gates_without_link", "link_words", "comment_words"),
    *("whole_story", "trailers", "sources"),
    *("published", "modified", "agencies", "networks"),
    *("bylines", "author_labels", "after_names", "roles", "no_names"),
    *("joining_words", "name_particles"),
)
KINDS = frozenset((*LINES, *_OTHERS))
"""All kinds of phrases."""


class PhraseMatcher:
    """Tells whether a whole line is one of many phrases; only those that it may be are tried.

    *by_end* has the phrases by what must follow them, a regular expression.
    """

    def __init__(self, by_end: Mapping[str, Iterable[str]]) -> None:
        self._by_edge: dict[str, list[tuple[str, _Phrase]]] = {}
        for end, some in by_end.items():
            for text in some:
                phrase = _Phrase(text, end)
                for edge in set(_edges(text, is_whole=not end)):
                    likely = self._by_edge.setdefault(edge, [])
                    likely.extend((words, phrase) for words in words_of(text))

    def matches(self, line: str) -> bool:
        """Tell whether *line* is one of the phrases; a long one is none."""
        if len(line) > _LONGEST:
            return False
        line = folded(line)
        letters = plain(line)
        front, back = letters[:2], letters[:-3:-1]
        for edge in (front, front[:1], f"{_BACK}{back}", f"{_BACK}{back[:1]}"):
            for words, phrase in self._by_edge.get(edge, ()):
                if words in letters and phrase.pattern.fullmatch(line):
                    return True
        return False


class _Phrase:
    """A phrase and what must follow it, compiled when a line has its words: few lines ever do."""

    def __init__(self, text: str, end: str) -> None:
        self._text, self._end = text, end

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression for them."""
        return re.compile(one_of([self._text]) + self._end, re.IGNORECASE)


def _edges(phrase: str, *, is_whole: bool) -> Iterator[str]:
    """Yield what a line that *phrase* matches begins with, or where that may be anything, ends."""
    for start in starts(phrase, _names()):
        if start:
            yield plain(start)[: len(start)]
        elif not is_whole or "" in (found := ends(phrase, _names())):
            raise PhraseNotationError(f"it may begin and end with anything: {phrase!r}")
        else:
            yield from (f"{_BACK}{plain(end)[: len(end)]}" for end in found)


@cache
def phrases(*kinds: str) -> tuple[str, ...]:
    """Return the phrases of *kinds* in all languages, each once."""
    found = (by_kind.get(kind, ()) for kind in kinds for by_kind in by_language().values())
    return tuple(dict.fromkeys(phrase for some in found for phrase in some))


def one_of(some: Iterable[str]) -> str:
    """Return the regular expression for one of the phrases *some*."""
    return f"(?:{'|'.join(pattern(phrase, _holes()) for phrase in some)})"


@cache
def _names() -> dict[str, tuple[str, ...]]:
    return {"network": phrases("networks"), "agency": phrases("agencies")}


@cache
def _holes() -> dict[str, str]:
    return {hole: enumeration(names) for hole, names in _names().items()}


@cache
def by_language() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the phrases by language (ISO 639-1) and kind. Raises `PhraseNotationError`."""
    folder = resources.files("crawler.text").joinpath("phrases")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name
    )
    return {
        file.name.removesuffix(".toml"): _read(file.name, file.read_text("utf-8")) for file in files
    }


def _read(name: str, text: str) -> dict[str, tuple[str, ...]]:
    by_kind = tomllib.loads(text)
    if unknown := by_kind.keys() - KINDS:
        raise PhraseNotationError(f"{name} has unknown kinds: {', '.join(sorted(unknown))}")
    return {kind: tuple(some) for kind, some in by_kind.items()}
