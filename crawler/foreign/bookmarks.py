"""What is left to be read of other people's archives, and how far each of them was read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.state.store import Bookmark
from crawler.warc.container import parts

if TYPE_CHECKING:
    from crawler.state.store import Store
    from crawler.warc.container import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is left of a file: ``parts`` in their order; none is left of one that was read."""

    bookmark: Bookmark
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes left to be read."""
        return sum(part.end - part.start for part in self.parts)


def asked(question: Mapping[str, Any]) -> str:
    """*question* in one spelling: what is looked for, and all else that a text depends on."""
    return json.dumps(question, sort_keys=True, default=str, ensure_ascii=False)


def reading(path: Path, question: str, store: Store) -> Reading:
    """What is left of the archive at *path*, of which *store* has the bookmark.

    A file that changed since is read from its beginning. Raises OSError, and ValueError for a
    file that is no archive or whose name is no text.
    """
    name = str(path)
    name.encode()  # records of ours will hold it
    found = path.stat()
    state = f"{found.st_size} bytes, {found.st_mtime_ns} ns"
    mark = store.bookmark(name, question)
    if mark is None or mark.state != state:
        mark = Bookmark(file=name, asked=question, state=state, offset=0)
    return Reading(bookmark=mark, parts=tuple(_left(parts(path), mark.offset)))


def _left(of: Iterable[Part], offset: int) -> Iterable[Part]:
    for part in sorted(of, key=lambda part: part.start):
        if part.end > offset:
            yield replace(part, start=max(part.start, offset))
