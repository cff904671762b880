"""The head of a WARC record: version line and named fields (WARC/1.1, 4)."""

from __future__ import annotations

import re

Fields = list[tuple[str, str]]

END = b"\r\n\r\n"
"""Ends the head, and behind the block the record."""

LONGEST = 1 << 20
"""Bytes that a head may have; ours stay below ten thousand."""

_VERSION = re.compile(r"WARC/1\.[0-9]")
_FOLD = re.compile(rb"\r\n[ \t]+")
_FIELD = re.compile(
    r"\r\n([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[^\r\n]*[^\r\n \t])?)[ \t]*(?=\r|\Z)"
)
_LENGTH = re.compile(r"[0-9]{1,18}")
_MANDATORY = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_MANDATORY_LOWER = tuple(map(str.lower, _MANDATORY))


class NotARecordError(ValueError):
    """Bytes that are no whole WARC record; the message says why."""


def parse(head: bytes) -> tuple[Fields, int]:
    """The fields of *head* in their order, and the Content-Length.

    *head* comes without the empty line that ends it. Bytes that are no UTF-8 become U+FFFD;
    folded lines (WARC/1.0) are joined. Raises NotARecordError.
    """
    if not head.count(b"\r\n") == head.count(b"\n") == head.count(b"\r"):
        raise NotARecordError("a line of the head does not end in CRLF")
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)
    text = head.decode("utf-8", "replace")
    version, *lines = text.split("\r\n")
    if not _VERSION.fullmatch(version):
        raise NotARecordError(f"begins with {version[:40]!r}, expected 'WARC/1.1'")
    fields: Fields = _FIELD.findall(text)
    if len(fields) != len(lines):
        wrong = next(line for line in lines if not _FIELD.match(f"\r\n{line}"))
        raise NotARecordError(f"{wrong[:40]!r} in the head is no field")
    return fields, _content_length(fields)


def _content_length(fields: Fields) -> int:
    """The block's length, once every mandatory field is there, once and not empty."""
    names = [name.lower() for name, _ in fields]
    for name, lower in zip(_MANDATORY, _MANDATORY_LOWER, strict=True):
        count = names.count(lower)
        if count != 1 or not fields[names.index(lower)][1]:
            raise NotARecordError(f"has {'no' if count < 2 else 'more than one'} {name}")
    length = fields[names.index("content-length")][1]
    if not _LENGTH.fullmatch(length):
        raise NotARecordError(f"Content-Length is {length[:40]!r}, no number of bytes")
    return int(length)
