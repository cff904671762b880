"""How far ``corpus.sqlite`` has what the WARC files of an archive say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from crawler.storage.remote_file import RemoteFile
from crawler.warc.reader import Fault, read_records

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.state.store import Store
    from crawler.storage.remote_file import StoredFile

_MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Segment:
    """What is new of a WARC file: its bytes from ``start`` on, up to ``end``.

    ``first`` is the id of the first record of the file, and ``begun`` its WARC-Date, if it was
    looked at; ``state`` changes when the file does. Of a file that is not there ``path`` is None.
    """

    file: str
    path: StoredFile | None
    start: int
    end: int
    first: str
    begun: str
    state: str


def new_segments(db: sqlite3.Connection, archive: Archive, store: Store) -> list[Segment] | None:
    """Return what the ledger has committed since *db* was built; None if it must be made anew.

    It must if a file is gone, is shorter than it was, or begins with another record.
    """
    known = {
        file: (offset, first, state)
        for file, offset, first, state in db.execute("SELECT * FROM progress")
    }
    segments = []
    for found in committed(archive, store, known):
        offset, first, state = known.pop(found.file, (0, found.first, found.state))
        if found.first != first or found.end < offset:
            return None
        if found.end > offset or found.state != state:
            segments.append(replace(found, start=offset))
    return None if known else segments


def committed(
    archive: Archive, store: Store, known: dict[str, tuple[int, str, str]] | None = None
) -> Iterator[Segment]:
    """Yield each WARC file of the ledger up to what is committed of it.

    A file that is as it was *known* is not opened to see its first record.
    """
    for warc in store.warcs():
        path = archive.warc(warc.name)
        try:
            size, state = _state(path)
        except FileNotFoundError:
            yield Segment(warc.name, None, 0, warc.size, _MISSING, "", _MISSING)
            continue
        _, first, was = (known or {}).get(warc.name, (0, "", ""))
        begun = ""
        if was != state:
            first, begun = _first_record(path)
        end = min(warc.size, size)  # it may have lost bytes that the ledger knows
        yield Segment(warc.name, path, 0, end, first, begun, state)


def _state(path: StoredFile) -> tuple[int, str]:
    """Return the size of a file, and what changes when it does; an uploaded one never does."""
    if isinstance(path, RemoteFile) and path.size is not None:
        return path.size, path.address
    status = path.stat()
    return status.st_size, f"{status.st_size} {status.st_mtime_ns}"


def _first_record(path: StoredFile) -> tuple[str, str]:
    """Return id and WARC-Date of the first record, empty if it cannot be read."""
    found = next(islice(read_records(path, strict=False), 1), None)
    return ("", "") if found is None or isinstance(found, Fault) else (found.id, found.date)


def note(db: sqlite3.Connection, segment: Segment) -> None:
    """Note that *db* has what is in *segment*."""
    db.execute(
        "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?)",
        (segment.file, segment.end, segment.first, segment.state),
    )
