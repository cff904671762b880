"""How well a text agrees with its gold: by runs of words, and by whole paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

_WORD = re.compile(r"\w+")
_RUN = 4


@dataclass(frozen=True, slots=True)
class Agreement:
    """What gold and text share (``hit``), what is ``extra`` in the text, what it ``missed``."""

    hit: int
    extra: int
    missed: int

    @property
    def precision(self) -> float:
        return self.hit / (self.hit + self.extra) if self.hit + self.extra else 0.0

    @property
    def recall(self) -> float:
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 0.0

    @property
    def f1(self) -> float:
        return _harmonic(self.precision, self.recall)


def by_words(gold: Sequence[str], text: Sequence[str]) -> Agreement:
    """Compare runs of four words, as the article-extraction benchmark of Scrapinghub does."""
    return _compared(_runs(gold), _runs(text))


def by_paragraphs(gold: Sequence[str], text: Sequence[str]) -> Agreement:
    """Compare whole paragraphs, letter by letter."""
    return _compared(gold, text)


def overall(agreements: Sequence[Agreement]) -> float:
    """Return F1 of mean precision and mean recall, as that benchmark has it."""
    precision = mean(agreement.precision for agreement in agreements)
    return _harmonic(precision, mean(agreement.recall for agreement in agreements))


def _compared(gold: Iterable[Hashable], text: Iterable[Hashable]) -> Agreement:
    wanted, found = Counter(gold), Counter(text)
    hit = (wanted & found).total()
    return Agreement(hit, found.total() - hit, wanted.total() - hit)


def _runs(paragraphs: Sequence[str]) -> list[tuple[str, ...]]:
    words = _WORD.findall("\n".join(paragraphs))
    count = max(1, len(words) - _RUN + 1) if words else 0
    return [tuple(words[start : start + _RUN]) for start in range(count)]


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
