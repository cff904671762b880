"""A gzip member: its content piece by piece, and as a source that is read at any place."""

from __future__ import annotations

from os import SEEK_END
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Self

from isal import isal_zlib
from isal.igzip_lib import IsalError

from crawler.warc.head import NotARecordError
from crawler.warc.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.source import File

GZIP = b"\x1f\x8b\x08"

_PIECE = 1 << 14  # most members need one; what lies behind a member is copied with it
_INFLATED = 1 << 20  # bytes at once, whatever a piece expands to
_GZIP_WBITS = 31
_IN_MEMORY = 1 << 20
_EXPANSION = 100
"""Times its size that a large member may expand to; pages stay below 20, zeros reach 1,000."""

_RESTARTS = 16


class Member:
    """The gzip member at *position* of *file*, which is behind what was read of it."""

    def __init__(self, file: File, position: int) -> None:
        self.position = position
        self.is_whole = False
        self._file = file

    def pieces(self) -> Iterator[bytes]:
        """Its content, once. Raises NotARecordError if it is none, damaged or cut."""
        if self._file.piece(self.position, 3, least=3) != GZIP:
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
        self.position -= len(inflate.unused_data)
        self.is_whole = True

    def _next_piece(self) -> memoryview:
        piece = self._file.piece(self.position, _PIECE)
        if not piece:
            raise NotARecordError(f"the gzip member is cut short at byte {self.position}")
        self.position += len(piece)
        return piece


class Inflated(Source):
    """The content of the gzip member at *start* of *file*; close it.

    It ends where the member does or is damaged, as ``damage`` says then. Of what was read up to
    *most* bytes are kept, over 1 MB in a temporary file; before those it is inflated anew.
    """

    def __init__(self, file: File, start: int, most: int) -> None:
        self._file = file
        self._start = start
        self._most = most
        self._restarts = _RESTARTS
        self._kept = _spool()
        self._inflate()

    def _inflate(self) -> None:
        self._member = Member(self._file, self._start)
        self._pieces = self._member.pieces()
        self._last = memoryview(b"")
        self._base = self._size = 0
        self.damage: NotARecordError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._kept.close()

    @property
    def position(self) -> int:
        """Where what was read of the file ends."""
        return self._member.position

    def piece(self, offset: int, most: int, least: int = 1) -> memoryview:
        """See `Source.piece`. Raises OSError."""
        if offset < self._base:
            self._restart()
        while self._size < offset + least:
            if self._size - self._base > self._most:
                self.forget(min(offset, self._size))
            if not self._more():
                break
        begin = offset - self._size + len(self._last)
        if begin >= 0:
            return self._last[begin : begin + most]
        self._kept.seek(offset - self._base)
        return memoryview(self._kept.read(most))

    def ending(self) -> int:
        """See `Source.ending`. Raises OSError."""
        while self._more():
            self.forget(self._size)
        return self._size

    def forget(self, offset: int) -> None:
        """See `Source.forget`. Half of what is kept goes at once, or none."""
        if 2 * (offset - self._base) < max(_IN_MEMORY, self._size - self._base):
            return
        kept = _spool()
        with self._kept:
            self._kept.seek(offset - self._base)
            copyfileobj(self._kept, kept)
        self._kept, self._base = kept, offset

    def _restart(self) -> None:
        self._kept.close()
        self._kept = _spool()
        self._inflate()
        self._restarts -= 1
        if self._restarts < 0:
            self._give_up("has too many lengths that lie")

    def _give_up(self, reason: str) -> None:
        self._pieces = iter(())
        self.damage = NotARecordError(f"the gzip member {reason}")

    def _more(self) -> bool:
        try:
            piece = next(self._pieces, None)
        except NotARecordError as error:
            self.damage = error
            return False
        if piece is None:
            return False
        self._kept.seek(0, SEEK_END)
        self._kept.write(piece)
        self._last = memoryview(piece)
        self._size += len(piece)
        if self._size > self._most + _EXPANSION * (self.position - self._start):
            self._give_up(f"expands to over {self._size} bytes")
        return True


def _spool() -> IO[bytes]:
    return SpooledTemporaryFile(_IN_MEMORY)
