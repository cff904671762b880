"""The warcinfo record that a record names, found without reading what lies between the two."""

from __future__ import annotations

import mmap
import zlib
from itertools import islice
from typing import TYPE_CHECKING

from crawler.storage.remote_file import LARGEST, RemoteReader
from crawler.warc.byte_source import pread
from crawler.warc.gzip_member import GZIP, GZIP_WBITS
from crawler.warc.reader import Record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.byte_source import OpenFile

_UNPACKED = b"WARC/1."
_IS_WARCINFO = b"WARC-Type: warcinfo"
_HEAD = 1024  # bytes from the beginning of a record that hold its type and id


def find_warcinfo(path: StoredFile, record_id: str, before: int) -> Record | None:
    """Return the warcinfo record *record_id* of the file at *path*, None if it is not there.

    It is expected *before* that byte, with a member of its own, as we write it; else the whole file
    is read, which takes long. Raises OSError.
    """
    for start in _likely_places(path, record_id.encode(), before):
        if found := _warcinfo(islice(read_records(path, start=start, strict=False), 1), record_id):
            return found
    return _warcinfo(read_records(path, strict=False), record_id)


def _warcinfo(items: Iterator[object], record_id: str) -> Record | None:
    for item in items:
        if isinstance(item, Record) and item.type == "warcinfo" and item.id == record_id:
            return item
    return None


def _likely_places(path: StoredFile, record_id: bytes, before: int) -> Iterator[int]:
    """Yield where such a record may begin, the nearest first; other bytes may look like it."""
    with path.open("rb") as file:
        is_packed = pread(file, len(GZIP), 0) == GZIP
        sign = GZIP if is_packed else _UNPACKED
        for start, end, data in _pieces_backwards(file, before):
            place = data.rfind(sign, 0, end - start + len(sign) - 1)
            while place >= 0:
                head = data[place : place + _HEAD]
                head = _inflated(head) if is_packed else head
                if record_id in head and _IS_WARCINFO in head:
                    yield start + place
                place = data.rfind(sign, 0, place + len(sign) - 1)


def _pieces_backwards(file: OpenFile, before: int) -> Iterator[tuple[int, int, mmap.mmap | bytes]]:
    """Yield pieces up to byte *before*, the last first: where each begins and ends, and its bytes.

    There are some more bytes, of what begins at its end. A file of this machine is one piece.
    """
    if not isinstance(file, RemoteReader):
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield 0, before, data
        return
    while before > 0:
        start = max(0, before - LARGEST)
        yield start, before, file.pread(before - start + _HEAD, start)
        before = start


def _inflated(member: bytes) -> bytes:
    try:
        return zlib.decompressobj(GZIP_WBITS).decompress(member, _HEAD)
    except zlib.error:
        return b""
