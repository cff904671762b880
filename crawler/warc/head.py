"""The head of a WARC record: version line and named fields (WARC/1.1, 4)."""

from __future__ import annotations

import re
from contextlib import suppress

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
_ANY_VERSION = re.compile(r"WARC/[01]\.[0-9]{1,2}", re.IGNORECASE)
_ANY_FOLD = re.compile(rb"\r?\n[ \t]+")
_MOST_LINES = 1_000
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
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
    return length_of(fields[names.index("content-length")][1])


def understood(head: bytes) -> tuple[Fields, int]:
    """The fields of *head* as any tool may have written it, and the Content-Length.

    Takes lines that end in LF, the versions before 1.0, and leaves out what is no field. WARC-Type
    and Content-Length have to be there, and to say one thing. Raises NotARecordError.
    """
    if head.count(b"\n") > _MOST_LINES:
        raise NotARecordError(f"no head: over {_MOST_LINES} lines")
    with suppress(NotARecordError):  # what is right needs no leniency, and takes half the time
        return parse(head.removesuffix(END))
    text = _ANY_FOLD.sub(b" ", head).decode("utf-8", "replace")
    version, *lines = text.split("\n")
    if not _ANY_VERSION.fullmatch(version.strip()):
        raise NotARecordError(f"begins with {version[:40]!r}, expected 'WARC/1.1'")
    fields = [field for line in lines if (field := _field(line))]
    only(fields, "WARC-Type")
    return fields, length_of(only(fields, "Content-Length"))


def only(fields: Fields, name: str) -> str:
    """The one value of the field *name*. Raises NotARecordError if there is none, or another."""
    values = {value for key, value in fields if key.lower() == name.lower() and value}
    if len(values) != 1:
        raise NotARecordError(f"has {'more than one' if values else 'no'} {name}")
    return values.pop()


def length_of(text: str) -> int:
    """The number of bytes that *text* says. Raises NotARecordError if it says none."""
    if not _LENGTH.fullmatch(text):
        raise NotARecordError(f"Content-Length is {text[:40]!r}, no number of bytes")
    return int(text)


def _field(line: str) -> tuple[str, str] | None:
    name, colon, value = line.partition(":")
    name = name.strip()
    if not colon or not _NAME.fullmatch(name):
        return None
    return name, value.replace("\r", " ").strip(" \t")
