"""What the pages over all runs are made of: runs as rows, and days as counts.

A day that is over is a small JSON file, so that a round counts today alone, however old its
archive is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from crawler.disk import replacement

DAYS = "days"
"""The folder of the days, below that of the reports."""
MOST_ROWS = 2_000
MOST_ROUNDS = 500
_LARGEST = 1 << 26
_NEWS = ("new", "collision", "merged")
_BROUGHT = (
    *(*_NEWS, "revised", "earlier", "incomplete", "problems"),
    *("redated", "renamed", "updated", "missing", "gone", "back"),
)


@dataclass(slots=True, kw_only=True)
class RunRow:
    """A run as a row; ``times`` is how many idle ones of its source stand in it.

    ``page`` is the name of its page without the ending, empty where it has none.
    """

    source: str
    spider: str
    started: str
    ended: str
    exit_code: int
    reason: str = ""
    new: int = 0
    revised: int = 0
    problems: int = 0
    lost: int = 0
    times: int = 1
    page: str = ""
    is_idle: bool = False


@dataclass(slots=True, kw_only=True)
class RoundRow:
    """A round as a row; ``page`` as a run has it."""

    page: str
    started: str
    finished: str
    exit_code: int
    runs: int
    idle: int
    new: int
    revised: int
    problems: int


@dataclass(slots=True, kw_only=True)
class RunDay:
    """The runs that ended on ``day`` (UTC), counted; ``stories`` are the new ones by source.

    ``is_final`` means that no run of it can come any more.
    """

    day: str
    runs: int = 0
    idle: int = 0
    revised: int = 0
    problems: int = 0
    requests: int = 0
    bytes: int = 0
    stories: dict[str, int] = field(default_factory=dict)
    exit_codes: dict[str, int] = field(default_factory=dict)
    rounds: list[RoundRow] = field(default_factory=list)
    is_final: bool = False

    @property
    def new(self) -> int:
        """The new stories of the day."""
        return sum(self.stories.values())

    def add(self, row: RunRow, counts: dict[str, int]) -> None:
        """Count a run."""
        self.runs += 1
        self.idle += row.is_idle
        self.revised += row.revised
        self.problems += row.problems
        self.requests += counts.get("requests", 0)
        self.bytes += counts.get("bytes", 0)
        code = str(row.exit_code)
        self.exit_codes[code] = self.exit_codes.get(code, 0) + 1
        if row.new:
            self.stories[row.source] = self.stories.get(row.source, 0) + row.new

    def add_round(self, row: RoundRow) -> None:
        """Add a round, in the place of one with the same page."""
        this = row.page, row.started
        others = [other for other in self.rounds if (other.page, other.started) != this]
        self.rounds = sorted([*others, row], key=lambda one: one.started)[-MOST_ROUNDS:]


def day_path(folder: Path, day: str) -> Path:
    """Return where the counts of *day* are kept, *folder* being that of the reports."""
    return folder / DAYS / f"{day}.json"


def read_day(folder: Path, day: str) -> RunDay | None:
    """Return the counts that are kept of *day*, None if none are that can be read."""
    try:
        path = day_path(folder, day)
        if path.stat().st_size > _LARGEST:
            return None
        found: dict[str, Any] = json.loads(path.read_bytes())
        rounds = [RoundRow(**row) for row in found.pop("rounds")]
        kept = RunDay(**found, rounds=rounds)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return kept if kept.day == day and _are_counts(kept.stories) else None


def _are_counts(found: object) -> bool:
    return isinstance(found, dict) and all(type(n) is int for n in found.values())


def write_day(folder: Path, day: RunDay) -> None:
    """Keep the counts of *day*. Raises OSError."""
    path = day_path(folder, day.day)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(day), indent=1, ensure_ascii=False)
    with replacement(path, ".part", durable=False) as stream:
        stream.write(text.encode("utf-8", "replace"))


def is_idle(exit_code: int, counts: dict[str, int]) -> bool:
    """Return whether a run with these *counts* brought nothing and missed nothing."""
    return exit_code == 0 and not any(map(counts.get, _BROUGHT))


def news(counts: dict[str, int]) -> int:
    """Return how many new stories the *counts* of a run tell."""
    return sum(counts.get(name, 0) for name in _NEWS)


def merged(rows: Iterable[RunRow]) -> list[RunRow]:
    """Return *rows*, those that ended last first; idle ones of a source and day are one."""
    found: list[RunRow] = []
    idle: dict[tuple[str, str, str], RunRow] = {}
    for row in sorted(rows, key=lambda row: row.ended, reverse=True):
        key = (row.source, row.spider, row.ended[:10])
        if row.is_idle and key in idle:
            idle[key].times += row.times
            idle[key].started = min(idle[key].started, row.started)
        else:
            found.append(row)
            if row.is_idle:
                idle[key] = row
    return found


def stories_of(days: Iterable[RunDay]) -> Counter[str]:
    """Return the new stories of *days* by source."""
    found = Counter[str]()
    for day in days:
        found.update(day.stories)
    return found
