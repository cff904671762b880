"""The check that WARC files are as WARC/1.1 has it and whole: `scrapy verify`.

Memory does not grow with the archive: records are read one by one, large blocks are in temporary
files, and what refers to what is kept in a temporary database (`crawler.checks.record_table`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.checks.fault import FileFault, Tally
from crawler.checks.record_table import RecordTable
from crawler.warc.digests import digest_faults
from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crawler.checks.record_table import RecordRow, ReferenceRow

_WARC = re.compile(r"\.warc(\.gz)?(\.open)?$")
_TORN = re.compile(r"\.torn-\d+$")
_DATE = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?)?)?", re.ASCII
)  # WARC/1.1, 5.4
_REVISITED = ("response", "resource")


class WarcVerification:
    """The check of WARC files, one after another, then of how their records refer to each other.

    ``tally`` counts on the way. Close it: it has a temporary database.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self.table = RecordTable()

    def check_files(self, paths: Sequence[Path]) -> Iterator[FileFault]:
        """Check *paths*, each a WARC file or a folder of them, without ledger and index.

        References to records in none of the files are counted: they may be elsewhere.
        """
        for path in paths:
            for file in self.find_warcs(path):
                yield from self.check_file(file)
        yield from self.check_references(complete=False)

    def find_warcs(self, path: Path) -> list[Path]:
        """Return the WARC files that *path* is or holds, and count the torn tails beside them."""
        if not path.is_dir():
            return [path]
        found = sorted(file for file in path.rglob("*") if file.is_file())
        self.tally.torn += sum(_TORN.search(file.name) is not None for file in found)
        return [file for file in found if _WARC.search(file.name)]

    def check_file(self, path: Path, *, end: int | None = None) -> Iterator[FileFault]:
        """Check the file at *path*, up to byte *end*."""
        self.tally.files += 1
        records = self.tally.records
        try:
            for item in read_records(path, end=end):
                self.tally.bytes += item.length
                yield from self._item_faults(str(path), item)
        except OSError as error:
            yield FileFault(str(path), None, f"cannot be read: {error}")
            return
        if self.tally.records == records and not path.name.endswith(OPEN_SUFFIX):
            yield FileFault(str(path), None, "holds no record")

    def _item_faults(self, file: str, item: Record | Fault) -> Iterator[FileFault]:
        if isinstance(item, Fault):
            what = f"found {item.length} bytes that are no whole record: {item.reason}"
            yield FileFault(file, item.offset, what)
            return
        self.tally.records += 1
        fields = {name.lower(): value for name, value in reversed(item.headers)}
        self.table.add(file, item, fields)
        for what in _record_faults(item, fields):
            yield FileFault(file, item.offset, what)

    def check_references(self, *, complete: bool) -> Iterator[FileFault]:
        """Check ids and references once all files were read; *complete*: there are no others."""
        self.table.finish()
        for row in self.table.repeated_ids():
            first = self.table.record(row.id)
            where = f"{first.file}:{first.offset}" if first else "elsewhere"
            what = f"WARC-Record-ID: found {row.id} again, it is that of {where}"
            yield FileFault(row.file, row.offset, what)
        for reference, target in self.table.references():
            if target is None and not complete:
                self.tally.elsewhere += 1
            for what in _reference_faults(reference, target) if target or complete else ():
                yield FileFault(reference.file, reference.offset, what)

    def close(self) -> None:
        """Delete the temporary database."""
        self.table.close()


def _record_faults(record: Record, fields: Mapping[str, str]) -> Iterator[str]:
    if not _DATE.fullmatch(fields["warc-date"]):
        yield f"WARC-Date: found {fields['warc-date']!r}, expected a UTC time of WARC/1.1"
    yield from digest_faults(fields, record.block)


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
    if reference.type == "revisit" and reference.field.lower() == "warc-refers-to":
        yield from _revisit_faults(reference, target)


def _revisit_faults(reference: ReferenceRow, target: RecordRow) -> Iterator[str]:
    if target.type not in _REVISITED:
        yield f"{reference.field}: {target.id} is a {target.type}, expected a response"
    elif reference.payload and reference.payload != target.payload:
        expected = f"{target.payload or 'none'} of {target.id}"
        yield f"WARC-Payload-Digest: found {reference.payload}, expected {expected}"
