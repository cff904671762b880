"""WARC files read back, strictly: what is no whole record is named, and reading goes on behind it.

warcio and FastWARC end at the first bad member and take a record that was cut short for a whole
one. Here CRC and length of every gzip member are checked, and that it holds exactly one record.

Memory does not grow with the file: a head has at most `head.LONGEST` bytes, a block over 1 MB
lies in a temporary file (TMPDIR), what a member holds beyond its record is inflated and dropped.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.warc.head import NotARecordError
from crawler.warc.layout import layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.items import RecordRef
    from crawler.warc.layout import Layout
    from crawler.warc.spool import Buffer


class ArchiveReadError(OSError):
    """A WARC file holds something that is no whole record; names file, offset and reason."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Record:
    """A record: WARC fields in their order, the block's bytes, and its place in the file.

    ``offset`` and ``length`` are those of its gzip member, or of the record with its two closing
    CRLFs in an uncompressed file. A ``block`` over 1 MB is a map of a temporary file.
    """

    type: str
    headers: list[tuple[str, str]]
    block: Buffer
    offset: int
    length: int

    def header(self, name: str) -> str | None:
        """The first value of the field *name*, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(slots=True, frozen=True, kw_only=True)
class Fault:
    """Bytes of a file that are no record, and why."""

    offset: int
    length: int
    reason: str


def walk(path: Path, *, start: int = 0, end: int | None = None) -> Iterator[Record | Fault]:
    """Everything in the file at *path* from byte *start* up to byte *end*, without a gap.

    A record begins at *start*. Raises OSError if the file cannot be read or a large block finds no
    room; never for what the file holds.
    """
    with layout_of(path, end) as layout:
        offset = start
        while offset < layout.end:
            item = _item(layout, offset)
            yield item
            offset += item.length


def records(path: Path) -> Iterator[Record]:
    """All records of the file at *path*, also of one still open.

    Raises ArchiveReadError at the first thing that is no whole record, OSError as `walk`.
    """
    for item in walk(path):
        yield _whole(item, path)


def record_at(path: Path, ref: RecordRef) -> Record:
    """The record that *ref* names, in the file at *path*.

    Raises LookupError if another one is there or nothing is, and what `records` raises.
    """
    item = next(walk(path, start=ref.offset, end=ref.offset + ref.length), None)
    if item is None or _whole(item, path).header("WARC-Record-ID") != ref.record_id:
        raise LookupError(f"{path} has no record {ref.record_id} at byte {ref.offset}")
    return _whole(item, path)


def _item(layout: Layout, offset: int) -> Record | Fault:
    try:
        fields, block, end = layout.record(offset)
    except NotARecordError as error:
        end = layout.behind(offset)
        return Fault(offset=offset, length=end - offset, reason=str(error))
    kind = next(value for name, value in fields if name.lower() == "warc-type")
    return Record(type=kind, headers=fields, block=block, offset=offset, length=end - offset)


def _whole(item: Record | Fault, path: Path) -> Record:
    if isinstance(item, Fault):
        reason = f"no whole record at byte {item.offset}: {item.reason}"
        raise ArchiveReadError(errno.EBADMSG, reason, str(path))
    return item
