"""A gzip member: its content in pieces, and as bytes that are read at any offset."""

from __future__ import annotations

from os import SEEK_END
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Self

from isal import isal_zlib
from isal.igzip_lib import IsalError

from crawler.warc.byte_source import WINDOW, ByteSource
from crawler.warc.head import NotARecordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.byte_source import FileBytes

GZIP = b"\x1f\x8b\x08"
"""Begins a gzip member (RFC 1952, 2.3.1)."""

GZIP_WBITS = 31
"""What zlib calls the gzip format."""

_READ_SIZE = 1 << 14  # most members need one read; what follows a member is copied with it
_INFLATED_SIZE = 1 << 20  # bytes at once, whatever the bytes read expand to
_MEMORY_LIMIT = 1 << 20
_MAX_EXPANSION = 100
"""By which factor a large member may expand; pages stay below 20, zeros reach 1,000."""

_MAX_RESTARTS = 16


class GzipMember:
    """The gzip member at *position* of *file*; ``position`` moves behind what was read of it."""

    def __init__(self, file: FileBytes, position: int) -> None:
        self.position = position
        self._file = file

    def pieces(self) -> Iterator[bytes]:
        """Yield the content, once. Raises NotARecordError if no whole member begins here."""
        if self._file.read(self.position, 3, least=3) != GZIP:
            raise NotARecordError("no gzip member begins here")
        inflate = isal_zlib.decompressobj(GZIP_WBITS)
        inflated = b""
        while not inflate.eof:
            # After an output of full size there may be more, even without unconsumed input.
            wants_input = not inflate.unconsumed_tail and len(inflated) < _INFLATED_SIZE
            data = self._read_on() if wants_input else inflate.unconsumed_tail
            try:
                inflated = inflate.decompress(data, _INFLATED_SIZE)
            except IsalError as error:  # type: ignore[misc]  # an instance, say its stubs
                raise NotARecordError(f"the gzip member is damaged: {error}") from None
            yield inflated
        self.position -= len(inflate.unused_data)

    def _read_on(self) -> memoryview:
        piece = self._file.read(self.position, _READ_SIZE)
        if not piece:
            raise NotARecordError(f"the gzip member is cut short at byte {self.position}")
        self.position += len(piece)
        return piece


class InflatedMember(ByteSource):
    """The content of the gzip member at *start* of *file*; close it after use.

    The content ends where the member ends or is damaged; ``damage`` then says how. Up to *keep*
    bytes behind the last release are kept, over 1 MB in a temporary file; to read what is no
    longer kept, the member is inflated again from its begin. With *keep* None the content is read
    once, forward, and may expand to any size.
    """

    def __init__(self, file: FileBytes, start: int, keep: int | None) -> None:
        self._file = file
        self._start = start
        self._keep = keep
        self._restarts = _MAX_RESTARTS
        self._begin()

    def _begin(self) -> None:
        self._member = GzipMember(self._file, self._start)
        self._pieces = self._member.pieces()
        self._kept: IO[bytes] | None = None  # the bytes from base up to those of the last piece
        self._last = memoryview(b"")
        self._base = self._size = 0
        self.damage: NotARecordError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._drop()

    @property
    def position(self) -> int:
        """Where what was read of the file ends."""
        return self._member.position

    def read(self, offset: int, most: int, least: int = 1) -> memoryview:
        """Return bytes as `ByteSource.read` does. Raises OSError."""
        if offset < self._base:
            self._restart()
        while self._size < offset + least:
            if self._size - self._base > (self._keep or 0):
                self.release(offset)
            if not self._inflate_on():
                break
        begin = offset - self._size + len(self._last)
        if begin >= 0:
            return self._last[begin : begin + most]
        assert self._kept
        self._kept.seek(offset - self._base)
        most = min(most, WINDOW)
        content = self._kept.read(most)
        return memoryview(content + self._last[: most - len(content)])

    def find_end(self) -> int:
        """Return where the content ends. Raises OSError."""
        while self._inflate_on():
            self.release(self._size)
        return self._size

    def release(self, offset: int) -> None:
        """Drop what is kept before *offset*: half of it or more at once, or nothing."""
        end = self._size - len(self._last)
        offset = min(offset, end)
        if not self._kept or 2 * (offset - self._base) < max(_MEMORY_LIMIT, end - self._base):
            return
        if offset == end:
            self._drop()
        else:
            kept = _temporary_file()
            with self._kept:
                self._kept.seek(offset - self._base)
                copyfileobj(self._kept, kept)
            self._kept = kept
        self._base = offset

    def _drop(self) -> None:
        if self._kept:
            self._kept.close()
        self._kept = None

    def _restart(self) -> None:
        self._drop()
        self._begin()
        self._restarts -= 1
        if self._restarts < 0:
            self._give_up("has too many lengths that lie")

    def _give_up(self, reason: str) -> None:
        self._pieces = iter(())
        self.damage = NotARecordError(f"the gzip member {reason}")

    def _inflate_on(self) -> bool:
        """Inflate one more piece; return whether there was one."""
        try:
            piece = next(self._pieces, None)
        except NotARecordError as error:
            self.damage = error
            return False
        if piece is None:
            return False
        if self._last:
            self._kept = self._kept or _temporary_file()
            self._kept.seek(0, SEEK_END)
            self._kept.write(self._last)
        self._last = memoryview(piece)
        self._size += len(piece)
        if self._keep is not None:
            most = self._keep + _MAX_EXPANSION * (self.position - self._start)
            if self._size > most:
                self._give_up(f"expands to over {self._size} bytes")
        return True


def _temporary_file() -> IO[bytes]:
    return SpooledTemporaryFile(_MEMORY_LIMIT)
