"""What the runs of an archive recorded, run by run: the captures that coverage looks at.

Which record is whose says `crawler.warc.runs.Belonging`: runs of many sources may be interleaved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.archive.folder import open_warcs
from crawler.archive.recovery import oldest_first
from crawler.warc.reader import Record, read_records
from crawler.warc.runs import Belonging, Run, told_by
from crawler.warc.writer import final_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from crawler.archive.folder import Archive
    from crawler.rounds.skippable_records import SkippableRecords
    from crawler.state.store import WarcFile
    from crawler.storage.remote_file import StoredFile
    from crawler.warc.reader import Fault

_CAPTURES = ("response", "revisit", "resource")  # the last is what is no HTTP


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A capture that *run* made: ``record``, in the WARC file called ``file``."""

    run: Run
    record: Record
    file: str


@dataclass(frozen=True, slots=True)
class Needless:
    """Which of the *skippable* records are not read: those at URLs of which *is_needless* is true.

    It is asked when the reading comes there, so that it may depend on what was read before.
    """

    skippable: SkippableRecords
    is_needless: Callable[[str], bool]

    def pieces(
        self, path: StoredFile, name: str, end: int | None
    ) -> Iterator[tuple[int, int | None]]:
        """Yield the pieces of the file at *path* that are read: their beginnings and ends."""
        start = 0
        size = path.stat().st_size if end is None else -1
        for offset, length, url in self.skippable.of(name, size):
            if offset > start:
                yield start, offset
                start = offset
            if offset == start and self.is_needless(url):
                start += length
        yield start, end


def unseen(archive: Archive, warcs: Iterable[WarcFile]) -> Iterator[WarcFile]:
    """Yield those of *warcs* that can be read nowhere: `run_records` has nothing of them."""
    return (w for w in warcs if not w.address and not archive.warc(w.name).exists())


def run_records(
    archive: Archive,
    committed: Mapping[str, int],
    on_fault: Callable[[str], None],
    needless: Needless | None = None,
) -> Iterator[RunRecord]:
    """Yield the captures of all runs, file by file, those of a run in their order.

    Of files that are still open only what was *committed* counts: bytes by name. *on_fault* gets
    a line for each part of a file that is no record. What is *needless* is not read. Raises
    OSError.
    """
    files: list[StoredFile] = [*archive.sealed(), *open_warcs(archive.warcs)]
    for path in oldest_first(files):
        name = final_name(path)
        end = None if path.name == name else committed.get(name, 0)
        now = archive.warc(name)
        pieces = needless.pieces(now, name, end) if needless else iter([(0, end)])
        items = (
            item
            for start, stop in pieces
            for item in read_records(now, strict=False, start=start, end=stop)
        )
        yield from _of_file(items, name, on_fault)


def _of_file(
    items: Iterable[Record | Fault], name: str, on_fault: Callable[[str], None]
) -> Iterator[RunRecord]:
    belonging, runs = Belonging(), dict[str, Run]()
    is_told = False
    for record in items:
        if not isinstance(record, Record):
            on_fault(f"{name}:{record.offset}: {record.reason}")
        elif record.type == "warcinfo":
            run = told_by(record)
            belonging.begin(record, record.id if run else "")
            runs |= {record.id: run} if run else {}
        elif record.type in _CAPTURES and (begun := belonging.name_of(record)):
            if run := runs.get(begun):
                yield RunRecord(run, record, name)
            elif not is_told:
                is_told = True
                on_fault(f"{name}:{record.offset}: its run is not told: there is no record {begun}")
