"""HTTP messages as they are archived: where the head ends, what the payload is (RFC 9112).

Ours are HTTP/1.x, as they crossed the wire. Other tools write the same form for later versions,
which have no such wire form (``HTTP/2 200``), or the pseudo-header of those (``:status: 200``).

Readers here are tolerant, since archives hold messages that were cut or malformed: what can be
read of them is returned, and nothing raises. Lines may end in LF alone, as Twisted and browsers
allow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.spool import Buffer

_STATUS_LINE = re.compile(
    rb"(?:HTTP/\d{1,2}(?:\.\d{1,2})?[ \t]+|:status[ \t]*:[ \t]*)(\d{3})(?!\d)", re.IGNORECASE
)
_INTERIM_LINE = re.compile(rb"HTTP/\d\.\d +1\d\d(?!\d)", re.IGNORECASE)
_HEAD_END = re.compile(rb"\n\r?\n")
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
# What a body in chunks begins with, even if it was cut in its first line.
_FIRST_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;[^\r\n]*)?(?:\r\n|\r?\Z)|\Z")
_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:[ \t]*([^\r\n]*)", re.I | re.M)


def is_response(block: Buffer) -> bool:
    """Return whether *block* begins with an HTTP status line, of any version."""
    return _STATUS_LINE.match(block) is not None


def status(block: Buffer) -> str | None:
    """Return the three digits of a response's status line."""
    found = _STATUS_LINE.match(block)
    return found[1].decode("ascii") if found else None


def head_length(message: Buffer) -> int:
    """Return the length of the head with its empty line; a cut head is all head."""
    end = _HEAD_END.search(message)
    return end.end() if end else len(message)


def has_whole_head(message: Buffer) -> bool:
    """Return whether the head of *message* has its end."""
    return _HEAD_END.search(message) is not None


def split_head(message: Buffer) -> tuple[bytes, bytes]:
    """Return *message* as (head with its empty line, body); a cut head is all head."""
    end = head_length(message)
    return message[:end], message[end:]


def split_interim(received: Buffer) -> tuple[list[bytes], Buffer]:
    """Return what came back for one request as (heads of 1xx responses, final response).

    Several interim responses may come before the final one (RFC 9110, 15.2).
    """
    interim: list[bytes] = []
    while _INTERIM_LINE.match(received):
        head, received = split_head(received)
        interim.append(head)
    return interim, received


def payload(message: Buffer) -> bytes:
    """Return the payload of *message*: transfer encoding removed, content encoding kept.

    This is what WARC-Payload-Digest covers (WARC/1.1, 5.9). Of a message that was cut it is the
    part that came; chunk extensions and trailers are no part of it. Many tools store a body without
    the chunks that its head announces: then the body is the payload as it is.
    """
    return b"".join(payload_pieces(message))


def payload_pieces(message: Buffer) -> Iterator[memoryview]:
    """Yield `payload` piece by piece, without a copy; the pieces keep *message* in use."""
    start = head_length(message)
    body = memoryview(message)[start:]
    if not body:
        return iter(())
    in_chunks = is_chunked(message) and _FIRST_CHUNK.match(body)
    return _dechunk(body) if in_chunks else iter((body,))


def is_chunked(message: Buffer) -> bool:
    """Return whether the body of *message* is in chunks (RFC 9112, 7.1)."""
    head = message[: head_length(message)]
    codings = b",".join(_TRANSFER_ENCODING.findall(head)).split(b",")
    return codings[-1].strip().lower() == b"chunked"


def _dechunk(body: memoryview) -> Iterator[memoryview]:
    position = 0
    while size := CHUNK_SIZE.match(body, position):
        end = size.end() + int(size[1], 16)
        yield body[size.end() : end]
        if bytes(body[end : end + 2]) != b"\r\n":
            return
        position = end + 2
