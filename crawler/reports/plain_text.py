"""A document as plain text, for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from crawler.reports.document import (
    Bar,
    Calendar,
    Cell,
    Document,
    Excerpt,
    Excerpts,
    Facts,
    Figures,
    Findings,
    Heading,
    Line,
    Link,
    Paragraph,
    Plot,
    Table,
    cut,
    pieces,
)

WIDTH = 100
_LONGEST_CELL = 60
_SHADES = " ▁▂▃▄▅▆▇█"
_MARKS = {"good": "█", "held": "▓", "left": "░", "bad": "▒", "plain": "█"}
_DAYS_SHOWN = 14


def plain_text(page: Document, width: int = WIDTH) -> Iterator[str]:
    """Yield the lines of *page*, paragraphs wrapped at *width*."""
    yield _seen(f"{page.title}: {page.verdict}")
    yield _line(page.about)
    for paragraph in page.lead:
        yield from _paragraph(paragraph, width)
    for section in page.sections:
        yield ""
        yield section.title.upper()
        for block in section.blocks:
            yield from _WRITERS[block.kind](block, width)


def _paragraph(block: Paragraph, width: int) -> Iterator[str]:
    yield from textwrap.wrap(_line(block.text), width, break_long_words=False) or [""]


def _heading(block: Heading, width: int) -> Iterator[str]:
    yield ""
    yield _seen(block.text)


def _facts(block: Facts, width: int) -> Iterator[str]:
    longest = max((len(name) for name, _ in block.rows), default=0)
    for name, value in block.rows:
        yield f"  {_seen(name):{longest}}  {_line(value)}"


def _figures(block: Figures, width: int) -> Iterator[str]:
    yield "  " + ", ".join(f"{item.value} {item.label}" for item in block.items)


def _bar(block: Bar, width: int) -> Iterator[str]:
    ends = [round(at * (width - 4) / 1000) for _, at, _ in block.spans] + [width - 4]
    drawn = (
        _MARKS[part.tone] * max(end - at, 1)
        for (part, _, _), (at, end) in zip(block.spans, pairwise(ends), strict=True)
    )
    yield f"  {''.join(drawn)}"
    parts = (f"{_MARKS[part.tone]} {part.number:,} {part.label}" for part in block.parts)
    yield "  " + "   ".join(parts)


def _table(block: Table, width: int) -> Iterator[str]:
    if block.caption:
        yield f"  {_seen(block.caption)}"
    rows = [list(block.head), *(list(map(_cell, row)) for row in block.rows)]
    if block.foot:
        rows.append(list(map(_cell, block.foot)))
    yield from _aligned(rows, block.is_number)
    if block.more:
        yield f"  {block.more}"


def _aligned(rows: Sequence[Sequence[str]], is_number: Callable[[int], bool]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if is_number(place) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"    {'  '.join(cells)}".rstrip()


def _plot(block: Plot, width: int) -> Iterator[str]:
    most = max(block.most, 1)
    drawn = "".join(_SHADES[-(-number * 8 // most)] for number in block.numbers)
    yield f"  {_seen(block.label)} (at most {block.most:,})"
    for at in range(0, len(drawn), width - 4):
        yield f"  {drawn[at : at + width - 4]}"
    yield f"  {block.names[0]} to {block.names[-1]}"


def _calendar(block: Calendar, width: int) -> Iterator[str]:
    yield f"  {_seen(block.caption)}"
    days = block.days[-_DAYS_SHOWN:]
    head = ["", *(day[8:] for day in days)]
    rows = [
        [_cell(name), *(f"{n:,}" if n else "·" for n in numbers[-_DAYS_SHOWN:])]
        for name, numbers in block.rows
    ]
    yield from _aligned([head, *rows], bool)
    if block.more:
        yield f"  {block.more}"


def _findings(block: Findings, width: int) -> Iterator[str]:
    for found in block.items:
        yield ""
        yield f"  {found.count:,} {_seen(found.title)}{f' ({found.code})' if found.code else ''}"
        for said in filter(None, (found.why, f"What to do: {found.fix}" if found.fix else "")):
            yield from _wrapped(said, width, "    ")
        yield from (f"    - {_line(item)}" for item in found.items)
        if found.more:
            yield f"    {found.more}"
        yield from _examples(found.texts, "    ", width)


def _excerpts(block: Excerpts, width: int) -> Iterator[str]:
    yield from _examples(block.items, "  ", width)


def _examples(items: Sequence[Excerpt], indent: str, width: int) -> Iterator[str]:
    for found in items:
        yield f"{indent}- {_seen(found.title or 'no headline')}"
        said = (found.address, found.remark, found.command)
        yield from (f"{indent}  {_seen(one)}" for one in said if one)
        yield from _wrapped(found.text, width, f"{indent}    ")


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(_seen(text), width, initial_indent=indent, subsequent_indent=indent)


def _cell(cell: Cell | Line) -> str:
    if isinstance(cell, int):
        return f"{cell:,}"
    return cut(_line(cell), _LONGEST_CELL)


def _line(line: Line) -> str:
    return "".join(map(_piece, pieces(line)))


def _piece(piece: str | Link) -> str:
    if isinstance(piece, str):
        return _seen(piece)
    leads_on = piece.address and piece.address != piece.text
    return _seen(f"{piece.text} ({piece.address})" if leads_on else piece.text)


def _seen(text: str) -> str:
    """Return *text* as one line that cannot control a terminal."""
    return "".join(c if c.isprintable() else " " for c in re.sub(r"\s", " ", cut(text)))


_WRITERS: dict[str, Callable[[Any, int], Iterator[str]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "facts": _facts,
    "figures": _figures,
    "bar": _bar,
    "table": _table,
    "plot": _plot,
    "calendar": _calendar,
    "findings": _findings,
    "excerpts": _excerpts,
}
