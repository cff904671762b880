"""Records as real tools write them, in gzip members or not, WARC or ARC; see `reader.walk`.

A record is taken for what it says if its block is followed by another one, or by nothing. Where
that is not so its Content-Length lies, or bytes were lost: then the search for the next one begins
right behind its first byte, so that no record is swallowed by the one before.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from crawler.warc import arc
from crawler.warc.head import END, LONGEST, NotARecordError, understood
from crawler.warc.member import GZIP, Inflated
from crawler.warc.source import WINDOW
from crawler.warc.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.head import Fields
    from crawler.warc.source import File, Patterns, Source
    from crawler.warc.spool import Buffer

Found = tuple["Fields", "Buffer"] | NotARecordError
"""Fields and block of a record, or why there is none."""

_WARC = re.compile(rb"WARC/[01]\.", re.IGNORECASE)
# One after the other: `re` is fast where a pattern begins with bytes that it knows.
_IN_TEXT = (re.compile(rb"WARC/[01]\."), re.compile(rb"\n(?:https?:|ftp:|dns:|filedesc:)"))
_IN_MEMBERS = (re.compile(re.escape(GZIP)),)
_ANYWHERE = _IN_MEMBERS + _IN_TEXT
_PLAIN = re.compile(rb"WARC/[01]\.|https?:|ftp:|dns:|filedesc:", re.IGNORECASE)
# A frame, and the dictionary that comes first in a .warc.zst (IIPC's draft, WARC-Zstandard).
_ZSTANDARD = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
_HEAD_END = re.compile(rb"\n\r{0,2}\n")
_LINE_END = re.compile(rb"\n")
_BLANK = b"\r\n\0"
_EMPTY_MEMBER = 1 << 9  # bytes that one may have, its file name included
_EMPTY = bytes(8)  # its CRC and length
_GZIP_WBITS = 31


class Budget:
    """Bytes that may be read in search of records, so that damage in damage comes to an end."""

    def __init__(self, left: int) -> None:
        self.left = left


class Records:
    """Records one behind the other in *source*, with blocks of up to *largest* bytes."""

    def __init__(self, source: Source, largest: int, budget: Budget, begins: Patterns) -> None:
        self._source = source
        self._largest = largest
        self._budget = budget
        self._patterns = begins

    def at(self, offset: int) -> tuple[Found, int]:
        """What is at *offset*, and where what comes next begins. Raises OSError."""
        self._source.forget(offset)
        try:
            fields, length, begin = self._head(offset)
            closing = END if self._is_warc(offset) else arc.END
            behind = self._behind(begin, length, closing)
        except NotARecordError as error:
            return error, self.next(offset + 1)
        if length > self._largest:
            reason = f"larger than {self._largest} bytes: Content-Length is {length}"
            return NotARecordError(reason), behind
        spool = Spool()
        for piece in self._source.pieces(begin, begin + length):
            spool.write(piece)
        return (fields, spool.view()), behind

    def next(self, offset: int) -> int:
        """Where the next record at or behind *offset* begins, or the end."""
        while self._budget.left > 0:
            found = self._source.find(self._patterns, offset)
            if found is None:
                break
            self._budget.left -= found - offset
            if self.is_record(found):
                return found
            offset = found + 1
        return self._source.ending()

    def is_record(self, offset: int) -> bool:
        """Whether the head of a record is at *offset*."""
        try:
            self._head(offset)
        except NotARecordError:
            return False
        return True

    def _head(self, offset: int) -> tuple[Fields, int, int]:
        """The fields, the block's length and where it begins. Raises NotARecordError."""
        if self._source.piece(offset, 4, least=4) in _ZSTANDARD:
            raise NotARecordError("compressed with Zstandard: unpack it with zstd -d")
        is_warc = self._is_warc(offset)
        end, longest = (_HEAD_END, LONGEST) if is_warc else (_LINE_END, arc.LONGEST)
        head = self._up_to(end, offset, longest)
        try:
            fields, length = understood(head) if is_warc else arc.parse(head)
        except NotARecordError:
            self._budget.left -= len(head)
            raise
        return fields, length, offset + len(head)

    def _up_to(self, end: re.Pattern[bytes], offset: int, longest: int) -> bytes:
        size = 1 << 12
        while True:
            content = bytes(self._source.piece(offset, size, least=size))
            if found := end.search(content):
                return content[: found.end()]
            if size >= longest or len(content) < size:
                self._budget.left -= len(content)
                raise NotARecordError(f"no head: {content[:40]!r}")
            size *= 4

    def _behind(self, begin: int, length: int, closing: bytes) -> int:
        """Where what follows the block begins, blank bytes left out. Raises NotARecordError."""
        end = begin + length
        self._source.piece(begin, 1, least=min(length + 64, WINDOW))  # in one window if it fits
        if length and not self._source.piece(end - 1, 1):
            raise NotARecordError(f"cut short: Content-Length is {length}")
        is_closed = self._source.piece(end, len(closing), least=len(closing)) == closing
        behind = self.skip_blank(end)
        if self._begins(behind):
            return behind
        if is_closed and self.next(begin + 1) >= end:
            return behind
        raise NotARecordError(f"no record behind the {length} bytes of Content-Length")

    def _begins(self, offset: int) -> bool:
        """Whether it is the end, or what a record begins with, whole or not."""
        return self._is_warc(offset) or not self._source.piece(offset, 1) or self._is_arc(offset)

    def _is_warc(self, offset: int) -> bool:
        return _WARC.match(self._source.piece(offset, 8, least=8)) is not None

    def _is_arc(self, offset: int) -> bool:
        line = self._source.piece(offset, arc.LONGEST, least=arc.LONGEST)
        return arc.is_line(bytes(line).partition(b"\n")[0])

    def skip_blank(self, offset: int) -> int:
        """Where the first byte behind *offset* is that is neither CR, LF nor zero."""
        most = 8
        while piece := bytes(self._source.piece(offset, most)):
            rest = len(piece.lstrip(_BLANK))
            offset += len(piece) - rest
            if rest:
                break
            most = WINDOW
            self._source.forget(offset)
        return offset


