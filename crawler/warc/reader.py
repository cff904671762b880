"""The reader of WARC files: bytes that are no whole record become faults, and it reads on.

warcio and FastWARC end at the first bad member and take a record that was cut short for a whole
one. Here CRC and length of every gzip member are checked, and the length of every record.

Our own files are read strictly, those of others leniently: see `read_records`.

Memory does not grow with the file: a head has at most `head.MAX_HEAD_SIZE` bytes, a block over 1 MB
is in a temporary file (TMPDIR), what a member holds beyond its record is inflated and dropped.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from crawler.items import RecordRef
from crawler.warc.deflated_members import open_bytes
from crawler.warc.head import NotARecordError
from crawler.warc.record_parser import parser_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.head import Fields
    from crawler.warc.spool import Buffer

MAX_BLOCK_SIZE = 1 << 30
"""Bytes of the largest block that is read from foreign archives, by default."""


class ArchiveReadError(OSError):
    """A WARC file holds bytes that are no whole record; names file, offset and reason."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Record:
    """A record: WARC fields in their order, the block's bytes, and its place in the file.

    ``offset`` and ``length`` are those of its gzip member, or of the record with its two closing
    CRLFs in an uncompressed file. A ``block`` over 1 MB is a map of a temporary file.
    ``borrowed_date`` is that of another record, if its own WARC-Date tells no moment and
    `borrowed_dates` was asked for one.
    """

    type: str
    headers: list[tuple[str, str]]
    block: Buffer
    offset: int
    length: int
    borrowed_date: str = ""

    def header(self, name: str) -> str | None:
        """Return the first value of the field *name*, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def id(self) -> str:
        """The WARC-Record-ID, empty if there is none."""
        return self.header("WARC-Record-ID") or ""

    @property
    def date(self) -> str:
        """The WARC-Date, empty if there is none."""
        return self.header("WARC-Date") or ""

    @property
    def capture_date(self) -> str:
        """The date of the capture: the one that was borrowed, if any, else the WARC-Date."""
        return self.borrowed_date or self.date

    @property
    def target_uri(self) -> str:
        """The WARC-Target-URI without angle brackets: wget 1 writes them, as WARC/1.0 had it."""
        return (self.header("WARC-Target-URI") or "").removeprefix("<").removesuffix(">")

    def ref(self, file: str) -> RecordRef:
        """Return the reference to this record of the file called *file*."""
        return RecordRef(
            record_id=self.id,
            uri=self.target_uri,
            date=self.date,
            file=file,
            offset=self.offset,
            length=self.length,
        )


@dataclass(slots=True, frozen=True, kw_only=True)
class Fault:
    """Bytes of a file that are no record, and why."""

    offset: int
    length: int
    reason: str


def read_records(
    path: StoredFile,
    *,
    strict: bool = True,
    start: int = 0,
    end: int | None = None,
    resync: bool = False,
    largest: int = MAX_BLOCK_SIZE,
) -> Iterator[Record | Fault]:
    """Yield everything in the file at *path* from byte *start* up to byte *end*, without a gap.

    A record begins at *start*. Raises OSError if the file cannot be read or a large block finds no
    room; never for what the file holds.

    In strict mode a file holds WARC/1.1 records as we write them: a gzip member for each, or no
    members at all. Lenient mode takes what real tools write as well, and ARC (`crawler.warc.arc`):

    - any of the closing CRLFs missing, or more of them, or zero bytes, behind a record that is
      followed by another one or by the end;
    - heads whose lines end in LF or are no fields, of versions before 1.0 too, without
      WARC-Record-ID or WARC-Date;
    - gzip members without content, or with many records: each of these has offset and length of
      the member, so that they do not follow each other but have one place;
    - compressed and uncompressed records whatever the file is called.

    In lenient mode blank bytes and empty members behind a record are a part of it, and a block over
    *largest* bytes is a fault. A wrong Content-Length costs its own record, never the next one.

    With *resync* reading begins at the first record at or behind *start*, wherever that is, so
    that several processes can read a file in chunks. A record belongs to the chunk in which it
    begins: read to the end of the part, and stop at the first item that begins behind the chunk.
    Chunks give what reading the whole gives if the last item of each ends where the first of the
    next begins. The caller has to check that chain, and where it breaks to read on from its end:
    faults are missed if a chunk begins in the record before them, and if it begins in a record
    that holds an archive (a captured .warc.gz), the records of that are taken for the file's.
    """
    with open_bytes(path, start, end) as file:
        parser = parser_of(file, start, path.name, strict=strict, largest=largest)
        first = parser.first(start) if resync else start
        for begin, behind, parsed in parser.parse_all(first):
            if isinstance(parsed, NotARecordError):
                yield Fault(offset=begin, length=behind - begin, reason=str(parsed))
            else:
                yield _record(*parsed, begin, behind)


def records(path: StoredFile) -> Iterator[Record]:
    """Yield all records of the file at *path*, also of one still open.

    Raises ArchiveReadError at the first fault, and OSError as `read_records` does.
    """
    for item in read_records(path):
        if isinstance(item, Fault):
            raise _unreadable(item, path)
        yield item


def record_at(path: StoredFile, ref: RecordRef, *, strict: bool = True) -> Record:
    """Return the record that *ref* names, in the file at *path*, read as `read_records` does.

    In lenient mode many may have that place. A record without id, as in ARC, is found by its URI
    and date. Raises LookupError if there is no such record, and what `records` raises.
    """
    items = read_records(path, start=ref.offset, end=ref.offset + ref.length, strict=strict)
    fault = None
    for item in islice(items, 1 if strict else None):
        if isinstance(item, Fault):
            fault = fault or item
        elif _is_meant(item, ref):
            return item
    if fault:
        raise _unreadable(fault, path)
    raise LookupError(f"{path} has no record {ref.record_id or ref.uri} at byte {ref.offset}")


def _is_meant(record: Record, ref: RecordRef) -> bool:
    if ref.record_id:
        return record.id == ref.record_id
    has_id = record.header("WARC-Record-ID") is not None
    return not has_id and (record.target_uri, record.date) == (ref.uri, ref.date)


def _record(fields: Fields, block: Buffer, offset: int, end: int) -> Record:
    kind = next(value for name, value in fields if value and name.lower() == "warc-type")
    return Record(type=kind, headers=fields, block=block, offset=offset, length=end - offset)


def _unreadable(fault: Fault, path: StoredFile) -> ArchiveReadError:
    reason = f"no whole record at byte {fault.offset}: {fault.reason}"
    return ArchiveReadError(errno.EBADMSG, reason, str(path))
