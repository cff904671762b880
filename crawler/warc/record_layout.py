"""How records lie in a file: a gzip member each (WARC/1.1, annex D), or one behind the other."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from crawler.warc.head import END, LONGEST, NotARecordError, parse
from crawler.warc.member import GZIP, Member
from crawler.warc.source import WINDOW
from crawler.warc.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.head import Fields
    from crawler.warc.source import File
    from crawler.warc.spool import Buffer

_PIECE = 1 << 14
_PLAIN = b"WARC/1."


def layout_of(file: File, start: int, name: str) -> Layout:
    """How the records of *file* lie: the bytes at *start* tell it, or the first, or its *name*.

    Raises OSError.
    """
    for offset in (start, 0):
        begin = file.piece(offset, len(_PLAIN), least=len(_PLAIN))
        if begin == _PLAIN:
            return _Uncompressed(file)
        if begin[: len(GZIP)] == GZIP:
            return _Compressed(file)
    return _Compressed(file) if ".gz" in name else _Uncompressed(file)


class Layout(ABC):
    """Reads the record at a place, and finds the next one behind damage."""

    _begin: ClassVar[re.Pattern[bytes]]

    def __init__(self, file: File) -> None:
        self._file = file
        self.end = file.end
        # A file of damaged members one in another must not be read to its end for each of them.
        self._budget = 16 * file.end + 64 * WINDOW

    @abstractmethod
    def record(self, offset: int) -> tuple[Fields, Buffer, int]:
        """Fields and block of the record at *offset*, and where it ends.

        Raises NotARecordError, and OSError where a large block finds no room.
        """

    @property
    @abstractmethod
    def _position(self) -> int:
        """Where what was read ends."""

    @abstractmethod
    def _pieces(self, offset: int) -> Iterator[bytes]:
        """The content from *offset*; ``_position`` is behind it. Raises NotARecordError."""

    def first(self, offset: int) -> int:
        """Where the first record at or behind *offset* begins."""
        return offset if self._is_record(offset) else self._next(offset)

    def behind(self, offset: int) -> int:
        """Where reading goes on after `record` found none at *offset*: at the next one."""
        self._budget -= self._position - offset
        return self._next(offset)

    def _next(self, offset: int) -> int:
        found: int | None = offset
        while found is not None and self._budget > 0:
            found = self._file.find((self._begin,), found + 1)
            if found is not None and self._is_record(found):
                return found
        return self.end

    def _is_record(self, offset: int) -> bool:
        content = b""
        with suppress(NotARecordError):
            for piece in self._pieces(offset):
                content += piece
                if len(content) >= len(_PLAIN):
                    break
        self._budget -= self._position - offset
        return content.startswith(_PLAIN)


class _Compressed(Layout):
    """A gzip member a record; whatever else a member holds, it is one fault as a whole."""

    _begin = re.compile(re.escape(GZIP))

    def __init__(self, file: File) -> None:
        super().__init__(file)
        self._member = Member(file, 0)

    @property
    def _position(self) -> int:
        return self._member.position

    def record(self, offset: int) -> tuple[Fields, Buffer, int]:
        pieces = self._pieces(offset)
        try:
            fields, block = _only_record(pieces)
        except NotARecordError:
            deque(pieces, maxlen=0)  # a damaged member is the better reason
            raise
        return fields, block, self._position

    def behind(self, offset: int) -> int:
        return self._position if self._member.is_whole else super().behind(offset)

    def _pieces(self, offset: int) -> Iterator[bytes]:
        self._member = Member(self._file, offset)
        return self._member.pieces()


class _Uncompressed(Layout):
    """Each record behind the closing CRLFs of the one before."""

    _begin = re.compile(rb"(?<=\n)" + re.escape(_PLAIN))
    _position = 0

    def record(self, offset: int) -> tuple[Fields, Buffer, int]:
        content, begin = _head(self._pieces(offset))
        fields, length = parse(content[: begin - len(END)])
        end = offset + begin + length
        if end + len(END) > self.end:
            raise NotARecordError(f"cut short at byte {self.end}: Content-Length is {length}")
        if self._file.piece(end, len(END), least=len(END)) != END:
            raise NotARecordError(f"no CRLF CRLF behind the {length} bytes of Content-Length")
        spool = Spool()
        for piece in self._file.pieces(offset + begin, end):
            spool.write(piece)
        return fields, spool.view(), end + len(END)

    def _pieces(self, offset: int) -> Iterator[bytes]:
        self._position = offset
        while piece := self._file.piece(self._position, _PIECE):
            self._position += len(piece)
            yield bytes(piece)


def _head(pieces: Iterator[bytes]) -> tuple[bytes, int]:
    """What *pieces* give until a head is whole, and where its block begins in that."""
    content = b""
    for piece in pieces:
        looked_at = max(0, len(content) + 1 - len(END))
        content += piece
        if (end := content.find(END, looked_at)) >= 0:
            return content, end + len(END)
        if len(content) > LONGEST:
            break
    raise NotARecordError(f"no head: {content[:40]!r}…, without CRLF CRLF")


def _only_record(pieces: Iterator[bytes]) -> tuple[Fields, Buffer]:
    """The record that *pieces* are, up to their end."""
    content, begin = _head(pieces)
    fields, length = parse(content[: begin - len(END)])
    spool = Spool()
    spool.write(content[begin : begin + length])
    rest = content[begin + length :][: len(END) + 1]
    for piece in pieces:
        wanted = length - spool.size
        spool.write(piece[:wanted])
        rest = (rest + piece[wanted:])[: len(END) + 1]
    if rest != END:
        raise NotARecordError(_lie(length, spool.size, rest))
    return fields, spool.view()


def _lie(length: int, found: int, rest: bytes) -> str:
    if found < length:
        return f"Content-Length is {length}, the member has {found} bytes behind the head"
    if rest.startswith(END):
        return "the member holds more than one record"
    return f"no CRLF CRLF behind the {length} bytes of Content-Length"