class FileRecords(Records):
    """All records of *file*; those of a gzip member have its place and length."""

    def __init__(self, file: File, largest: int, begins: Patterns) -> None:
        super().__init__(file, largest, Budget(16 * file.end + 64 * WINDOW), begins)
        self._file = file

    def first(self, offset: int) -> int:
        """Where the first record at or behind *offset* begins, or the end."""
        # A line of an ARC begins with an address, in which others may begin.
        is_begin = offset == 0 or self._is_gzip(offset) or self._is_warc(offset)
        return offset if is_begin and self.is_record(offset) else self.next(max(1, offset))

    def walk(self, offset: int) -> Iterator[tuple[int, int, Found]]:
        """Everything from *offset* on: where it begins and ends, and what it is."""
        while offset < self._file.end:
            if self._is_gzip(offset):
                for end, found in self._member(offset):
                    yield offset, end, found
            else:
                found, end = self.at(offset)
                yield offset, end, found
            offset = end

    def is_record(self, offset: int) -> bool:
        """Whether a record, or a gzip member with one, begins at *offset*."""
        if not self._is_gzip(offset):
            return super().is_record(offset)
        with self._inflated(offset) as content:
            records = self._in(content)
            is_record = records.is_record(records.skip_blank(0))
            self._budget.left -= content.position - offset
        return is_record

    def _begins(self, offset: int) -> bool:
        return super()._begins(offset) or (self._is_gzip(offset) and self.is_record(offset))

    def _is_gzip(self, offset: int) -> bool:
        return self._file.piece(offset, len(GZIP), least=len(GZIP)) == GZIP

    def _inflated(self, offset: int) -> Inflated:
        return Inflated(self._file, offset, self._largest + WINDOW)

    def _in(self, content: Inflated) -> Records:
        return Records(content, self._largest, self._budget, _IN_TEXT)

    def _member(self, offset: int) -> Iterator[tuple[int, Found]]:
        """Where the gzip member at *offset* ends, with each thing in it."""
        with self._inflated(offset) as content:
            records = self._in(content)
            found, behind = records.at(records.skip_blank(0))
            if not content.piece(behind, 1):
                yield self._end(offset, content), content.damage or found
                return
            with self._inflated(offset) as whole:
                whole.ending()
                end = self._end(offset, whole)
            yield end, found
            while content.piece(behind, 1):
                found, behind = records.at(behind)
                yield end, found
            if content.damage:
                yield end, content.damage

    def _end(self, offset: int, content: Inflated) -> int:
        """Where the member ends that *content* was read from to its end, and padding behind it."""
        if content.damage:
            self._budget.left -= content.position - offset
            return self.next(offset + 1)
        end = self.skip_blank(content.position)
        while self._is_gzip(end) and (length := self._empty_member(end)):
            end = self.skip_blank(end + length)
        return end

    def _empty_member(self, offset: int) -> int:
        """The length of the gzip member at *offset* if it has no content, else 0."""
        begin = bytes(self._file.piece(offset, _EMPTY_MEMBER, least=_EMPTY_MEMBER))
        if _EMPTY not in begin:
            return 0
        inflate = zlib.decompressobj(_GZIP_WBITS)
        try:
            content = inflate.decompress(begin, 1)
        except zlib.error:
            return 0
        return len(begin) - len(inflate.unused_data) if inflate.eof and not content else 0


def records_of(file: File, start: int, name: str, largest: int) -> FileRecords:
    """The records of *file*, told by the bytes at *start*, else the first, else its *name*."""
    for offset in (start, 0):
        first = bytes(file.piece(offset, 8, least=8))
        if first.startswith(GZIP):
            return FileRecords(file, largest, _IN_MEMBERS)
        if _PLAIN.match(first):
            return FileRecords(file, largest, _IN_TEXT)
    if name.lower().endswith(".gz"):
        return FileRecords(file, largest, _IN_MEMBERS)
    is_plain = name.lower().endswith((".warc", ".arc"))
    return FileRecords(file, largest, _IN_TEXT if is_plain else _ANYWHERE)
