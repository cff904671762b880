"""What is different between two texts, paragraph by paragraph, then word by word.

Texts are a publisher's and may be made to take long: the work is bounded, and what would take more
is shown as removed and added.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from crawler.export.browsing.browse_results import Block, Piece

_MOST_WORK = 2_000_000  # steps of a comparison; they take about 0.3 s
_LEAST_ALIKE = 0.4  # of words, to show two paragraphs as one that was changed
_AROUND = 1  # paragraphs that are shown beside a change
_WORD = re.compile(r"\s+|\w+|[^\w\s]")

Opcode = tuple[str, int, int, int, int]


class TextComparison:
    """Compares texts; all that it compares shares *work*, the steps that it may take."""

    def __init__(self, work: int = _MOST_WORK) -> None:
        self._work = work

    def differences(self, before: Sequence[str], after: Sequence[str]) -> list[Block]:
        """Return how the paragraphs *after* differ from those *before*."""
        blocks: list[Block] = []
        for kind, a, b, c, d in self._opcodes(before, after):
            if kind == "equal":
                blocks += _unchanged(after[c:d], is_first=not c, is_last=d == len(after))
            else:
                blocks += self._changed(before[a:b], after[c:d])
        return blocks

    def _changed(self, before: Sequence[str], after: Sequence[str]) -> Iterator[Block]:
        for was, now in zip_longest(before, after):
            if was is not None and now is not None and (pieces := self._pieces(was, now)):
                yield Block("changed", pieces)
                continue
            if was is not None:
                yield Block("removed", (Piece("removed", was),))
            if now is not None:
                yield Block("added", (Piece("added", now),))

    def _pieces(self, was: str, now: str) -> tuple[Piece, ...]:
        """Return the parts of two paragraphs; none if they have little in common."""
        before, after = _WORD.findall(was), _WORD.findall(now)
        pieces: list[Piece] = []
        same = 0
        for kind, a, b, c, d in self._opcodes(before, after):
            if kind == "equal":
                same += b - a
                pieces.append(Piece("same", "".join(before[a:b])))
                continue
            pieces += (
                Piece(change, "".join(words))
                for change, words in (("removed", before[a:b]), ("added", after[c:d]))
                if words
            )
        return tuple(pieces) if same >= _LEAST_ALIKE * min(len(before), len(after)) else ()

    def _opcodes(self, before: Sequence[str], after: Sequence[str]) -> list[Opcode]:
        """Return the steps from *before* to *after* as difflib has them."""
        start = _common(before, after)
        end = _common(before[start:][::-1], after[start:][::-1])
        inner = self._inner(before[start : len(before) - end], after[start : len(after) - end])
        steps: list[Opcode] = [("equal", 0, start, 0, start)] if start else []
        steps += [(k, a + start, b + start, c + start, d + start) for k, a, b, c, d in inner]
        if end:
            places = (len(before) - end, len(before), len(after) - end, len(after))
            steps.append(("equal", *places))
        return steps

    def _inner(self, old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
        if not (old or new):
            return []
        work = _work(old, new)
        if work > self._work:
            return [("replace", 0, len(old), 0, len(new))]
        self._work -= work
        return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _unchanged(paragraphs: Sequence[str], *, is_first: bool, is_last: bool) -> Iterator[Block]:
    head = 0 if is_first else _AROUND
    tail = 0 if is_last else _AROUND
    hidden = len(paragraphs) - head - tail
    if hidden <= 1:
        hidden, head = 0, len(paragraphs)
    for paragraph in paragraphs[:head]:
        yield Block("same", (Piece("same", paragraph),))
    if hidden:
        yield Block("skipped", count=hidden)
    for paragraph in paragraphs[head + hidden :]:
        yield Block("same", (Piece("same", paragraph),))


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many items are the same at the beginning."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(before), len(after)))


def _work(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many steps a comparison takes at most."""
    counts = Counter(after)
    pairs = sum(counts[item] for item in before)
    return (len(before) + pairs) * min(len(before), len(after))
