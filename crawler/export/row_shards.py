"""In which file of an export a row is."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from crawler.text.corpus import slug

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.export.article_row import ArticleRow

SHARDS = ("year", "source", "size")
BY_SOURCE_AND_YEAR = ""
"""What rows are sharded by unless one of `SHARDS` is asked for."""

_SIZE = 256 << 20  # bytes of text in a file


class ShardNames:
    """Names the files of rows that come in the order of *by*: one ends before the next begins."""

    def __init__(self, by: str, sources: Iterable[str]) -> None:
        self._by = by
        self._sources = _names(sources)
        self._size = 0
        self._number = 0

    @property
    def order(self) -> str:
        """The order in which rows have to come."""
        return "year" if self._by == "year" else "source"

    def name(self, row: ArticleRow) -> str:
        """Return the name of the file that *row* belongs to, without a suffix."""
        year, source = f"{row.day.year:04}", self._sources[row.source]
        if self._by == "size":
            return self._by_size(row)
        return {"year": year, "source": source}.get(self._by, f"{source}-{year}")

    def source(self, row: ArticleRow) -> str:
        """Return the name of a folder or file for the source of *row*."""
        return self._sources[row.source]

    def _by_size(self, row: ArticleRow) -> str:
        if self._size >= _SIZE:
            self._size = 0
            self._number += 1
        self._size += len(row.text.encode())
        return f"articles-{self._number:05}"


def _names(sources: Iterable[str]) -> dict[str, str]:
    """Return a name for a file by source; sources with the same slug get one with a digest."""
    slugs = {source: slug(source) for source in sources}
    shared = Counter(slugs.values())
    return {
        source: name if shared[name] == 1 else f"{name}-{_digest(source)}"
        for source, name in slugs.items()
    }


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:8]
