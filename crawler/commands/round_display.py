"""What a round shows while it runs: one live display on a terminal, else a line a run."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from rich.console import Group, RenderableType
from rich.text import Text

from crawler.exceptions import printable
from crawler.extensions.terminal_display import Share, ShareBar, TerminalDisplay

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.commands.round_results import RunResult
    from crawler.sources.round_sources import Source

_MOST_SHOWN = 16


class Display(Protocol):
    """Whoever shows how a round goes."""

    def counts(self, planned: Callable[[], int]) -> None:
        """Count the runs beside those that are *planned*, 0 if nobody knows."""
        ...

    def watching(self, next_read: datetime, sources: int) -> None:
        """Show that nothing is under way until the *next_read* of so many *sources*."""
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
    with TerminalDisplay.shown(live.render) as is_shown:
        yield live if is_shown else _Lines()


class _Lines:
    """A line for each run that has ended, and one for each time with nothing to do."""

    def counts(self, planned: Callable[[], int]) -> None:
        pass

    def watching(self, next_read: datetime, sources: int) -> None:
        _write(_watched(sources, next_read))

    def started(self, source: Source, crawler: Crawler) -> None:
        pass

    def ended(self, result: RunResult) -> None:
        _write(result.line)


def _write(line: str) -> None:
    """Write *line* to stderr, if that goes: a log on a full disk, or a closed terminal, ends none.

    The report and the ledger tell the same.
    """
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class _LiveDisplay:
    """The runs under way with their pages and articles, and the sums of those that ended."""

    def __init__(self, sources: int) -> None:
        self._sources = sources
        self._crawlers: dict[str, Crawler] = {}
        self._sums: Counter[str] = Counter()
        self._watched = ""
        self._planned: Callable[[], int] = lambda: 0
        self._began = time.monotonic()

    def counts(self, planned: Callable[[], int]) -> None:
        self._planned = planned

    def watching(self, next_read: datetime, sources: int) -> None:
        self._sources = sources
        self._watched = _watched(sources, next_read)

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
        read = self._sums["read"]
        head = f"{read:,} runs of {self._sources:,} sources: {sums}"
        running = list(self._crawlers.items())
        lines = [_line(key, crawler) for key, crawler in running[:_MOST_SHOWN]]
        if more := len(running) - _MOST_SHOWN:
            lines += [f"  and {more} more"] if more > 0 else []
        shown = (_text(line) for line in (*lines, self._watched) if line)
        planned = self._planned()
        if not planned:
            return Group(_text(head), *shown)
        share = Share(min(read, planned), planned, time.monotonic() - self._began)
        return Group(ShareBar(sums, share), *shown)


def _text(line: str) -> Text:
    return Text(line, no_wrap=True, overflow="ellipsis")


def _watched(sources: int, next_read: datetime) -> str:
    noun = "source is" if sources == 1 else "sources are"
    return f"{sources:,} {noun} watched; the next one is read at {next_read:%Y-%m-%d %H:%M} UTC"


def _line(key: str, crawler: Crawler) -> str:
    stats = crawler._stats  # not there yet while the run begins
    value = stats.get_value if stats else (lambda name, default: default)
    pages, new = value("downloader/response_count", 0), value("article/new", 0)
    return printable(f"  {key}: {pages:,} pages, {new:,} new")
