"""A strict reader of WARC files, from the specifications alone: none of the crawler's code.

Sources: RFC 1952 (gzip), WARC/1.1 (ISO 28500:2017) 4, 5.8, 5.9 and annex D, RFC 9112, 7.1 (chunks).
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

_PIECE = 1 << 16
_CHUNKED = re.compile(rb"^transfer-encoding:.*chunked[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_WITH_ENTITY = {"response", "resource", "request", "conversion"}


class BrokenRecordError(Exception):
    """Something at ``offset`` is no whole, valid record."""

    def __init__(self, offset: int, why: str) -> None:
        super().__init__(f"byte {offset}: {why}")
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record: field names in lower case, the block, and the place of its gzip member."""

    fields: tuple[tuple[str, str], ...]
    block: bytes
    offset: int
    length: int

    def get(self, name: str) -> str:
        """Return the first value of the field, empty if there is none."""
        return next((value for field, value in self.fields if field == name), "")

    @property
    def type(self) -> str:
        return self.get("warc-type")

    @property
    def id(self) -> str:
        return self.get("warc-record-id")

    @property
    def entity(self) -> bytes:
        """The payload: of an HTTP message the body without its transfer encoding."""
        if not self.get("content-type").startswith("application/http"):
            return self.block
        head, _, body = self.block.partition(b"\r\n\r\n")
        return _dechunked(body) if _CHUNKED.search(head) else body


def records(data: bytes) -> Iterator[Record]:
    """Yield every record of the file *data*. Raises BrokenRecordError at the first that is none."""
    offset = 0
    while offset < len(data):
        record = record_at(data, offset)
        yield record
        offset += record.length


def record_at(data: bytes, offset: int) -> Record:
    """Return the record whose gzip member begins at *offset*. Raises BrokenRecordError."""
    try:
        raw, length = _member(data, offset)
        return _parsed(raw, offset, length)
    except (ValueError, zlib.error) as error:
        raise BrokenRecordError(offset, str(error)) from error


def whole(data: bytes) -> int:
    """Return how many bytes of *data* are whole records."""
    end = 0
    with suppress(BrokenRecordError):
        for record in records(data):
            end = record.offset + record.length
    return end


def faults(record: Record) -> Iterator[str]:
    """Yield what is wrong with the digests of *record*, and with what it must have."""
    for name in ("warc-record-id", "warc-date", "warc-type", "warc-block-digest"):
        if not record.get(name):
            yield f"no {name}"
    if not _agrees(record.get("warc-block-digest"), record.block):
        yield "the block is not what its digest says"
    if record.type in _WITH_ENTITY and not _agrees(
        record.get("warc-payload-digest"), record.entity
    ):
        yield "the payload is not what its digest says"


def _member(data: bytes, offset: int) -> tuple[bytes, int]:
    inflate = zlib.decompressobj(31)  # a gzip member; zlib checks its CRC and length
    parts, position = [], offset
    while not inflate.eof:
        piece = data[position : position + _PIECE]
        if not piece:
            raise ValueError(f"the gzip member is cut after {position - offset} bytes")
        parts.append(inflate.decompress(piece))
        position += len(piece)
    return b"".join(parts), position - len(inflate.unused_data) - offset


def _parsed(raw: bytes, offset: int, length: int) -> Record:
    head, found, rest = raw.partition(b"\r\n\r\n")
    version, *lines = head.decode("utf-8").split("\r\n")
    if not found or version != "WARC/1.1":
        raise ValueError(f"the member begins with {raw[:20]!r}")
    pairs = [line.partition(": ") for line in lines]
    fields = tuple((name.lower(), value) for name, _, value in pairs)
    size = int(dict(fields).get("content-length", "-1"))
    if len(rest) != size + 4 or rest[size:] != b"\r\n\r\n":
        raise ValueError(f"Content-Length {size}, but {len(rest) - 4} bytes of block")
    return Record(fields=fields, block=rest[:size], offset=offset, length=length)


def _agrees(digest: str, data: bytes) -> bool:
    name, _, value = digest.partition(":")
    if not value or name not in {"sha1", "sha256"}:
        return not digest
    computed = hashlib.new(name, data, usedforsecurity=False)
    base32 = base64.b32encode(computed.digest()).decode().rstrip("=")
    return value.rstrip("=") in (base32, computed.hexdigest())


def _dechunked(body: bytes) -> bytes:
    parts, position = [], 0
    while (end := body.find(b"\r\n", position)) >= 0:
        size = int(body[position:end].split(b";")[0] or b"0", 16)
        parts.append(body[end + 2 : end + 2 + size])
        position = end + 2 + size + 2
        if not size:
            break
    return b"".join(parts)
