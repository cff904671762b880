"""Elements that are furniture by what they are, and which of them hold the story all the same.

Forms, share bars, embeds and hidden parts are left out. Some posts have nearly all of their text in
one: a page builder wraps the story in a form, a plugin's box is never closed, a post is a few words
above a long embed. What holds most of the prose is no furniture, and its prose stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_LEAST_KEPT = 300  # letters of prose: less is what a form asks to agree to
_LONGEST_WORD = 15  # letters, in the mean
_ENDS = tuple(".!?…。！？؟।”»\"'’")


@dataclass(slots=True)
class _Box:
    """A box that starts at a line: where it ends, its letters of prose, its lines that are none."""

    start: int
    end: int = 0
    prose: int = 0
    other: list[int] = field(default_factory=list)


class DoubtfulBoxes:
    """The boxes of one text that are left out unless they hold most of it; they do not nest."""

    def __init__(self) -> None:
        self._boxes: list[_Box] = []
        self.depth = 0
        """The depth of the box that is being read, 0 if none is."""

    def start(self, depth: int, line: int) -> None:
        """Note a box that starts at *line*."""
        self.depth = depth
        self._boxes.append(_Box(line))

    def add(self, line: int, text: str, prose: int, *, is_heading: bool) -> None:
        """Note *text*, which is *line* and has *prose* letters of it, in the box being read."""
        box = self._boxes[-1]
        prose = prose if _is_words(text) else 0
        box.prose += prose
        if not (prose or is_heading or text.endswith(_ENDS)):
            box.other.append(line)

    def end(self, line: int) -> None:
        """Note that the box being read ends in front of *line*."""
        self._boxes[-1].end = line
        self.depth = 0

    def goes(self, prose: int, lines: int) -> tuple[list[range], int]:
        """Return which of the *lines* go, and the letters of prose in all that stay.

        *prose* are the letters outside of the boxes.
        """
        if self.depth:
            self.end(lines)
        gone: list[range] = []
        every = prose + sum(box.prose for box in self._boxes)
        for box in self._boxes:
            if box.prose >= _LEAST_KEPT and 2 * box.prose > every:
                prose += box.prose
                gone += (range(line, line + 1) for line in box.other)
            else:
                gone.append(range(box.start, box.end))
        return gone, prose


def _is_words(text: str) -> bool:
    """Tell whether *text* is written for people: hidden parts hold settings of plugins too."""
    return not text.isascii() or _LONGEST_WORD * text.count(" ") >= len(text)
