"""The parser of WARC and ARC records, in a file or in a gzip member, strict or lenient.

Both modes share heads, gzip members, limits and the search for the next record. They differ in
what may stand behind a block. Strictly that is CRLF CRLF and, in a gzip member, nothing more: a
member is read once, forward, and its block is checked when it is copied. Leniently a record is
believed if its block is followed by another record or by the end, so that has to be looked at
before the block is copied. Where it is not so, the Content-Length is wrong or bytes were lost: a
length that counts something else than bytes is put right where the record confirms it
(`wrong_lengths`), else the search for the next record begins right behind the first byte of this
one, so that no record is lost inside the one before.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from crawler.warc import arc
from crawler.warc.byte_source import WINDOW
from crawler.warc.gzip_member import GZIP, GZIP_WBITS, InflatedMember, inflate_small
from crawler.warc.head import HEAD_END, MAX_HEAD_SIZE, NotARecordError, parse_head
from crawler.warc.spool import Spool
from crawler.warc.wrong_lengths import MOST_READ, find_block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.byte_source import ByteSource, FileBytes, Patterns
    from crawler.warc.head import Fields
    from crawler.warc.spool import Buffer

Parsed = tuple["Fields", "Buffer"] | NotARecordError
"""Fields and block of a record, or why there is none."""

SHARED_MEMBER = "the member holds more than one record"

_WARC = re.compile(rb"WARC/[01]\.", re.IGNORECASE)
_STRICT_WARC = b"WARC/1."
# One after the other: `re` is fast where a pattern begins with literal bytes.
_IN_TEXT = (re.compile(rb"WARC/[01]\."), re.compile(rb"\n(?:https?:|ftp:|dns:|filedesc:)"))
_IN_MEMBERS = (re.compile(re.escape(GZIP)),)
_STRICTLY_IN_TEXT = (re.compile(rb"(?<=\n)" + re.escape(_STRICT_WARC)),)
_FIRST_BYTES = re.compile(rb"WARC/[01]\.|https?:|ftp:|dns:|filedesc:", re.IGNORECASE)
# A frame, and the dictionary that comes first in a .warc.zst (IIPC's draft, WARC-Zstandard).
_ZSTANDARD = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
_ZIP = b"PK\x03\x04"  # a WACZ, in which there may be both
_STRICT_HEAD_END = re.compile(re.escape(HEAD_END))
_HEAD_END = re.compile(rb"\n\r{0,2}\n")
_LINE_END = re.compile(rb"\n")
_FIRST_LOOK = 1 << 12  # bytes that are searched for the next record at first
_BLANK = b"\r\n\0"
_MAX_EMPTY_MEMBER = 1 << 9  # bytes that a member without content may have, its file name included
_EMPTY_TRAILER = bytes(8)  # its CRC and length


@dataclass(slots=True)
class Limits:
    """What holds for all parsers of one file.

    A block over ``largest`` bytes is refused in lenient mode. ``search_budget`` is how many bytes
    may still be read in search of records, so that damage inside damage comes to an end.
    """

    strict: bool
    largest: int
    search_budget: int


class RecordParser:
    """Reads the records of *content*, one after another; *patterns* match where one may begin."""

    def __init__(self, content: ByteSource, limits: Limits, patterns: Patterns) -> None:
        self._content = content
        self._limits = limits
        self._patterns = patterns

    def parse(self, offset: int) -> tuple[Parsed, int]:
        """Return what is at *offset*, and where what comes next begins. Raises OSError."""
        self._content.release(offset)
        try:
            return self.parse_record(offset)
        except NotARecordError as error:
            return error, self.next_record(offset + 1)

    def parse_record(self, offset: int) -> tuple[Parsed, int]:
        """Return what `parse` does. Raises NotARecordError if the end of a record is unknown."""
        fields, length, begin = self._parse_head(offset)
        if self._limits.strict:
            block, end = self._strict_block(begin, length)
            return (fields, block), end
        closing = HEAD_END if self._is_warc(offset) else arc.RECORD_END
        try:
            end = self._lenient_end(begin, length, closing)
        except NotARecordError:
            if found := self._block_of_other_length(begin, length, fields):
                return (fields, found[0]), found[1]
            raise
        if length > self._limits.largest:
            reason = f"larger than {self._limits.largest} bytes: Content-Length is {length}"
            return NotARecordError(reason), end
        if closing == HEAD_END:
            length -= self._surplus(begin, begin + length, end)
        return (fields, self._copy(begin, length)), end

    def next_record(self, offset: int) -> int:
        """Return where the next record at or behind *offset* begins, or the end of all."""
        while self._limits.search_budget > 0:
            found = self._content.search(self._patterns, offset)
            if found is None:
                break
            self._limits.search_budget -= found - offset
            if self.is_record(found):
                return found
            offset = found + 1
        return self._content.find_end()

    def is_record(self, offset: int) -> bool:
        """Return whether a head is at *offset*; in strict mode its first bytes are enough."""
        if self._limits.strict:
            begin = self._content.read(offset, len(_STRICT_WARC), least=len(_STRICT_WARC))
            return begin == _STRICT_WARC
        try:
            self._parse_head(offset)
        except NotARecordError:
            return False
        return True

    def skip_blank(self, offset: int) -> int:
        """Return where the first byte behind *offset* is that is neither CR, LF nor zero."""
        most = 8
        while piece := bytes(self._content.read(offset, most)):
            rest = len(piece.lstrip(_BLANK))
            offset += len(piece) - rest
            if rest:
                break
            most = WINDOW
            self._content.release(offset)
        return offset

    def _parse_head(self, offset: int) -> tuple[Fields, int, int]:
        """Return the fields, the block's length and its begin. Raises NotARecordError."""
        if self._limits.strict:
            head = self._read_head(_STRICT_HEAD_END, offset, MAX_HEAD_SIZE)
            return *parse_head(head), offset + len(head)
        if self._content.read(offset, 4, least=4) in _ZSTANDARD:
            raise NotARecordError("compressed with Zstandard: unpack it with zstd -d")
        is_warc = self._is_warc(offset)
        end, most = (_HEAD_END, MAX_HEAD_SIZE) if is_warc else (_LINE_END, arc.MAX_LINE_SIZE)
        head = self._read_head(end, offset, most)
        try:
            fields, length = parse_head(head, strict=False) if is_warc else arc.parse_line(head)
        except NotARecordError:
            self._limits.search_budget -= len(head)
            raise
        return fields, length, offset + len(head)

    def _read_head(self, end: re.Pattern[bytes], offset: int, most: int) -> bytes:
        size = 1 << 12
        while True:
            content = self._content.read(offset, size, least=size)
            if found := end.search(content):
                return bytes(content[: found.end()])
            if size >= most or len(content) < size:
                self._limits.search_budget -= len(content)
                without = "…, without CRLF CRLF" if self._limits.strict else ""
                raise NotARecordError(f"no head: {bytes(content[:40])!r}{without}")
            size *= 4

    def _strict_block(self, begin: int, length: int) -> tuple[Buffer, int]:
        """Return the block and where its record ends. Raises NotARecordError."""
        block = self._copy(begin, length)
        if len(block) < length:
            raise NotARecordError(
                f"Content-Length is {length}, the member has {len(block)} bytes behind the head"
            )
        return block, self._strict_end(begin, length)

    def _strict_end(self, begin: int, length: int) -> int:
        end = begin + length
        if self._content.read(end, len(HEAD_END), least=len(HEAD_END)) != HEAD_END:
            raise NotARecordError(f"no CRLF CRLF behind the {length} bytes of Content-Length")
        return end + len(HEAD_END)

    def _lenient_end(self, begin: int, length: int, closing: bytes) -> int:
        """Return where what follows the block begins, behind blanks. Raises NotARecordError."""
        end = begin + length
        self._content.read(begin, 1, least=min(length + 64, WINDOW))  # in one window if it fits
        if length and not self._content.read(end - 1, 1):
            raise NotARecordError(f"cut short: Content-Length is {length}")
        is_closed = self._content.read(end, len(closing), least=len(closing)) == closing
        behind = self.skip_blank(end)
        if self._is_boundary(behind) or (is_closed and self.next_record(begin + 1) >= end):
            return behind
        raise NotARecordError(f"no record behind the {length} bytes of Content-Length")

    def _surplus(self, begin: int, end: int, behind: int) -> int:
        """Return how many bytes of CRLF CRLF the block up to *end* has: 1 or 3, 0 if none.

        A line's end that is cut in two shows it; what comes next is at *behind*.
        """
        for surplus in (1, 3):
            if begin + surplus > end:
                break
            closing = self._content.read(end - surplus, len(HEAD_END), least=len(HEAD_END))
            if closing == HEAD_END and behind == end + len(HEAD_END) - surplus:
                return surplus
        return 0

    def _block_of_other_length(
        self, begin: int, length: int, fields: Fields
    ) -> tuple[Buffer, int] | None:
        """Return a block whose length is not *length*, and where what comes next begins.

        None if there is none that is confirmed.
        """
        most, size = min(4 * length + WINDOW, MOST_READ, self._limits.largest), _FIRST_LOOK
        while self._limits.search_budget > 0:
            content = bytes(self._copy(begin, min(size, most)))
            self._limits.search_budget -= len(content)
            end = self._size_before_record(content, begin)
            if end is not None or len(content) < size:
                break
            size *= 4
        else:
            return None
        if end is None and len(content) == most:
            return None
        block = find_block(content[:end], length, fields, is_last=end is None)
        return None if block is None else (block, begin + len(content[:end]))

    def _size_before_record(self, content: bytes, begin: int) -> int | None:
        """Return how much of *content*, which begins at *begin*, is before the next record."""
        found = chain.from_iterable(pattern.finditer(content) for pattern in self._patterns)
        for place in sorted(match.start() + match[0].startswith(b"\n") for match in found):
            if self._limits.search_budget <= 0:
                break
            if place and self.is_record(begin + place):
                return place
        return None

    def _copy(self, begin: int, length: int) -> Buffer:
        """Return the bytes of a block, or as many as there are."""
        spool = Spool()
        while missing := length - spool.size:
            piece = self._content.read(begin + spool.size, missing)
            if not piece:
                break
            spool.write(piece)
        return spool.view()

    def _is_boundary(self, offset: int) -> bool:
        """Return whether the end is at *offset*, or the first bytes of a record, whole or not."""
        return self._is_warc(offset) or not self._content.read(offset, 1) or self._is_arc(offset)

    def _is_warc(self, offset: int) -> bool:
        return _WARC.match(self._content.read(offset, 8, least=8)) is not None

    def _is_arc(self, offset: int) -> bool:
        line = self._content.read(offset, arc.MAX_LINE_SIZE, least=arc.MAX_LINE_SIZE)
        return arc.is_line(bytes(line).partition(b"\n")[0])


