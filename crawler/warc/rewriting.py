"""Records of any tool written anew as WARC/1.1, each in a gzip member of its own."""

from __future__ import annotations

import re
import uuid
import zlib
from typing import TYPE_CHECKING

from crawler.warc.borrowed_dates import with_borrowed_dates
from crawler.warc.foreign import record_ref
from crawler.warc.gzip_member import GZIP_WBITS
from crawler.warc.head import HEAD_END
from crawler.warc.reader import Fault, read_records
from crawler.warc.records import WARC_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from crawler.warc.container import Part
    from crawler.warc.head import Fields
    from crawler.warc.reader import Record
    from crawler.warc.spool import Buffer

_LEVEL = 6
_PIECE = 1 << 20
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_OWN = frozenset({"warc-type", "warc-record-id", "warc-date", "content-length"})


def rewrite(part: Part, target: Path, date: str, on_fault: Callable[[Fault], None]) -> None:
    """Write the records of *part* to *target*, behind a ``warcinfo`` of *date* that says so.

    Fields and blocks stay as they are, except that each record has an id and an exact date. The
    same records give the same bytes. *on_fault* is called for what is no record, and for a record
    that has no date and can borrow none. Raises OSError.
    """
    items = read_records(part.path, start=part.start, end=part.end, strict=False)
    with target.open("wb") as file:
        _write_member(file, _info(part, target, date))
        for item in with_borrowed_dates(items, part.path, part.start):
            try:
                if isinstance(item, Fault):
                    on_fault(item)
                else:
                    _write_member(file, _standard_form(item, str(part.path)))
            except ValueError as error:
                on_fault(Fault(offset=item.offset, length=item.length, reason=str(error)))


def _info(part: Part, target: Path, date: str) -> tuple[Buffer, ...]:
    block = (
        f"description: The records of {part.path.name!a}, written anew as WARC/1.1\r\n"
        "format: WARC File Format 1.1\r\n"
    ).encode()
    name = f"{target.name} {date}"
    return _record(
        [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"),
            ("WARC-Date", date),
            ("WARC-Filename", target.name),
            ("Content-Type", "application/warc-fields"),
        ],
        block,
    )


def _standard_form(record: Record, file: str) -> tuple[Buffer, ...]:
    """Return *record* of *file* in pieces. Raises ValueError for one without a date."""
    ref = record_ref(record, file)
    fields = [
        ("WARC-Type", record.type),
        ("WARC-Record-ID", ref.record_id),
        ("WARC-Date", ref.date),
        *((name, value) for name, value in record.headers if name.lower() not in _OWN and value),
    ]
    return _record(fields, record.block)


def _record(fields: Fields, block: Buffer) -> tuple[Buffer, ...]:
    lines = [f"{name}: {_CONTROLS.sub(' ', value)}\r\n" for name, value in fields]
    head = f"{WARC_VERSION}\r\n{''.join(lines)}Content-Length: {len(block)}\r\n\r\n"
    return head.encode("utf-8", "replace"), block, HEAD_END


def _write_member(file: BinaryIO, pieces: Iterable[Buffer]) -> None:
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, GZIP_WBITS)
    for piece in _small(pieces):
        file.write(deflate.compress(piece))
    file.write(deflate.flush())


def _small(pieces: Iterable[Buffer]) -> Iterator[memoryview]:
    for piece in pieces:
        view = memoryview(piece)
        yield from (view[start : start + _PIECE] for start in range(0, len(view), _PIECE))
