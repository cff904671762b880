"""What people type into the search box, as an expression for FTS5.

All words must be in an article, beginnings of words count from three letters on; "…" is a phrase,
-word must not be there. Nothing that is typed gets to FTS5 as syntax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.export.browsing.search_words import prepared

_PART = re.compile(r'(?P<minus>(?<!\S)[-\u2212])?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_LONGEST = 500  # characters
_MOST_TERMS = 30
_SHORTEST_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as it is looked for: ``words`` in a row, the last may be a beginning."""

    words: tuple[str, ...]
    is_beginning: bool

    @property
    def expression(self) -> str:
        """The term for FTS5."""
        return f'"{" ".join(self.words)}"' + (" *" if self.is_beginning else "")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: articles with all ``terms`` and ``without`` any of the others.

    ``notes`` are sentences about what was not used of what was typed.
    """

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def match(self) -> str:
        """The expression of what must be there, empty if nothing must."""
        return " AND ".join(term.expression for term in self.terms)

    @property
    def never(self) -> str:
        """The expression of what must not be there, empty if anything may."""
        return " OR ".join(term.expression for term in self.without)


def read_query(typed: str) -> Query:
    """Return what *typed* asks for."""
    terms: list[Term] = []
    without: list[Term] = []
    notes = []
    if len(typed) > _LONGEST:
        notes.append(f"Only the first {_LONGEST} characters were looked for.")
    for part in _PART.finditer(typed[:_LONGEST].translate(_QUOTES)):
        if len(terms) + len(without) >= _MOST_TERMS:
            notes.append(f"Only the first {_MOST_TERMS} words and phrases were looked for.")
            break
        term = _term(part)
        if term is None:
            if part[0] not in {'"', '""', "-"}:
                notes.append(f"“{part[0]}” has no letter or digit and was not looked for.")
        else:
            (without if part["minus"] else terms).append(term)
    return Query(tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(without)), tuple(notes))


def _term(part: re.Match[str]) -> Term | None:
    words = tuple(prepared(part["word"] or part["phrase"] or "").split())
    if not words:
        return None
    may_go_on = part["word"] is not None and not part["minus"]
    return Term(words, is_beginning=may_go_on and len(words[-1]) >= _SHORTEST_BEGINNING)
