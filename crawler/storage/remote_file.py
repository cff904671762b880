"""A file at an address, read by ranges; readers of WARC files take one for a path."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from crawler.storage.object_stores import (
    asked,
    connected,
    is_address,
    obstore,
    split_address,
)

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SMALLEST, LARGEST = 1 << 16, 1 << 23
"""Bytes of the first range that is read from a place, and of the largest if reading goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteState:
    """What a store says of an object: its size in bytes, when it was written (ns), its ETag."""

    st_size: int
    st_mtime_ns: int
    etag: str


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """The object at *address*, for readers like a `Path`; with its *size* the store is asked less.

    Its methods raise OSError, and FileNotFoundError if there is no such object.
    """

    address: str
    size: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.address

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.address.rpartition("/")[2]

    @property
    def is_local(self) -> bool:
        """Whether it is a file of this machine after all."""
        return self.address.startswith("file:")

    def open(self, mode: Literal["rb"] = "rb") -> RemoteReader:
        """Open it for reading."""
        size = self.stat().st_size if self.size is None else self.size
        return RemoteReader(replace(self, size=size), size)

    def stat(self) -> RemoteState:
        """Ask the store for its size, when it was written, and its ETag."""
        store, key = self.place()
        found = asked(self.address, obstore().head, store, key)
        written = int(found["last_modified"].timestamp() * 1e9)
        etag = (found["e_tag"] or "").strip('"')
        return RemoteState(st_size=found["size"], st_mtime_ns=written, etag=etag)

    def exists(self) -> bool:
        """Return whether there is such an object."""
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def resolve(self) -> RemoteFile:
        """Return it: an address is what it is."""
        return self

    def place(self, *, sends: bool = False) -> tuple[ObjectStore, str]:
        """Return the store that has it, and its key there; for *sends* see `connected`."""
        bucket, key = split_address(self.address)
        return connected(bucket, sends=sends), key


StoredFile: TypeAlias = Path | RemoteFile
"""A file wherever it lies: what reads it opens it with ``open("rb")``, and asks ``name``."""


def stored_file(text: str) -> StoredFile:
    """Return the file that *text* names, an address or a path."""
    return RemoteFile(text) if is_address(text) else Path(text)


class RemoteReader(io.BufferedIOBase):
    """Reads *file*, of *size* bytes, by ranges: larger ones as long as reading goes straight on."""

    def __init__(self, file: RemoteFile, size: int) -> None:
        self.name = file.address
        self.size = size
        self._store, self._key = file.place()
        self._position = 0
        self._start = 0
        self._block = memoryview(b"")
        self._length = SMALLEST

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"{self.name}: there is no byte {base + offset}")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self.size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        found = bytearray()
        while len(found) < wanted:
            found += self._piece(self._position + len(found), wanted - len(found))
        self._position += len(found)
        return bytes(found)

    def read1(self, size: int = -1) -> bytes:
        return self.read(SMALLEST if size < 0 else size)

    def pread(self, length: int, offset: int) -> bytes:
        """Return *length* bytes from *offset*, less at the end alone, and nothing ahead of them.

        Raises OSError.
        """
        end = min(offset + length, self.size)
        return self._fetch(offset, end) if offset < end else b""

    def _piece(self, offset: int, most: int) -> memoryview:
        """Return some of the bytes from *offset*, *most* at most, and read ahead."""
        end = self._start + len(self._block)
        if not self._start <= offset < end:
            goes_on = offset == end and end > 0
            self._length = min(4 * self._length, LARGEST) if goes_on else SMALLEST
            behind = min(self.size, offset + max(self._length, min(most, LARGEST)))
            self._block, self._start = memoryview(self._fetch(offset, behind)), offset
        begin = offset - self._start
        return self._block[begin : begin + most]

    def _fetch(self, start: int, end: int) -> bytes:
        ask = obstore().get_range
        found = bytes(asked(self.name, ask, self._store, self._key, start=start, end=end))
        if len(found) != end - start:
            raise OSError(f"{self.name} ends before byte {end}: it is not the file it was")
        return found