class FileParser(RecordParser):
    """Reads all records of *file*, in gzip members or not.

    In strict mode the file has one layout, a gzip member for each record (WARC/1.1, annex D) or no
    members at all: *in_members* says which. In lenient mode the bytes at each place decide, and
    the records of one member have its place and length.
    """

    def __init__(
        self, file: FileBytes, limits: Limits, patterns: Patterns, *, in_members: bool
    ) -> None:
        super().__init__(file, limits, patterns)
        self._file = file
        self._in_members = in_members

    def first(self, offset: int) -> int:
        """Return where the first record at or behind *offset* begins, or the end."""
        # A line of an ARC begins with a URL, in which others may begin.
        is_begin = offset == 0 or self._is_member(offset) or self._is_warc(offset)
        is_first = is_begin and self.is_record(offset)
        return offset if is_first else self.next_record(max(1, offset))

    def parse_all(self, offset: int) -> Iterator[tuple[int, int, Parsed]]:
        """Yield everything from *offset* on: where it begins and ends, and what it is."""
        while offset < self._file.end:
            if not self._is_member(offset):
                parsed, end = self.parse(offset)
                yield offset, end, parsed
            elif self._limits.strict:
                end, parsed = self._parse_strict_member(offset)
                yield offset, end, parsed
            else:
                for end, parsed in self._parse_member(offset):
                    yield offset, end, parsed
            offset = end

    def is_record(self, offset: int) -> bool:
        """Return whether a record, or a gzip member that begins with one, begins at *offset*."""
        if not self._is_member(offset):
            return super().is_record(offset)
        with self._inflate(offset) as content:
            inside = self._content_parser(content)
            is_record = inside.is_record(0 if self._limits.strict else inside.skip_blank(0))
            self._limits.search_budget -= content.position - offset
        return is_record

    def _strict_block(self, begin: int, length: int) -> tuple[Buffer, int]:
        if begin + length + len(HEAD_END) > self._file.end:
            reason = f"cut short at byte {self._file.end}: Content-Length is {length}"
            raise NotARecordError(reason)
        end = self._strict_end(begin, length)  # before a wrong length has half the file copied
        return self._copy(begin, length), end

    def _is_boundary(self, offset: int) -> bool:
        return super()._is_boundary(offset) or (self._is_member(offset) and self.is_record(offset))

    def _is_member(self, offset: int) -> bool:
        if self._limits.strict:
            return self._in_members
        return self._file.read(offset, len(GZIP), least=len(GZIP)) == GZIP

    def _inflate(self, offset: int) -> InflatedMember:
        keep = None if self._limits.strict else self._limits.largest + WINDOW
        return InflatedMember(self._file, offset, keep)

    def _content_parser(self, content: InflatedMember) -> RecordParser:
        return RecordParser(content, self._limits, _IN_TEXT)

    def _parse_strict_member(self, offset: int) -> tuple[int, Parsed]:
        """Return where the gzip member at *offset* ends, and the only record in it."""
        if small := self._parse_small_member(offset):
            return small
        parsed: Parsed
        with self._inflate(offset) as content:
            try:
                parsed, end = self._content_parser(content).parse_record(0)
            except NotARecordError as error:
                parsed, end = error, content.find_end()
            if content.find_end() > end:
                parsed = NotARecordError(SHARED_MEMBER)
            if content.damage:  # which is the better reason
                return self._member_end(offset, content), content.damage
            return content.position, parsed

    def _parse_small_member(self, offset: int) -> tuple[int, Parsed] | None:
        """Return what `_parse_strict_member` does, of a sound record that is in memory at once.

        Most are so, and this takes two thirds of the time. Return None of all others.
        """
        found = inflate_small(self._file, offset)
        if found is None:
            return None
        content, end = found
        head = _STRICT_HEAD_END.search(content, 0, MAX_HEAD_SIZE)
        if not head or not content.endswith(HEAD_END):
            return None
        try:
            fields, length = parse_head(content[: head.end()])
        except NotARecordError:
            return None
        block = content[head.end() : -len(HEAD_END)]
        return (end, (fields, block)) if len(block) == length else None

    def _parse_member(self, offset: int) -> Iterator[tuple[int, Parsed]]:
        """Yield where the gzip member at *offset* ends, with each thing in it."""
        with self._inflate(offset) as content:
            inside = self._content_parser(content)
            parsed, behind = inside.parse(inside.skip_blank(0))
            if not content.read(behind, 1):
                yield self._member_end(offset, content), content.damage or parsed
                return
            with self._inflate(offset) as whole:
                whole.find_end()
                end = self._member_end(offset, whole)
            yield end, parsed
            while content.read(behind, 1):
                parsed, behind = inside.parse(behind)
                yield end, parsed
            if content.damage:
                yield end, content.damage

    def _member_end(self, offset: int, content: InflatedMember) -> int:
        """Return where the member ends that *content* was read from, with padding behind it."""
        if content.damage:
            self._limits.search_budget -= content.position - offset
            return self.next_record(offset + 1)
        end = self.skip_blank(content.position)
        while self._is_member(end) and (length := self._empty_member_length(end)):
            end = self.skip_blank(end + length)
        return end

    def _empty_member_length(self, offset: int) -> int:
        """Return the length of the gzip member at *offset* if it has no content, else 0."""
        begin = bytes(self._file.read(offset, _MAX_EMPTY_MEMBER, least=_MAX_EMPTY_MEMBER))
        if _EMPTY_TRAILER not in begin:
            return 0
        inflate = zlib.decompressobj(GZIP_WBITS)
        try:
            content = inflate.decompress(begin, 1)
        except zlib.error:
            return 0
        return len(begin) - len(inflate.unused_data) if inflate.eof and not content else 0


