"""WARC files to read back, whole and damaged."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.records import exchange_records, serialize, warcinfo
from tests.warc.examples import RESPONSE, exchange

if TYPE_CHECKING:
    from pathlib import Path

DATE = "2024-04-11T08:30:00Z"
NAMES = ("x.warc.gz", "x.warc")
"""A compressed file and an uncompressed one: the example files are written as their names say."""


def write(path: Path, *contents: bytes) -> list[bytes]:
    """Write *contents*, a gzip member each if *path* ends so; return what was written."""
    is_gzip = path.name.endswith(".gz")
    parts = [gzip.compress(content) if is_gzip else content for content in contents]
    path.write_bytes(b"".join(parts))
    return parts


def example(path: Path, *responses: bytes) -> list[bytes]:
    """Write a file of a warcinfo and the records of an exchange for each of *responses*."""
    built = [warcinfo({"software": "x"}, path.name)]
    for response in responses or (RESPONSE, RESPONSE, RESPONSE):
        built += exchange_records(exchange(response=response))
    return write(path, *(b"".join(serialize(record)) for record in built))


def record(block: bytes = b"block", *, end: bytes = b"\r\n\r\n", **fields: str) -> bytes:
    """Return a metadata record; *fields* (``WARC_Date`` for WARC-Date) replace its own."""
    own = {
        "WARC_Type": "metadata",
        "WARC_Record_ID": "<urn:uuid:12345678-0000-4000-8000-000000000000>",
        "WARC_Date": DATE,
        "Content_Length": str(len(block)),
    }
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in (own | fields).items()]
    return f"WARC/1.1\r\n{''.join(lines)}\r\n".encode() + block + end


def split(
    path: Path, end: int | None = None, *, start: int = 0, **how: Any
) -> tuple[list[Record], list[Fault]]:
    """Return all records and all faults of the file, which together cover it without a gap.

    Those of one gzip member lie in one place. *how* is what `read_records` takes besides.
    """
    items = list(read_records(path, start=start, end=end, **how))
    size = path.stat().st_size
    places = list(dict.fromkeys((item.offset, item.length) for item in items))
    position = start
    for offset, length in places:
        assert offset == position
        assert length > 0
        position += length
    assert position == (size if end is None else min(end, size))
    return (
        [item for item in items if isinstance(item, Record)],
        [item for item in items if isinstance(item, Fault)],
    )


def lenient(path: Path, **how: Any) -> tuple[list[Record], list[Fault]]:
    """Return what `split` does, in lenient mode."""
    return split(path, strict=False, **how)
