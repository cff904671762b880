"""Records with what is out of the standard about them: read strictly as far as that goes.

Most files are as WARC/1.1 has it, and reading those strictly takes half the time. From the first
thing on that is not, a file is read leniently; a record of that part is as the standard has it if
the strict reader takes its own bytes for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.warc.arc import is_of_arc
from crawler.warc.head import HEAD_END
from crawler.warc.reader import Fault, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.container import Part
    from crawler.warc.reader import Record

_HEAD = 1 << 16  # bytes in which the head of a record is


@dataclass(slots=True, frozen=True, kw_only=True)
class Span:
    """The records of the file at ``path`` that begin in bytes [``start``, ``stop``).

    The archive goes on to ``end``. ``is_exact``: a record begins at ``start``; else the first one
    behind it is a guess (see `reader.read_records`). ``strict``: nothing but WARC/1.1 is read.
    """

    path: StoredFile
    start: int
    stop: int
    end: int
    is_exact: bool = True
    strict: bool = False


def cut(part: Part, size: int, *, strict: bool = False) -> Iterator[Span]:
    """Yield *part* in spans of *size* bytes, one if it is empty."""
    for start in range(part.start, max(part.end, part.start + 1), size):
        yield Span(
            path=part.path,
            start=start,
            stop=min(start + size, part.end),
            end=part.end,
            is_exact=start == part.start,
            strict=strict,
        )


def read_span(span: Span) -> Iterator[tuple[Record | Fault, str]]:
    """Yield everything of *span*, and what is out of the standard about each record.

    Raises OSError.
    """
    if span.start >= span.stop:
        return
    start = span.start if span.is_exact else _first(span)
    if start is None:
        return
    items = _read_strictly(span, start) if span.strict else _read_both_ways(span, start)
    for item, deviation in items:
        if item.offset >= span.stop:
            return
        yield item, deviation


def _first(span: Span) -> int | None:
    """Return where the first record begins; the search goes no further than the span."""
    end = min(span.stop + _HEAD, span.end)
    found = read_records(span.path, start=span.start, end=end, strict=span.strict, resync=True)
    return next((item.offset for item in found), None)


def _read_strictly(span: Span, start: int) -> Iterator[tuple[Record | Fault, str]]:
    for item in read_records(span.path, start=start, end=span.end):
        yield item, ""


def _read_both_ways(span: Span, start: int) -> Iterator[tuple[Record | Fault, str]]:
    begin, before = start, None
    # Behind what is no record all bytes are searched for the next one: no further than the span.
    for item in read_records(span.path, start=start, end=span.stop):
        if isinstance(item, Fault):
            break  # which may be blanks that belong to the record before
        if before:
            yield before, ""
        begin, before = item.offset, item
    else:
        if before and (_end(before) < span.stop or span.stop == span.end):
            yield before, ""
            return
    yield from _read_leniently(span, begin)


def _read_leniently(span: Span, start: int) -> Iterator[tuple[Record | Fault, str]]:
    last = -1, ""
    for item in read_records(span.path, start=start, end=span.end, strict=False):
        if item.offset != last[0]:  # the records of one gzip member have one place
            last = item.offset, _deviation(span, item)
        yield item, "" if isinstance(item, Fault) else last[1]


def _end(item: Record | Fault) -> int:
    return item.offset + item.length


def _deviation(span: Span, item: Record | Fault) -> str:
    """Return why the bytes of *item* are no record of WARC/1.1, empty if they are one."""
    if isinstance(item, Fault):
        return ""
    if is_of_arc(item.headers):
        return "a record of an ARC, the format before WARC"
    if (stated := item.header("Content-Length")) != str(len(item.block)):
        return f"Content-Length is {stated}, its block has {len(item.block)} bytes"
    end = _end(item)
    behind = min(end + len(HEAD_END), span.end)
    first = next(read_records(span.path, start=item.offset, end=behind))
    if isinstance(first, Fault):
        # "cut short" is what lacks its end and is the last.
        has_no_end = first.reason.startswith(("cut short", "no CRLF CRLF"))
        return "no CRLF CRLF behind its block" if has_no_end else first.reason
    if _end(first) < end:
        return "more behind it than CRLF CRLF"
    return ""