def parser_of(file: FileBytes, start: int, name: str, *, strict: bool, largest: int) -> FileParser:
    """Return the parser of *file*; the bytes at *start* decide, else its first ones, or *name*."""
    limits = Limits(strict, largest, 16 * file.end + 64 * WINDOW)
    if not strict and file.begins_with(_ZIP):
        return FileParser(file, limits, _IN_MEMBERS + _IN_TEXT, in_members=False)
    for offset in (start, 0):
        first = bytes(file.read(offset, 8, least=8))
        if first.startswith(GZIP):
            return FileParser(file, limits, _IN_MEMBERS, in_members=True)
        if first.startswith(_STRICT_WARC) if strict else _FIRST_BYTES.match(first):
            return FileParser(file, limits, _in_text(strict), in_members=False)
    return _parser_by_name(file, name.lower(), limits)


def _parser_by_name(file: FileBytes, name: str, limits: Limits) -> FileParser:
    in_members = ".gz" in name if limits.strict else name.endswith(".gz")
    if in_members:
        return FileParser(file, limits, _IN_MEMBERS, in_members=True)
    is_plain = limits.strict or name.endswith((".warc", ".arc"))
    patterns = _in_text(limits.strict) if is_plain else _IN_MEMBERS + _IN_TEXT
    return FileParser(file, limits, patterns, in_members=False)


def _in_text(strict: bool) -> Patterns:
    return _STRICTLY_IN_TEXT if strict else _IN_TEXT
