"""Rows written as Parquet, by pyarrow, which is an extra of the package."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from crawler.export.row_columns import COLUMNS

if TYPE_CHECKING:
    from typing import IO

    from crawler.export.article_row import ArticleRow

HAS_PARQUET = find_spec("pyarrow") is not None
"""Whether Parquet can be written."""

_GROUP = 1_000  # rows: of ten times as many, 10^5 rows take twice the memory
_GROUP_LETTERS = 1 << 26  # of texts: a hostile archive has huge ones


class ParquetRows:
    """Row groups of 1,000 rows, compressed with Zstandard, in columns of stated types."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._schema = schema()
        self._rows: list[ArticleRow] = []
        self._letters = 0
        # Page boundaries that follow the content let stores keep what two exports share once.
        self._file = _library("pyarrow.parquet").ParquetWriter(
            stream,
            self._schema,
            compression="zstd",
            use_content_defined_chunking=True,
            write_page_index=True,
        )

    def write(self, row: ArticleRow) -> None:
        self._rows.append(row)
        self._letters += len(row.text)
        if len(self._rows) == _GROUP or self._letters >= _GROUP_LETTERS:
            self._write_group()

    def close(self) -> None:
        if self._rows:
            self._write_group()
        self._file.close()

    def _write_group(self) -> None:
        pyarrow = _library("pyarrow")
        columns = [
            pyarrow.array([getattr(row, field.name) for row in self._rows], type=field.type)
            for field in self._schema
        ]
        group = pyarrow.record_batch(columns, schema=self._schema)
        self._file.write_batch(group, row_group_size=_GROUP)
        self._rows.clear()
        self._letters = 0


def schema() -> Any:
    """Return the schema of pyarrow that all files have."""
    pyarrow = _library("pyarrow")
    types = {
        "text": pyarrow.string(),
        "day": pyarrow.date32(),
        "time": pyarrow.timestamp("us"),
        "moment": pyarrow.timestamp("us", tz="UTC"),
        "texts": pyarrow.list_(pyarrow.field("element", pyarrow.string(), nullable=False)),
        "int": pyarrow.int32(),
        "long": pyarrow.int64(),
        "bool": pyarrow.bool_(),
    }
    return pyarrow.schema(
        pyarrow.field(
            column.name, types[column.kind], nullable=not (column.needed or column.kind == "texts")
        )
        for column in COLUMNS
    )


@cache
def _library(name: str) -> Any:
    """Import a module of pyarrow: 0.3 s and 40 MB, and Scrapy loads all commands for each."""
    return import_module(name)
