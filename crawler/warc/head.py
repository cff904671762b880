"""The head of a WARC record: version line and named fields (WARC/1.1, 4)."""

from __future__ import annotations

import re

Fields = list[tuple[str, str]]

HEAD_END = b"\r\n\r\n"
"""Ends the head, and behind the block the record."""

MAX_HEAD_SIZE = 1 << 20
"""Bytes that a head may have; ours stay below ten thousand."""

_VERSION = re.compile(r"WARC/1\.[0-9](?=\r|\Z)")
_FOLD = re.compile(rb"\r\n[ \t]+")
_FIELD = re.compile(
    r"\r\n([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[^\r\n]*[^\r\n \t])?)[ \t]*(?=\r|\Z)"
)
_ANY_VERSION = re.compile(r"WARC/[01]\.[0-9]{1,2}", re.IGNORECASE)
_ANY_FOLD = re.compile(rb"\r?\n[ \t]+")
_MAX_LINES = 1_000
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH = re.compile(r"[0-9]{1,18}")
_MANDATORY = tuple(
    (name, name.lower()) for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
)


class NotARecordError(ValueError):
    """Bytes that are no whole WARC record; the message says why."""


def parse_head(head: bytes, *, strict: bool = True) -> tuple[Fields, int]:
    """Return the fields of *head* in their order, and the Content-Length.

    *head* may end in the empty line. Bytes that are no UTF-8 become U+FFFD; folded lines
    (WARC/1.0) are joined. In lenient mode lines may end in LF, the version may be one before 1.0,
    lines that are no fields are left out, and of the mandatory fields only WARC-Type and
    Content-Length have to be there, with one value each. Raises NotARecordError.
    """
    if strict:
        return _parse_strictly(head)
    if head.count(b"\n") > _MAX_LINES:
        raise NotARecordError(f"no head: over {_MAX_LINES} lines")
    try:  # most heads are right, and this takes half the time
        return _parse_strictly(head)
    except NotARecordError:
        return _parse_leniently(head)


def _parse_strictly(head: bytes) -> tuple[Fields, int]:
    head = head.removesuffix(HEAD_END)
    if not head.count(b"\r\n") == head.count(b"\n") == head.count(b"\r"):
        raise NotARecordError("a line of the head does not end in CRLF")
    text = head.decode("utf-8", "replace")
    fields: Fields = _FIELD.findall(text)
    is_complete = len(fields) == text.count("\r\n")  # not so if lines are folded
    if not is_complete and (unfolded := _FOLD.sub(b" ", head)) != head:
        return _parse_strictly(unfolded)
    if not _VERSION.match(text):
        raise _wrong_version(text.partition("\r\n")[0])
    if not is_complete:
        lines = text.split("\r\n")[1:]
        wrong = next(line for line in lines if not _FIELD.match(f"\r\n{line}"))
        raise NotARecordError(f"{wrong[:40]!r} in the head is no field")
    return fields, _content_length(fields)


def _content_length(fields: Fields) -> int:
    """Return the block's length, once every mandatory field is there, once and not empty."""
    names = [name.lower() for name, _ in fields]
    for name, lower in _MANDATORY:
        count = names.count(lower)
        if count != 1 or not fields[names.index(lower)][1]:
            raise NotARecordError(f"has {'no' if count < 2 else 'more than one'} {name}")
    return parse_length(fields[names.index("content-length")][1])


def _parse_leniently(head: bytes) -> tuple[Fields, int]:
    text = _ANY_FOLD.sub(b" ", head).decode("utf-8", "replace")
    version, *lines = text.split("\n")
    if not _ANY_VERSION.fullmatch(version.strip()):
        raise _wrong_version(version)
    fields = [field for line in lines if (field := _parse_field(line))]
    _single_value(fields, "WARC-Type")
    return fields, parse_length(_single_value(fields, "Content-Length"))


def _wrong_version(version: str) -> NotARecordError:
    return NotARecordError(f"begins with {version[:40]!r}, expected 'WARC/1.1'")


def _parse_field(line: str) -> tuple[str, str] | None:
    name, colon, value = line.partition(":")
    name = name.strip()
    if not colon or not _NAME.fullmatch(name):
        return None
    return name, value.replace("\r", " ").strip(" \t")


def _single_value(fields: Fields, name: str) -> str:
    """Return the one value of the field *name*, which may be repeated. Raises NotARecordError."""
    values = {value for key, value in fields if key.lower() == name.lower() and value}
    if len(values) != 1:
        raise NotARecordError(f"has {'more than one' if values else 'no'} {name}")
    return values.pop()


def parse_length(text: str) -> int:
    """Return *text*, a Content-Length, as a number. Raises NotARecordError if it is none."""
    if not _LENGTH.fullmatch(text):
        raise NotARecordError(f"Content-Length is {text[:40]!r}, no number of bytes")
    return int(text)
