"""The health of sources as a table for a terminal, and as JSON for programs."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.rounds.durations import in_words
from crawler.rounds.source_health import SourceHealth, SourceVerdict

if TYPE_CHECKING:
    from typing import Any

_HEADS = (
    *("source", "verdict", "last read", "last story", "a week", "usual", "failures"),
    *("longest pause", "next read"),
)
_LEFT = 2  # columns that are not numbers
_NARROWEST = 12
_WIDE = ("W", "F")


def as_json(found: Sequence[SourceHealth], now: datetime) -> str:
    """Return *found* as docs/health.md has it: times in ISO 8601, lengths in seconds."""
    counts = Counter(health.verdict for health in found)
    content = {
        "at": now.isoformat(timespec="seconds"),
        "verdicts": {verdict.value: counts[verdict] for verdict in SourceVerdict},
        "sources": [_source(health) for health in found],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _source(health: SourceHealth) -> dict[str, Any]:
    limit = health.pause.limit
    return {
        "source": health.source,
        "key": health.key or None,
        "verdict": health.verdict.value,
        "why": health.why or None,
        "stories": health.stories,
        "last_read": _iso(health.last_read),
        "last_answered": _iso(health.last_answered),
        "last_story": _iso(health.last_story),
        "last_collected": _iso(health.last_collected),
        "stories_this_week": health.week,
        "stories_a_week": None if health.usual_week is None else round(health.usual_week, 2),
        "failures": health.failures,
        "lost": health.lost,
        "pause": round(health.pause.length.total_seconds()),
        "longest_pause": round(health.pause.longest.total_seconds()),
        "silent_after": None if limit is None else round(limit.total_seconds()),
        "next_read": _iso(health.next_read),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def table(found: Sequence[SourceHealth], now: datetime, width: int | None = None) -> Iterator[str]:
    """Yield the lines of a table, the worst sources first, its rows no wider than *width* columns.

    Below a source stands why somebody should look, and at the end how many there are of each.
    """
    if not found:
        yield "no source was read, and the sources file names none"
        return
    order = list(SourceVerdict)
    worst_first = sorted(found, key=lambda health: order.index(health.verdict))
    rows = [_row(health, now) for health in worst_first]
    columns = _columns(rows, width)
    yield _line(_HEADS, columns)
    for health, row in zip(worst_first, rows, strict=True):
        yield _line(row, columns)
        if health.why:
            yield f"  {health.why}"
    counts = Counter(health.verdict for health in found)
    yield ", ".join(f"{counts[verdict]} {verdict}" for verdict in order if counts[verdict])


def _row(health: SourceHealth, now: datetime) -> tuple[str, ...]:
    usual = "" if health.usual_week is None else f"{health.usual_week:.1f}"
    return (
        _printable(health.source),
        health.verdict.value,
        _ago(health.last_read, now),
        _ago(health.last_story, now),
        f"{health.week:,}",
        usual,
        f"{health.failures:,}" if health.failures else "",
        in_words(health.pause.longest) if health.pause.longest else "",
        _until(health.next_read, now),
    )


def _ago(moment: datetime | None, now: datetime) -> str:
    return f"{in_words(now - moment)} ago" if moment else "never"


def _until(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    return f"in {in_words(moment - now)}" if moment > now else f"{in_words(now - moment)} ago"


def _columns(rows: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """Return how wide each column is; the first gives way to a narrow terminal."""
    columns = [max(map(_width, column)) for column in zip(_HEADS, *rows, strict=True)]
    if width is not None:
        others = sum(columns[1:]) + 2 * (len(columns) - 1)
        columns[0] = max(_NARROWEST, min(columns[0], width - others))
    return columns


def _line(cells: Sequence[str], columns: Sequence[int]) -> str:
    aligned = []
    for number, (cell, width) in enumerate(zip(cells, columns, strict=True)):
        text = _cut(cell, width)
        space = " " * (width - _width(text))
        aligned.append(text + space if number < _LEFT else space + text)
    return "  ".join(aligned).rstrip()


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    while _width(text) > width - 1:
        text = text[:-1]
    return f"{text}…"


def _width(text: str) -> int:
    """Return how many columns of a terminal *text* takes (Unicode TR 11)."""
    return sum(
        2 if unicodedata.east_asian_width(c) in _WIDE else not unicodedata.combining(c)
        for c in text
    )


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
