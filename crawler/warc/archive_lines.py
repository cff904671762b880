"""The index lines of many archives: those of anybody's are read leniently, by all cores at once.

The lines of a WACZ name the WACZ itself and the place in it, not the WARC inside: its members are
stored, so that is where a reader that knows nothing of WACZ finds the record (pywb does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from crawler.processes import ChildEndedError, ProcessPool
from crawler.storage.remote_file import StoredFile
from crawler.warc.borrowed_dates import with_borrowed_dates
from crawler.warc.container import find_parts
from crawler.warc.indexing import index_lines, lines_of_records
from crawler.warc.reader import Fault, read_records

_FULL = 1 << 18  # characters of the lines of one message
_WORTH_PROCESSES = 16 << 20  # bytes

OnFault = Callable[[StoredFile, Fault], None]


@dataclass(slots=True, frozen=True)
class IndexedFile:
    """A file, and the name that its lines give it; ``is_ours``: it is read strictly."""

    path: StoredFile
    name: str
    is_ours: bool = True


@dataclass(slots=True)
class LineBatch:
    """Some lines of a file, what could not be indexed, and why the file could not be read."""

    lines: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    size: int = 0
    error: str = ""


def lines_by_file(
    files: Sequence[IndexedFile], on_fault: OnFault, workers: int = 1
) -> Iterator[tuple[IndexedFile, Iterator[str]]]:
    """Yield each of *files* with its lines, in no order; take them before the next.

    Up to *workers* processes read. *on_fault* is called for what could not be indexed. Raises
    OSError if one of our own files cannot be read.
    """
    workers = min(workers, len(files)) if sum(map(_size, files)) > _WORTH_PROCESSES else 1
    if workers == 1:
        for file in files:
            yield file, _lines(file, make_lines(file), on_fault)
        return
    with closing(ProcessPool(make_lines, workers)) as pool:
        for file, batches in pool.answers(files):
            yield file, _lines(file, batches, on_fault)


def make_lines(file: IndexedFile) -> Iterator[LineBatch]:
    """Yield the lines of *file*; the last batch says whether it could be read."""
    batch = LineBatch()
    faults: list[Fault] = []
    try:
        for line in _own_lines(file, faults) if file.is_ours else _others_lines(file, faults):
            batch.lines.append(line)
            batch.size += len(line) + 200 * len(faults)
            batch.faults += faults
            faults.clear()
            if batch.size > _FULL:
                yield batch
                batch = LineBatch()
    except OSError as error:
        batch.error = str(error)
    batch.faults += faults
    yield batch


def _own_lines(file: IndexedFile, faults: list[Fault]) -> Iterator[str]:
    return index_lines(file.path, name=file.name, on_fault=faults.append)


def _others_lines(file: IndexedFile, faults: list[Fault]) -> Iterator[str]:
    for part in find_parts(file.path):
        items = read_records(part.path, start=part.start, end=part.end, strict=False)
        dated = with_borrowed_dates(items, part.path, part.start)
        yield from lines_of_records(dated, file.name, faults.append)


def _lines(file: IndexedFile, batches: Iterable[LineBatch], on_fault: OnFault) -> Iterator[str]:
    error = ""
    try:
        for batch in batches:
            for fault in batch.faults:
                on_fault(file.path, fault)
            yield from batch.lines
            error = batch.error
    except ChildEndedError as ended:
        error = str(ended)
    if error and file.is_ours:
        raise OSError(error)
    if error:
        on_fault(file.path, Fault(offset=0, length=0, reason=f"cannot be read: {error}"))


def _size(file: IndexedFile) -> int:
    with suppress(OSError):
        return file.path.stat().st_size
    return 0
