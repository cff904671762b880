"""Rows written as JSON lines, CSV or text; Parquet is in `crawler.export.parquet_rows`."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from crawler.export.parquet_rows import ParquetRows
from crawler.export.row_columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from crawler.export.article_row import ArticleRow

_NAMES = tuple(column.name for column in COLUMNS)


class RowWriter(Protocol):
    """Writes rows to a binary stream that it was made for."""

    def write(self, row: ArticleRow) -> None:
        """Write *row*. Raises OSError."""
        ...

    def close(self) -> None:
        """Write what is left, and not close the stream. Raises OSError."""
        ...


class JsonLines:
    """An object a line, UTF-8; what is null is left out.

    Readers that look at the first lines alone take a column of nulls for one that has no type.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, row: ArticleRow) -> None:
        values = ((name, getattr(row, name)) for name in _NAMES)
        told = {name: _plain(value) for name, value in values if value is not None}
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        self._stream.write(f"{line}\n".encode())

    def close(self) -> None:
        self._stream.flush()


class CsvRows:
    """A table with a head (RFC 4180, UTF-8); a list is JSON, what is null is empty."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._line = io.StringIO(newline="")
        self._table = csv.writer(self._line, lineterminator="\n")
        self._write(_NAMES)

    def write(self, row: ArticleRow) -> None:
        self._write([_cell(getattr(row, name)) for name in _NAMES])

    def close(self) -> None:
        self._stream.flush()

    def _write(self, cells: tuple[str, ...] | list[str]) -> None:
        self._table.writerow(cells)
        self._stream.write(self._line.getvalue().encode())
        self._line.seek(0)
        self._line.truncate()


class Texts:
    """The text files as the corpus has them, an empty line between two of them."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._between = b""

    def write(self, row: ArticleRow) -> None:
        self._stream.write(self._between + document(row))
        self._between = b"\n"

    def close(self) -> None:
        self._stream.flush()


WRITERS: dict[str, Callable[[IO[bytes]], RowWriter]] = {
    "jsonl": JsonLines,
    "parquet": ParquetRows,
    "csv": CsvRows,
    "txt": Texts,
}
"""What makes a writer, by the name of its format, which is the suffix of its files too."""


def document(row: ArticleRow) -> bytes:
    """Return the text file of *row*, as `crawler.text.seed` has it."""
    head = f" date {row.day} {row.title}" if row.title else f" date {row.day}"
    return "".join(f"{line}\n" for line in (head, row.text) if line).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        # Moments have one width, so that readers find one form; publishers' times are as they are.
        text = value.isoformat(timespec="microseconds" if value.tzinfo else "auto")
        return text.replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(_plain(value))
