"""What a round shows while it runs: one live display on a terminal, else a line a run."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from rich.console import Group, RenderableType
from rich.text import Text

from crawler.exceptions import printable
from crawler.extensions.terminal_display import TerminalDisplay

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.commands.round_results import RunResult
    from crawler.sources.round_sources import Source

_MOST_SHOWN = 16


class Display(Protocol):
    """Whoever shows how a round goes."""

    def watching(self, next_read: datetime) -> None:
        """Show that nothing is under way until the *next_read*."""
        ...

    def started(self, source: Source, crawler: Crawler) -> None:
        """Show that the run of *crawler* has begun."""
        ...

    def ended(self, result: RunResult) -> None:
        """Show what came of a run."""
        ...


@contextmanager
def display(sources: int) -> Iterator[Display]:
    """Yield the display of a round of so many *sources*, on stderr."""
    live = _LiveDisplay(sources)
    shown = TerminalDisplay.on(sys.stderr, live.render, refreshes=True)
    if shown is None:
        yield _Lines(sources)
        return
    shown.start()
    try:
        yield live
    finally:
        shown.stop()


class _Lines:
    """A line for each run that has ended, and one for each time with nothing to do."""

    def __init__(self, sources: int) -> None:
        self._sources = sources

    def watching(self, next_read: datetime) -> None:
        sys.stderr.write(f"{_watched(self._sources, next_read)}\n")
        sys.stderr.flush()

    def started(self, source: Source, crawler: Crawler) -> None:
        pass

    def ended(self, result: RunResult) -> None:
        sys.stderr.write(f"{result.line}\n")
        sys.stderr.flush()


class _LiveDisplay:
    """The runs under way with their pages and articles, and the sums of those that ended."""

    def __init__(self, sources: int) -> None:
        self._sources = sources
        self._crawlers: dict[str, Crawler] = {}
        self._sums: Counter[str] = Counter()
        self._watched = ""

    def watching(self, next_read: datetime) -> None:
        self._watched = _watched(self._sources, next_read)

    def started(self, source: Source, crawler: Crawler) -> None:
        self._watched = ""
        self._crawlers[source.key] = crawler

    def ended(self, result: RunResult) -> None:
        self._crawlers.pop(result.key, None)
        self._sums.update(read=1, new=result.new, revised=result.revised)
        self._sums["problems"] += len(result.problems)

    def render(self) -> RenderableType:
        """Return what is shown now."""
        sums = ", ".join(f"{self._sums[name]:,} {name}" for name in ("new", "revised", "problems"))
        head = f"{self._sums['read']:,} runs of {self._sources:,} sources: {sums}"
        running = list(self._crawlers.items())
        lines = [_line(key, crawler) for key, crawler in running[:_MOST_SHOWN]]
        if more := len(running) - _MOST_SHOWN:
            lines += [f"  and {more} more"] if more > 0 else []
        lines = [*filter(None, [head, *lines, self._watched])]
        return Group(*(Text(line, no_wrap=True, overflow="ellipsis") for line in lines))


def _watched(sources: int, next_read: datetime) -> str:
    noun = "source is" if sources == 1 else "sources are"
    return f"{sources:,} {noun} watched; the next one is read at {next_read:%Y-%m-%d %H:%M} UTC"


def _line(key: str, crawler: Crawler) -> str:
    stats = crawler._stats  # not there yet while the run begins
    value = stats.get_value if stats else (lambda name, default: default)
    pages, new = value("downloader/response_count", 0), value("article/new", 0)
    return printable(f"  {key}: {pages:,} pages, {new:,} new")
