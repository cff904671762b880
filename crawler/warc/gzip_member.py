"""The content of a gzip member, read at any offset."""

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
    from crawler.warc.byte_source import FileBytes

GZIP = b"\x1f\x8b\x08"
"""Begins a gzip member (RFC 1952, 2.3.1)."""

GZIP_WBITS = 31
"""What zlib calls the gzip format."""

_READ_SIZE = 1 << 14  # most members need one read; what follows a member is copied with it
_SMALL = 1 << 16
_INFLATED_SIZE = 1 << 20  # bytes at once, whatever the bytes read expand to
_MEMORY_LIMIT = 1 << 20
_MAX_EXPANSION = 100
"""By which factor a large member may expand; pages stay below 20, zeros reach 1,000."""

_MAX_RESTARTS = 16


class InflatedMember(ByteSource):
    """The content of the gzip member at *start* of *file*; close it after use.

    The content ends where the member ends or is damaged; ``damage`` then says how. Up to *keep*
    bytes behind the last release are kept, over 1 MB in a temporary file; to read what is no
    longer kept, the member is inflated again from its begin. With *keep* None the content is read
    once, forward, and may expand to any size. ``position`` is where what was read of the file ends.
    """

    def __init__(self, file: FileBytes, start: int, keep: int | None) -> None:
        self._file = file
        self._start = start
        self._keep = keep
        self._restarts = _MAX_RESTARTS
        self._begin()

    def _begin(self) -> None:
        self.position = self._start
        self._inflate = isal_zlib.decompressobj(GZIP_WBITS)
        self._may_hold_output = False
        self._kept: IO[bytes] | None = None  # the bytes from base up to those of the last piece
        self._last = memoryview(b"")
        self._base = self._size = 0
        self.damage: NotARecordError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._drop()

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
        if self._keep is None and offset >= self._size:  # the last piece too: it is not read again
            self._drop()
            self._last = memoryview(b"")
            self._base = self._size
            return
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
        self.damage = NotARecordError(f"the gzip member {reason}")

    def _inflate_on(self) -> bool:
        """Inflate one more piece; return whether there was one."""
        if self._inflate.eof or self.damage:
            return False
        try:
            piece = self._next_piece()
        except NotARecordError as error:
            self.damage = error
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

    def _next_piece(self) -> bytes:
        """Return the next piece of the content. Raises NotARecordError if there is no whole one."""
        inflate = self._inflate
        # After an output of full size there may be more, even without unconsumed input.
        wants_input = not inflate.unconsumed_tail and not self._may_hold_output
        data = self._read_file() if wants_input else inflate.unconsumed_tail
        try:
            piece = inflate.decompress(data, _INFLATED_SIZE)
        except IsalError as error:  # type: ignore[misc]  # an instance, say its stubs
            raise NotARecordError(f"the gzip member is damaged: {error}") from None
        self._may_hold_output = len(piece) == _INFLATED_SIZE
        if inflate.eof:
            self.position -= len(inflate.unused_data)
        return piece

    def _read_file(self) -> memoryview:
        data = self._file.read(self.position, _READ_SIZE, least=len(GZIP))
        if self.position == self._start and data[: len(GZIP)] != GZIP:
            raise NotARecordError("no gzip member begins here")
        if not data:
            raise NotARecordError(f"the gzip member is cut short at byte {self.position}")
        self.position += len(data)
        return data


def inflate_small(file: FileBytes, start: int) -> tuple[bytes, int] | None:
    """Return the content of the gzip member at *start* and where it ends.

    Return None unless it is whole and sound, and both it and its content are small. Raises OSError.
    """
    data = file.read(start, _SMALL, least=_SMALL)
    if data[: len(GZIP)] != GZIP:
        return None
    inflate = isal_zlib.decompressobj(GZIP_WBITS)
    try:
        content = inflate.decompress(data, _MEMORY_LIMIT)
    except IsalError:  # type: ignore[misc]  # an instance, say its stubs
        return None
    return (content, start + len(data) - len(inflate.unused_data)) if inflate.eof else None


def _temporary_file() -> IO[bytes]:
    return SpooledTemporaryFile(_MEMORY_LIMIT)
