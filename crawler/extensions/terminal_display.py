"""What stands at the foot of a terminal while something runs, with whatever is logged above it.

Without a terminal there is no display, and whoever shows something writes plain lines. rich leaves
colours out where NO_COLOR is set (https://no-color.org/), and cuts lines to the width.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.text import Text

_BAR, _LEAST_BAR = 30, 8  # columns
_LEAST_LABEL = 20
_FULL, _EMPTY = ("━", "#"), ("─", "-")  # for terminals that know Unicode, and for others


class TerminalDisplay:
    """The foot of the terminal *stream*, which shows what *render* returns.

    It is drawn by `refresh`, or by a thread if it *refreshes* itself.
    """

    def __init__(
        self, render: Callable[[], RenderableType], stream: TextIO, *, refreshes: bool = False
    ) -> None:
        self._stream = stream
        self._console = Console(file=stream)
        self._live = Live(
            console=self._console,
            get_renderable=render,
            auto_refresh=refreshes,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=refreshes,  # what commands say of themselves
        )
        self._handlers: list[logging.StreamHandler[Any]] = []

    @classmethod
    def on(
        cls, stream: TextIO, render: Callable[[], RenderableType], *, refreshes: bool = False
    ) -> Self | None:
        """Return the display on *stream*, None if that is no terminal on which one can be."""
        if not stream.isatty() or Console(file=stream).is_dumb_terminal:
            return None
        return cls(render, stream, refreshes=refreshes)

    @classmethod
    @contextmanager
    def shown(cls, render: Callable[[], RenderableType]) -> Iterator[bool]:
        """Show it on stderr, refreshed by a thread, while the block runs; yield whether it is.

        It is not where stderr is no terminal on which one can be.
        """
        display = cls.on(sys.stderr, render, refreshes=True)
        if display is None:
            yield False
            return
        display.start()
        try:
            yield True
        finally:
            display.stop()

    def start(self) -> None:
        """Show it, and have log lines stand above it from now on."""
        self._live.start()
        self._console.show_cursor(True)  # a process that is killed could not bring it back
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is self._stream:
                handler.setStream(self)
                self._handlers.append(handler)

    def refresh(self) -> None:
        """Draw it anew, unless the terminal is gone."""
        with suppress(OSError):
            self._live.refresh()

    def stop(self) -> None:
        """Take it away, and let handlers write to the terminal again."""
        for handler in self._handlers:
            handler.setStream(self._stream)
        self._handlers.clear()
        with suppress(OSError):  # the terminal may be gone
            self._live.stop()

    def write(self, text: str) -> None:
        """Write *text*, whole lines, above the display."""
        if lines := text.removesuffix("\n"):
            self._console.print(Text(lines), soft_wrap=True)

    def flush(self) -> None:
        """Flush the terminal."""
        self._stream.flush()


@dataclass(frozen=True, slots=True)
class Share:
    """How much was done in some *seconds* of a *total* that is known: bytes, or things."""

    done: int
    total: int
    seconds: float
    is_bytes: bool = False

    @property
    def percent(self) -> int:
        """The share that is done."""
        return 100 * self.done // max(self.total, 1)

    @property
    def words(self) -> str:
        """What is done, its share, the rate, the time that it took, and the time left."""
        unit = " MB" if self.is_bytes else ""
        share = f"{self._number(self.done)} of {self._number(self.total)}{unit} ({self.percent}%)"
        if not self.done:
            return f"{share}, {clock(self.seconds)}"
        rate = self.done / max(self.seconds, 0.1)
        shown = f"{rate / 1e6:,.1f} MB/s" if self.is_bytes else f"{rate:,.1f}/s"
        left = clock(self.seconds * max(self.total - self.done, 0) / self.done)
        return f"{share}, {shown}, {clock(self.seconds)}, {left} left"

    def _number(self, count: int) -> str:
        return f"{count / 1e6:,.1f}" if self.is_bytes else f"{count:,}"


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A line of a display: a *label*, a bar, and what its *share* says; cut to the width."""

    label: str
    share: Share

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the line: on a narrow terminal the bar goes first, then the end of the label."""
        words = self.share.words
        room = options.max_width - len(words) - 2
        label = self.label
        if cell_len(label) > max(room, _LEAST_LABEL):
            label = f"{set_cell_size(label, max(room, _LEAST_LABEL) - 1)}…"
        line = Text(f"{label} ", no_wrap=True, overflow="ellipsis")
        width = min(_BAR, room - cell_len(label) - 1)
        if width >= _LEAST_BAR:
            full = width * min(self.share.percent, 100) // 100
            line.append(_FULL[options.ascii_only] * full, style="bar.complete")
            line.append(_EMPTY[options.ascii_only] * (width - full), style="bar.back")
            line.append(" ")
        yield line.append(words)


def clock(seconds: float) -> str:
    """Return *seconds* as ``h:mm:ss``."""
    return str(timedelta(seconds=round(seconds)))
