"""An archive of very many articles that nobody crawled: ledger, WARC files of zeros, and index."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks._bulk_load import fill_in_bulk
from benchmarks._large_ledger import (
    FILE_ARTICLES,
    RECORD,
    articles_by_source,
    holding,
    index_line,
    warc_name,
)
from crawler.warc.index_levels import file_of_many, write_index_file


def fill_archive(archives: Path, count: int, *, with_texts: bool, ledger: str = "") -> None:
    """Add *count* articles to the archive, whose *ledger* is at that URI, else in its folder."""
    fill_in_bulk(ledger or f"sqlite:{archives / 'ledger.sqlite'}", count)
    sizes = {}
    for number in range(0, count, FILE_ARTICLES):
        name = warc_name(number)
        sizes[name] = min(FILE_ARTICLES, count - number) * RECORD
        (archives / "warc" / name).touch()
        os.truncate(archives / "warc" / name, sizes[name])
    index = file_of_many(archives / "index", len(sizes))
    write_index_file(index, map(index_line, articles_by_source(count)), sizes)
    if with_texts:
        for number in range(count):
            (archives / "text" / holding(number).file).write_bytes(b"text\n")
