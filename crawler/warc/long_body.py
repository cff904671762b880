"""Archived answers that are longer than their client takes: they are never in memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.warc.client_form import for_client
from crawler.warc.message import has_whole_head, head_length, payload_pieces

if TYPE_CHECKING:
    from crawler.warc.spool import Buffer

_LONGEST_HEAD = 1 << 18
_FRAMING = re.compile(rb"^(?:content-length|transfer-encoding)[ \t]*:[^\n]*\n", re.I | re.M)


def payload_length(message: Buffer, most: int) -> int:
    """Return the length of the payload of *message*, or any length over *most* if it is longer."""
    length = 0
    for piece in payload_pieces(message):
        length += len(piece)
        if length > most:
            break
    return length


def long_answer(message: Buffer, most: int) -> Buffer | None:
    """Return what a client reads of *message* that takes *most* bytes of a body; 0 is any number.

    None means that the body is no longer than that. Else it is the head, made as `for_client` does,
    with a Content-Length at which the client gives up. What is no HTTP is returned as it is: its
    first line is all that anybody reads of it.
    """
    if not most or len(message) <= most:
        return None
    begin = bytes(message[:_LONGEST_HEAD])
    if not has_whole_head(begin):
        return message
    length = payload_length(message, most)
    return long_head(begin[: head_length(begin)], length) if length > most else None


def long_head(head: bytes, length: int) -> bytes:
    """Return *head* for a body of *length* bytes that nobody will read."""
    plain = bytes(for_client(head, has_body=False))
    lines = _FRAMING.sub(b"", plain).rstrip(b"\r\n")
    return lines + b"\r\nContent-Length: %d\r\n\r\n" % length
