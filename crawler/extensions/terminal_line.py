"""A line on the terminal that is written over, with whatever is logged above it."""

from __future__ import annotations

import logging
import os
import unicodedata
from contextlib import suppress
from typing import Any, TextIO

_ERASE = "\r\033[K"
_USUAL_WIDTH = 80


class TerminalLine:
    """The last line on *stream*, a terminal. Handlers of the root logger write above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = ""
        self._handlers: list[logging.StreamHandler[Any]] = []

    def show(self, line: str) -> None:
        """Write *line*, cut to the width of the terminal, over the one before."""
        self._shown = cut(line, self._width - 1)
        self._write(_ERASE + self._shown)

    def share(self) -> None:
        """Have log lines stand above the line from now on."""
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is self._stream:
                handler.setStream(self)
                self._handlers.append(handler)

    def end(self) -> None:
        """Leave the line as it is, and let handlers write to the terminal again."""
        for handler in self._handlers:
            handler.setStream(self._stream)
        self._handlers.clear()
        self._shown = ""
        self._write("\n")

    def write(self, text: str) -> None:
        """Write *text*, whole lines, above the line."""
        self._stream.write(f"{_ERASE}{text}{self._shown}")

    def flush(self) -> None:
        """Flush the terminal."""
        self._stream.flush()

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    @property
    def _width(self) -> int:
        with suppress(OSError, ValueError):
            return os.get_terminal_size(self._stream.fileno()).columns or _USUAL_WIDTH
        return _USUAL_WIDTH


def cut(line: str, width: int) -> str:
    """Return *line* if it takes no more than *width* columns, else its beginning and ``…``."""
    columns = 0
    kept = 0
    for place, letter in enumerate(line):
        columns += _columns(letter)
        if columns <= width - 1:
            kept = place + 1
        elif columns > width:
            return f"{line[:kept]}…" if width > 0 else ""
    return line


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
