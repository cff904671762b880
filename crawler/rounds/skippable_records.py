"""Where the records lie that no list can be in, told by the index: most of an archive's bytes.

The index tells it of sealed files that it is up to date with; all others are read whole.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from crawler.rounds.story_lists import post_query
from crawler.warc.index_levels import find_index_files, read_index_file
from crawler.warc.lookup import BadLineError, parse_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.warc.index_levels import IndexFile
    from crawler.warc.lookup import IndexLine

_TABLE = "CREATE TABLE line (file TEXT, offset INTEGER, length INTEGER, url TEXT)"
_PAGES = ("text/html", "application/xhtml+xml")
_AT_ONCE = 10_000


class SkippableRecords:
    """The captures of web pages and of posts with their texts in the archive with *index*.

    They wait in a temporary database: there may be millions. Close it.
    """

    def __init__(self, index: Path) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute(_TABLE)
        self._db.execute("BEGIN")
        self._sizes: dict[str, int] = {}
        for path in find_index_files(index):
            with suppress(FileNotFoundError):  # a crawl merges some meanwhile
                file = read_index_file(path)
                if file and file.has_list and self._sizes.keys().isdisjoint(file.warcs):
                    self._take(file)
        self._db.execute("CREATE INDEX line_place ON line (file, offset)")

    def close(self) -> None:
        """Remove the database."""
        self._db.close()

    def of(self, file: str, size: int) -> Iterator[tuple[int, int, str]]:
        """Yield offset, length and URL of those in the WARC *file*, which has *size* bytes."""
        if self._sizes.get(file) == size:
            query = "SELECT offset, length, url FROM line WHERE file = ? ORDER BY offset"
            yield from self._db.execute(query, (file,))

    def _take(self, file: IndexFile) -> None:
        with file.path.open("rb") as lines:
            self._db.executemany("INSERT INTO line VALUES (?, ?, ?, ?)", _rows(lines))
        self._sizes |= file.warcs


def _rows(lines: Iterator[bytes]) -> Iterator[tuple[str, int, int, str]]:
    for text in lines:
        with suppress(BadLineError, KeyError, ValueError):
            line = parse_line(text)
            if _is_skippable(line):
                fields = line.fields
                place = int(fields["offset"]), int(fields["length"])
                yield fields["filename"], *place, fields["url"]


def _is_skippable(line: IndexLine) -> bool:
    if line.fields.get("status") != "200":
        return False
    if line.fields.get("mime") in _PAGES:
        return True
    query = post_query(line.fields.get("url", ""))
    return query is not None and not query.is_list
