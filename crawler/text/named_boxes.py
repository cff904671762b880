"""The boxes in a text that are called boilerplate, and which of them go.

A box goes if little of the text's prose is in all that are called so. What a word names that holds
more is the story here, whatever it is called: all paragraphs of some posts are ``widget``s.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.text.element_names import BoilerplateWords, boilerplate_words, names_of
from crawler.text.elements import BLOCKS, QUOTED_POSTS, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SURE = 0.9
"""The share of the prose below which is boilerplate what is surely called so."""

LIKELY = 0.3
"""The same for what is likely called so."""

_NEVER = TABLE | frozenset(("thead", "tbody", "tfoot", "html", "body", "main", "article", "h1"))
_BOXES = BLOCKS - _NEVER
_ASIDE = BoilerplateWords(likely=frozenset(("aside",)))
_CAPTIONS = frozenset(("caption", "captions", "credit", "credits", "gallery"))
_QUOTED = frozenset(("pullquote",))  # in a post it need not stand in the text as well
_MOST = 5_000


@dataclass(slots=True)
class _Box:
    """A box: its depth, its words, and in which lines it stands."""

    depth: int
    words: BoilerplateWords
    start: int
    prose: int
    end: int = 0
    is_kept: bool = False

    @property
    def all_words(self) -> frozenset[str]:
        return self.words.sure | self.words.likely


class NamedBoxes:
    """The boxes of one text, told while it is read.

    With *captions* what is called a caption stays.
    """

    def __init__(self, *, captions: bool) -> None:
        self._kept = _QUOTED | _CAPTIONS if captions else _QUOTED
        self._open: list[_Box] = []
        self._ended: list[_Box] = []
        self._links: list[tuple[int, int]] = []
        self._open_words: Counter[str] = Counter()
        self._prose: Counter[str] = Counter()

    def start(self, tag: str, attrib: Mapping[str, str], depth: int, line: int, prose: int) -> None:
        """Note an element that starts at *line*, with the letters of *prose* in front of it."""
        if tag not in _BOXES or len(self._ended) >= _MOST:
            return
        names = names_of(tag, attrib.get("class", ""), attrib.get("id", ""))
        words = _ASIDE if tag == "aside" else boilerplate_words(names)
        if QUOTED_POSTS in names:
            self._keep_open()
        elif words and self._kept.isdisjoint(words.likely):
            self._open.append(_Box(depth, words, line, prose))
            self._open_words.update(self._open[-1].all_words)

    def is_open(self, depth: int) -> bool:
        """Tell whether a box starts at *depth*."""
        return bool(self._open) and self._open[-1].depth == depth

    def end(self, line: int, prose: int) -> None:
        """Note that the innermost box ends in front of *line*."""
        box = self._open.pop()
        box.end = line
        self._ended.append(box)
        for word in box.all_words:
            self._open_words[word] -= 1
            if not self._open_words[word]:  # no box around it is called so
                self._prose[word] += prose - box.prose

    def remove(self, start: int, end: int) -> None:
        """Have the lines from *start* up to *end* go, whatever they are called."""
        if self._links and self._links[-1][0] == start:
            self._links.pop()
        self._links.append((start, end))

    def goes(self, prose: int) -> Iterator[range]:
        """Yield which lines of a text with *prose* letters of prose go."""
        for box in self._ended:
            if not box.is_kept and self._goes(box, prose):
                yield range(box.start, box.end)
        for start, end in self._links:
            yield range(start, end)

    def _goes(self, box: _Box, prose: int) -> bool:
        return any(self._prose[word] < SURE * prose for word in box.words.sure) or any(
            self._prose[word] < LIKELY * prose for word in box.words.likely
        )

    def _keep_open(self) -> None:
        for box in reversed(self._open):
            if box.is_kept:  # and all boxes around it
                break
            box.is_kept = True
