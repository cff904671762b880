"""HTTP messages whose framing (Content-Length, chunks) is made to fit their bodies.

Many tools store a body without its chunks, or of another length than its head says. A client
that receives such a message would wait for bytes that never come, or miss the end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.warc.message import CHUNK_SIZE, is_chunked, split_head, status

if TYPE_CHECKING:
    from crawler.warc.spool import Buffer

_LENGTH = re.compile(rb"^(content-length[ \t]*:[ \t]*)([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_BODILESS = frozenset({"204", "304"})


def join_message(head: bytes, payload: Buffer) -> bytes:
    """Return a message of *head* and *payload*, in one chunk where the head announces chunks.

    A Content-Length that says something else is corrected.
    """
    if is_chunked(head):
        chunk = b"%x\r\n" % len(payload) + payload + b"\r\n" if payload else b""
        return head + chunk + b"0\r\n\r\n"
    return _LENGTH.sub(rb"\g<1>%d" % len(payload), head) + payload


def correct_framing(message: Buffer) -> Buffer:
    """Return *message*, an answer to anything but HEAD, with its framing corrected if need be."""
    if status(message) in _BODILESS:
        return message
    head, body = split_head(message)
    if is_chunked(head):
        fits = _is_in_chunks(body)
    else:
        fits = all(found[1].strip() == b"%d" % len(body) for found in _LENGTH.findall(head))
    return message if fits else join_message(head, body)


def _is_in_chunks(body: Buffer) -> bool:
    """Return whether *body* is chunks alone, up to the last one, whose length is 0."""
    position = 0
    while size := CHUNK_SIZE.match(body, position):
        length = int(size[1], 16)
        if not length:
            return len(body) >= size.end() + 2 and body[-2:] == b"\r\n"
        position = size.end() + length + 2
        if body[position - 2 : position] != b"\r\n":
            return False
    return False
