"""The check of a span of a WARC file, record by record; it may run in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler.checks.record_check import judge_leniently, judge_strictly
from crawler.checks.record_table import WARCINFO_ID, RecordRow, ReferenceRow, rows_of
from crawler.storage.remote_file import RemoteFile, StoredFile
from crawler.warc.deviations import Span, read_span
from crawler.warc.reader import Fault, Record
from crawler.warc.wacz_package import package_findings
from crawler.warc.writer import final_name

_FULL = 500  # records of one message
_LARGE_HEAD = 1000  # bytes that count as one more record
_MOST_KINDS = 100
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|\S*\d\S*")

Place = tuple[int | None, str]
"""The byte of a file, and what is wrong there."""


@dataclass(slots=True)
class Remarks:
    """What is out of the standard in a file, by kind: the first place of each, and how many."""

    found: dict[str, tuple[int | None, str, int]] = field(default_factory=dict)

    def add(self, offset: int | None, message: str, count: int = 1) -> None:
        """Add a remark: of a kind are those that differ in numbers and in what they quote."""
        kind = _VALUES.sub("", message)
        if kind not in self.found and len(self.found) >= _MOST_KINDS:
            kind, message = "", "is out of the standard in still other ways"
        first = self.found.get(kind, (offset, message, 0))
        self.found[kind] = (first[0], first[1], first[2] + count)

    def merge(self, others: Remarks) -> None:
        """Add *others*, which come behind those that are here."""
        for remark in others.found.values():
            self.add(*remark)


@dataclass(slots=True, kw_only=True)
class Findings:
    """What was found in bytes [``start``, ``end``) of a file.

    ``start`` is ``end`` if a gzip member of many records goes on in the next ones. A warcinfo
    record is one of ``references`` once, whoever belongs to it; ``warcinfos`` are those.
    """

    start: int
    end: int
    records: int = 0
    rows: list[RecordRow] = field(default_factory=list)
    references: list[ReferenceRow] = field(default_factory=list)
    faults: list[Place] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)
    warcinfos: set[str] = field(default_factory=set)
    weight: int = 0

    @property
    def is_full(self) -> bool:
        """Whether they are to be sent, and new ones begun."""
        return self.weight >= _FULL

    def add(self, file: str, item: Record | Fault, deviation: str, *, strict: bool) -> None:
        """Add *item* of *file*, and what is out of the standard about it."""
        self.end = item.offset + item.length
        self.weight += 1
        if isinstance(item, Fault):
            what = f"found {item.length} bytes that are no whole record: {item.reason}"
            self.faults.append((item.offset, what))
            return
        self.records += 1
        fields = {name.lower(): value for name, value in reversed(item.headers)}
        self.weight += sum(map(len, fields.values())) // _LARGE_HEAD
        row, references = rows_of(file, item, fields)
        self.rows.append(row)
        for reference in references:
            self._refer(reference)
        self.weight += len(references) // 10
        if deviation:
            self.remarks.add(item.offset, f"is not as WARC/1.1 has it: {deviation}")
        for judgement in (judge_strictly if strict else judge_leniently)(item, fields):
            if judgement.is_loss:
                self.faults.append((item.offset, judgement.message))
            else:
                self.remarks.add(item.offset, judgement.message)

    def _refer(self, reference: ReferenceRow) -> None:
        if reference.field.lower() == WARCINFO_ID:
            if reference.target in self.warcinfos:
                return
            self.warcinfos.add(reference.target)
        self.references.append(reference)


@dataclass(slots=True, frozen=True)
class Task:
    """What is to be checked of the file *number*: a span, or what a WACZ says of its members."""

    number: int
    what: Span | Path


def still_there(path: StoredFile) -> StoredFile:
    """Return where the WARC file at *path* is: its writer may have sealed it."""
    if isinstance(path, RemoteFile) or path.exists():
        return path
    return path.with_name(final_name(path))


def check(task: Task) -> Iterator[Findings]:
    """Yield what is found, span by span."""
    return _check_package(task.what) if isinstance(task.what, Path) else _check_span(task.what)


def _check_package(path: Path) -> Iterator[Findings]:
    found = Findings(start=0, end=0)
    try:
        for one in package_findings(path):
            if one.is_loss:
                found.faults.append((None, one.message))
            else:
                found.remarks.add(None, one.message)
    except OSError as error:
        found.faults.append((None, f"cannot be read: {error}"))
    yield found


def _check_span(span: Span) -> Iterator[Findings]:
    findings = None
    span = replace(span, path=still_there(span.path))
    try:
        for item, deviation in read_span(span):
            if findings and findings.is_full:
                findings.end = item.offset
                yield findings
                findings = None
            findings = findings or Findings(start=item.offset, end=item.offset)
            findings.add(str(span.path), item, deviation, strict=span.strict)
    except OSError as error:
        findings = findings or Findings(start=span.start, end=span.start)
        findings.faults.append((None, f"cannot be read: {error}"))
    if findings:
        yield findings
