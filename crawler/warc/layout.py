"""How records lie in a file: a gzip member each (WARC/1.1, annex D), or one behind the other."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, ClassVar

from isal import isal_zlib
from isal.igzip_lib import IsalError

from crawler.warc.head import END, LONGEST, NotARecordError, parse
from crawler.warc.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from crawler.warc.head import Fields
    from crawler.warc.spool import Buffer

_WINDOW = 1 << 20
_PIECE = 1 << 14  # most members need one; what lies behind a member is copied with it
_INFLATED = 1 << 20  # bytes at once, whatever a piece expands to
_GZIP_WBITS = 31
_GZIP = b"\x1f\x8b\x08"
_PLAIN = b"WARC/1."


@contextmanager
def layout_of(path: Path, end: int | None = None) -> Iterator[Layout]:
    """Open the file at *path* up to byte *end*; its first bytes tell the layout, else its name.

    Raises OSError.
    """
    with path.open("rb") as file:
        source = _Source(file, end)
        first = source.piece(0, len(_PLAIN))
        is_gzip = first[:3] == _GZIP or (first != _PLAIN and ".gz" in path.name)
        yield _Compressed(source) if is_gzip else _Uncompressed(source)


class Layout(ABC):
    """Reads the record at a place, and finds the next one behind damage."""

    _begin: ClassVar[re.Pattern[bytes]]

    def __init__(self, source: _Source) -> None:
        self._source = source
        self.end = source.end
        # A file of damaged members one in another must not be read to its end for each of them.
        self._budget = 16 * source.end + 64 * _WINDOW
        self._position = 0

    @abstractmethod
    def record(self, offset: int) -> tuple[Fields, Buffer, int]:
        """Fields and block of the record at *offset*, and where it ends.

        Raises NotARecordError, and OSError where a large block finds no room.
        """

    @abstractmethod
    def _pieces(self, offset: int) -> Iterator[bytes]:
        """The content from *offset*; ``_position`` is behind it. Raises NotARecordError."""

    def behind(self, offset: int) -> int:
        """Where reading goes on after `record` found none at *offset*: at the next one."""
        self._budget -= self._position - offset
        found: int | None = offset
        while found is not None and self._budget > 0:
            found = self._source.find(self._begin, found + 1)
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

    _begin = re.compile(re.escape(_GZIP))
    _is_whole = False

    def record(self, offset: int) -> tuple[Fields, Buffer, int]:
        pieces = self._pieces(offset)
        try:
            fields, block = _only_record(pieces)
        except NotARecordError:
            deque(pieces, maxlen=0)  # a damaged member is the better reason
            raise
        return fields, block, self._position

    def behind(self, offset: int) -> int:
        return self._position if self._is_whole else super().behind(offset)

    def _pieces(self, offset: int) -> Iterator[bytes]:
        self._is_whole = False
        self._position = offset
        if self._source.piece(offset, 3, least=3) != _GZIP:
            raise NotARecordError("no gzip member begins here")
        inflate = isal_zlib.decompressobj(_GZIP_WBITS)
        inflated = b""
        while not inflate.eof:
            # Without a tail there may still be more, if what came was all that was asked for.
            wants_input = not inflate.unconsumed_tail and len(inflated) < _INFLATED
            data = self._next_piece() if wants_input else inflate.unconsumed_tail
            try:
                inflated = inflate.decompress(data, _INFLATED)
            except IsalError as error:  # type: ignore[misc]  # an instance, say its stubs
                raise NotARecordError(f"the gzip member is damaged: {error}") from None
            yield inflated
        self._position -= len(inflate.unused_data)
        self._is_whole = True

    def _next_piece(self) -> memoryview:
        piece = self._source.piece(self._position, _PIECE)
        if not piece:
            raise NotARecordError(f"the gzip member is cut short at byte {self._position}")
        self._position += len(piece)
        return piece


class _Uncompressed(Layout):
    """Each record behind the closing CRLFs of the one before."""

    _begin = re.compile(rb"(?<=\n)" + re.escape(_PLAIN))

    def record(self, offset: int) -> tuple[Fields, Buffer, int]:
        content, begin = _head(self._pieces(offset))
        fields, length = parse(content[: begin - len(END)])
        end = offset + begin + length
        if end + len(END) > self.end:
            raise NotARecordError(f"cut short at byte {self.end}: Content-Length is {length}")
        if self._source.piece(end, len(END), least=len(END)) != END:
            raise NotARecordError(f"no CRLF CRLF behind the {length} bytes of Content-Length")
        spool = Spool()
        for piece in self._source.pieces(offset + begin, end):
            spool.write(piece)
        return fields, spool.view(), end + len(END)

    def _pieces(self, offset: int) -> Iterator[bytes]:
        self._position = offset
        while piece := self._source.piece(self._position, _PIECE):
            self._position += len(piece)
            yield bytes(piece)


class _Source:
    """The bytes of a file up to *end*, read by the megabyte."""

    def __init__(self, file: BinaryIO, end: int | None = None) -> None:
        size = os.fstat(file.fileno()).st_size
        self.end = size if end is None else min(end, size)
        self._file = file
        self._start = 0
        self._window = memoryview(b"")

    def piece(self, offset: int, most: int, least: int = 1) -> memoryview:
        """Up to *most* bytes from *offset*, and *least* unless the end comes before."""
        window_end = self._start + len(self._window)
        if offset < self._start or (offset + least > window_end and window_end < self.end):
            wanted = max(0, min(_WINDOW, self.end - offset))
            self._window = memoryview(os.pread(self._file.fileno(), wanted, offset))
            self._start = offset
        begin = offset - self._start
        return self._window[begin : begin + most]

    def pieces(self, offset: int, end: int) -> Iterator[bytes]:
        """The bytes from *offset* to *end*."""
        while offset < end and (piece := self.piece(offset, end - offset)):
            yield bytes(piece)
            offset += len(piece)

    def find(self, pattern: re.Pattern[bytes], offset: int) -> int | None:
        """Where *pattern*, of eight bytes at most, matches at or behind *offset* (over 0)."""
        offset -= 1  # what it looks back at
        while len(piece := self.piece(offset, _WINDOW, least=8)) >= 4:
            if found := pattern.search(piece, 1):
                return offset + found.start()
            if offset + len(piece) >= self.end:
                return None
            offset += len(piece) - 7
        return None


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
