"""How far each foreign archive was read, and what is left of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.state.store import Bookmark
from crawler.warc.container import find_parts

if TYPE_CHECKING:
    from crawler.state.store import Store
    from crawler.warc.container import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadArchive:
    """What is left of a file: ``parts`` in their order; none if all of it was read."""

    bookmark: Bookmark
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes left to be read."""
        return sum(part.end - part.start for part in self.parts)


def query_text(query: Mapping[str, Any]) -> str:
    """Return *query*, everything that the articles read depend on, in one spelling."""
    return json.dumps(query, sort_keys=True, default=str, ensure_ascii=False)


def unread_archive(path: Path, query: str, store: Store) -> UnreadArchive:
    """Return what *store*'s bookmark for *query* leaves of the archive at *path*.

    A file that changed since is read from its beginning. Raises OSError, and ValueError for a
    file that is no archive or whose name is no text.
    """
    name = str(path)
    name.encode()  # records of ours will hold it
    stat = path.stat()
    state = f"{stat.st_size} bytes, {stat.st_mtime_ns} ns"
    bookmark = store.bookmark(name, query)
    if bookmark is None or bookmark.state != state:
        bookmark = Bookmark(file=name, query=query, state=state, offset=0)
    return UnreadArchive(bookmark=bookmark, parts=tuple(_behind(bookmark.offset, find_parts(path))))


def _behind(offset: int, parts_of_file: Iterable[Part]) -> Iterable[Part]:
    for part in sorted(parts_of_file, key=lambda part: part.start):
        if part.end > offset:
            yield replace(part, start=max(part.start, offset))
