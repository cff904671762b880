"""The check that WARC files are whole, and as WARC/1.1 has it: `scrapy verify`.

Our own archive is read strictly: what we wrote has to be right. What others wrote is read as
`crawl warc` reads it; what is out of the standard and loses nothing is a remark, no fault.

Files are cut into spans, which processes read, all cores at once. Where the first record of a span
begins is a guess there: so each span counts only if it begins where the one before ended, and is
read again from there if not.

Memory does not grow with the archive: records are read one by one, large blocks are in temporary
files, and what refers to what is kept in a temporary database (`crawler.checks.record_table`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.checks.fault import FileFault, FileRemark, Tally
from crawler.checks.record_table import WARCINFO_ID, RecordTable
from crawler.checks.span_check import Findings, Remarks, Task, check, still_there
from crawler.processes import ChildEndedError, ProcessPool
from crawler.warc.container import SUFFIXES, Part, files_below, find_parts, is_archive, is_zip
from crawler.warc.deviations import Span, cut
from crawler.warc.writer import OPEN_SUFFIX, final_name

if TYPE_CHECKING:
    from crawler.checks.record_table import RecordRow, ReferenceRow
    from crawler.storage.remote_file import StoredFile

_TORN = re.compile(r"\.torn-\d+$")
_REVISITED = ("response", "resource")

SPAN_SIZE = 8 << 20
"""Bytes of a span: some hundred pages, so that processes end together."""

_WORTH_PROCESSES = 2  # spans

Found = FileFault | FileRemark


@dataclass(slots=True, frozen=True, kw_only=True)
class CheckedFile:
    """A file to be checked up to byte ``end``, and what is known to be wrong with it."""

    path: StoredFile
    end: int | None = None
    known: tuple[FileFault, ...] = ()


@dataclass(slots=True)
class _File:
    """A file that is being checked, read up to ``position``: None where that is not known."""

    checked: CheckedFile
    error: str = ""
    records: int = 0
    position: int | None = None
    remarks: Remarks = field(default_factory=Remarks)

    def fault(self, offset: int | None, what: str) -> FileFault:
        return FileFault(str(self.checked.path), offset, what)


class WarcVerification:
    """The check of WARC files, then of how their records refer to each other.

    ``tally`` counts on the way. Up to *workers* processes read, in spans of *span_size* bytes.
    Close it: it has a temporary database.
    """

    def __init__(self, workers: int = 1, *, span_size: int = SPAN_SIZE) -> None:
        self.tally = Tally()
        self.table = RecordTable()
        self.workers = workers
        self._span_size = span_size

    def check_files(self, paths: Sequence[Path]) -> Iterator[Found]:
        """Check *paths*, each an archive of any tool or a folder of them, without ledger and index.

        References to records in none of the files are counted: they may be elsewhere.
        """
        files: dict[Path, CheckedFile] = {}  # each once
        for path in paths:
            found = self.find_warcs(path)
            if not found:
                names = ", .".join(SUFFIXES)
                yield FileFault(str(path), None, f"holds nothing to verify: no file .{names}")
            for file in found:
                files.setdefault(file.resolve(), CheckedFile(path=file))
        yield from self._check(list(files.values()), strict=False)
        yield from self._check_known_references()

    def find_warcs(self, path: Path) -> list[Path]:
        """Return the archives that *path* is or holds, and count the torn tails beside them."""
        if not path.is_dir():
            return [path]
        found = list(files_below(path))
        self.tally.torn += sum(_TORN.search(file.name) is not None for file in found)
        return [file for file in found if is_archive(final_name(file))]

    def check_own(self, files: Iterable[CheckedFile]) -> Iterator[FileFault]:
        """Check *files*, which we wrote."""
        for found in self._check(list(files), strict=True):
            if isinstance(found, FileFault):  # there are no remarks on what is read strictly
                yield found

    def _check(self, files: Sequence[CheckedFile], *, strict: bool) -> Iterator[Found]:
        size = sum(map(_size, files))
        in_processes = self.workers > 1 and size > _WORTH_PROCESSES * self._span_size
        begun: dict[int, _File] = {}
        span_size = self._span_size if in_processes else size + 1
        tasks = _tasks(files, begun, strict=strict, size=span_size)
        if in_processes:
            with closing(ProcessPool(check, self.workers)) as pool:
                yield from self._take_all(pool.answers(tasks), begun)
        else:
            yield from self._take_all(((task, check(task)) for task in tasks), begun)

    def _take_all(
        self, answers: Iterator[tuple[Task, Iterator[Findings]]], begun: dict[int, _File]
    ) -> Iterator[Found]:
        last = -1
        for task, found in answers:
            if task.number != last:
                yield from self._end(begun.pop(last, None))
                last = task.number
                self.tally.files += 1
                yield from begun[last].checked.known
            yield from self._take(begun[last], task, found)
        yield from self._end(begun.pop(last, None))

    def _take(self, file: _File, task: Task, found: Iterator[Findings]) -> Iterator[Found]:
        """Add what was *found* as far as it continues what was taken; read again what does not."""
        span = task.what
        if isinstance(span, Path):
            for findings in found:
                yield from self._add(file, findings)
            return
        if span.is_exact:
            file.position = span.start
        try:
            for findings in found:
                if file.position not in (None, findings.start):
                    break
                yield from self._add(file, findings)
                file.position = findings.end
        except ChildEndedError as error:
            yield file.fault(file.position or span.start, f"could not be checked: {error}")
            file.position = None
            return
        if not span.is_exact and file.position is not None and file.position < span.stop:
            again = replace(span, start=file.position, is_exact=True)
            yield from self._take(file, Task(task.number, again), check(Task(task.number, again)))

    def _add(self, file: _File, findings: Findings) -> Iterator[Found]:
        self.tally.records += findings.records
        self.tally.bytes += findings.end - findings.start
        self.table.add(findings.rows, findings.references)
        file.records += findings.records
        file.remarks.merge(findings.remarks)
        for place in findings.faults:
            yield file.fault(*place)

    def _end(self, file: _File | None) -> Iterator[Found]:
        if file is None:
            return
        path = file.checked.path
        if file.error:
            yield file.fault(None, file.error)
        elif not file.records and not path.name.endswith(OPEN_SUFFIX):
            yield file.fault(None, "holds no record")
        yield from _remarks(str(path), file.remarks)

    def check_references(self) -> Iterator[FileFault]:
        """Check ids and references of our own archive once all its files were read."""
        self.table.finish()
        for row, first in self.table.repeated_ids():
            yield _repeated(row, first)
        for reference, target in self.table.references():
            for what in _reference_faults(reference, target):
                yield FileFault(reference.file, reference.offset, what)

    def _check_known_references(self) -> Iterator[Found]:
        """Check ids and references of files that may refer to others."""
        self.table.finish()
        yield from self._repeated_ids()
        for reference, target in self.table.references():
            if target is None:
                self.tally.elsewhere += 1
            for what in _reference_faults(reference, target) if target else ():
                yield FileFault(reference.file, reference.offset, what)

    def _repeated_ids(self) -> Iterator[Found]:
        """Yield ids that are not unique; the same record once more loses nothing."""
        for file, rows in groupby(self.table.repeated_ids(), key=lambda pair: pair[0].file):
            remarks = Remarks()
            for row, first in rows:
                fault = _repeated(row, first)
                if row[4:] == first[4:]:
                    remarks.add(row.offset, fault.message)
                else:
                    yield fault
            yield from _remarks(file, remarks)

    def close(self) -> None:
        """Delete the temporary database."""
        self.table.close()


def _tasks(
    files: Sequence[CheckedFile], begun: dict[int, _File], *, strict: bool, size: int
) -> Iterator[Task]:
    """Yield what is to be done for each of *files*, which is in *begun* from then on."""
    for number, checked in enumerate(files):
        begun[number] = _File(checked)
        nothing = Span(path=checked.path, start=0, stop=0, end=0)
        yield Task(number, nothing)
        try:
            yield from (Task(number, what) for what in _work(checked, strict=strict, size=size))
        except OSError as error:
            begun[number].error = f"cannot be read: {error}"


def _work(checked: CheckedFile, *, strict: bool, size: int) -> Iterator[Span | Path]:
    path = checked.path
    if strict:
        yield from cut(Part(path, 0, _size(checked)), size, strict=True)
        return
    if isinstance(path, Path) and is_zip(path):
        yield path
    for part in find_parts(path):
        yield from cut(part, size)


def _size(checked: CheckedFile) -> int:
    """Return the bytes that are read of a file, 0 if it cannot be read."""
    with suppress(OSError):
        size = still_there(checked.path).stat().st_size
        return size if checked.end is None else min(size, checked.end)
    return 0


def _remarks(file: str, remarks: Remarks) -> Iterator[FileRemark]:
    return (FileRemark(file, *remark) for remark in remarks.found.values())


def _repeated(row: RecordRow, first: RecordRow) -> FileFault:
    what = f"WARC-Record-ID: found {row.id} again, it is that of {first.file}:{first.offset}"
    return FileFault(row.file, row.offset, what)


def _reference_faults(reference: ReferenceRow, target: RecordRow | None) -> Iterator[str]:
    if target is None:
        yield f"{reference.field}: {reference.target} is in no file present"
        return
    for name, said, found in (
        ("WARC-Refers-To-Target-URI", reference.uri, target.uri),
        ("WARC-Refers-To-Date", reference.date, target.date),
    ):
        if said and found and said != found:
            yield f"{name}: found {said}, that of {target.id} is {found}"
    if reference.field.lower() == WARCINFO_ID and target.type != "warcinfo":
        yield f"{reference.field}: {target.id} is a {target.type}, expected a warcinfo"
    if reference.type == "revisit" and reference.field.lower() == "warc-refers-to":
        yield from _revisit_faults(reference, target)


def _revisit_faults(reference: ReferenceRow, target: RecordRow) -> Iterator[str]:
    if target.type not in _REVISITED:
        yield f"{reference.field}: {target.id} is a {target.type}, expected a response"
    elif reference.payload and reference.payload != target.payload:
        expected = f"{target.payload or 'none'} of {target.id}"
        yield f"WARC-Payload-Digest: found {reference.payload}, expected {expected}"
