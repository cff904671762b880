"""What a report page is made of: blocks that are drawn as HTML and written as plain text.

Nothing in a block is markup: what a publisher wrote is text, and an address is a link only where
`web_address` takes it for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar
from urllib.parse import quote, urlsplit

LONGEST = 600
"""Characters of one piece of text in a page: the JSON has the whole."""
_LONGEST_ADDRESS = 2_000


class Tone(StrEnum):
    """How a number or a sentence is meant."""

    GOOD = "good"
    HELD = "held"
    LEFT = "left"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to an ``address`` of the web, or to a ``path`` beside the page."""

    text: str
    address: str = ""
    path: str = ""

    @property
    def href(self) -> str:
        """Where it leads, empty where that is no address to be followed."""
        return quote(self.path, safe="/.#-_~") if self.path else web_address(self.address)


Piece = str | Link
Line = Piece | Sequence[Piece]
Cell = Piece | int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two."""

    kind: ClassVar[str] = "paragraph"
    text: Line
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below that of the section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names, and what they have."""

    kind: ClassVar[str] = "facts"
    rows: Sequence[tuple[str, Line]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that matters: ``value`` is written as it is."""

    value: str
    label: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers that matter, large and side by side."""

    kind: ClassVar[str] = "figures"
    items: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a `Bar`."""

    label: str
    number: int
    tone: Tone


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of parts that make up a whole, with its legend."""

    kind: ClassVar[str] = "bar"
    label: str
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        """The whole."""
        return sum(part.number for part in self.parts)

    @property
    def spans(self) -> list[tuple[Part, float, float]]:
        """Each part that is more than nothing, where it begins and how long it is, of 1,000."""
        found, at = [], 0.0
        for part in self.parts:
            if part.number:
                width = 1000 * part.number / self.total
                found.append((part, round(at, 2), round(width, 2)))
                at += width
        return found


@dataclass(frozen=True, slots=True)
class Table:
    """A table; columns from ``numbers`` on are numbers, ``foot`` is the sum."""

    kind: ClassVar[str] = "table"
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: int = 1
    foot: Sequence[Cell] = ()
    tones: Sequence[Tone] = ()
    more: str = ""

    def is_number(self, column: int) -> bool:
        """Whether what stands in *column* is set to the right."""
        return column >= self.numbers

    def tone(self, row: int) -> Tone:
        """Return how *row* is meant."""
        return self.tones[row] if row < len(self.tones) else Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Plot:
    """Numbers over time, as columns; ``marks`` are labels below: their place of 1,000, and text."""

    kind: ClassVar[str] = "plot"
    label: str
    names: Sequence[str]
    numbers: Sequence[int]

    @property
    def most(self) -> int:
        """The largest number."""
        return max(self.numbers, default=0)

    @property
    def columns(self) -> list[tuple[str, int, float, float, float]]:
        """Name, number, left, width and height of each column in a field of 1,000 by 160."""
        step = 1000 / max(len(self.names), 1)
        width = min(step * 0.8, 60)
        before = (step - width) / 2
        return [
            (name, number, round(at * step + before, 2), round(width, 2), self._height(number))
            for at, (name, number) in enumerate(zip(self.names, self.numbers, strict=True))
        ]

    def _height(self, number: int) -> float:
        if not number:
            return 0.0
        return max(2.0, round(160 * number / self.most, 2))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Numbers by name and day, as a table with shades."""

    kind: ClassVar[str] = "calendar"
    caption: str
    days: Sequence[str]
    rows: Sequence[tuple[Piece, Sequence[int]]]
    more: str = ""

    def level(self, number: int) -> int:
        """Return the shade of *number*, 0 to 4: each is four times the one before."""
        return sum(number >= least for least in (1, 4, 16, 64))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The beginning of a text, as an example; ``command`` tells more of it."""

    title: str
    address: str = ""
    text: str = ""
    remark: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that gave no text: what, why, and what to do; ``code`` is its name elsewhere."""

    title: str
    count: int
    tone: Tone
    code: str = ""
    why: str = ""
    fix: str = ""
    items: Sequence[Line] = ()
    more: str = ""
    texts: Sequence[Excerpt] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What could not be got, kind by kind."""

    kind: ClassVar[str] = "findings"
    items: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Excerpts:
    """Texts, as examples of something."""

    kind: ClassVar[str] = "excerpts"
    items: Sequence[Excerpt]


Block = Paragraph | Heading | Facts | Figures | Bar | Table | Plot | Calendar | Findings | Excerpts


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page; one that is ``folded`` is shown when it is opened."""

    name: str
    title: str
    blocks: Sequence[Block]
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page: ``verdict`` is what it says in a word, ``lead`` in a sentence or two."""

    title: str
    verdict: str
    tone: Tone
    about: Line
    lead: Sequence[Paragraph]
    sections: Sequence[Section]
    way: Sequence[Link] = field(default_factory=tuple)


def web_address(text: str) -> str:
    """Return *text* if it is an address of the web that may be a link, else nothing."""
    if len(text) > _LONGEST_ADDRESS or not text.isprintable() or " " in text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.hostname else ""


def cut(text: str, longest: int = LONGEST) -> str:
    """Return *text*, no longer than *longest* characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def pieces(line: Line) -> list[Piece]:
    """Return the pieces of *line*."""
    return [line] if isinstance(line, str | Link) else list(line)


def counted(number: int, one: str, many: str = "") -> str:
    """Return *number* with the word for it."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
