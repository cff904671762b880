"""The bytes of an archive: those of its file, or of a member of a WACZ that is deflated.

Such a member is unpacked into a temporary file without a name, whole, since its records are looked
up again by their places (`container.find_parts` says what these are). The last few are kept.
"""

from __future__ import annotations

import errno
import tempfile
import weakref
import zlib
from contextlib import contextmanager
from functools import lru_cache
from shutil import copyfileobj
from typing import IO, TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from crawler.warc.byte_source import FileBytes, size_of
from crawler.warc.container import ContainerError, begins_as_zip, deflated_members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.storage.remote_file import StoredFile

_MOST_KEPT = 4
_PIECE = 1 << 20
# What zipfile raises for a member that cannot be unpacked, besides OSError.
_DAMAGED = (BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, zlib.error)


@contextmanager
def open_bytes(path: StoredFile, start: int, end: int | None) -> Iterator[FileBytes]:
    """Open what is to be read of the file at *path* from byte *start* up to *end*.

    Raises OSError, and ContainerError for a member that cannot be unpacked.
    """
    with path.open("rb") as file:
        size = size_of(file)
        if start < size or not begins_as_zip(file):
            yield FileBytes(file, end)
            return
        member = _unpacked(path, start, size, path.stat().st_mtime_ns)
        yield FileBytes(member.content, end, member.start)


class _Unpacked:
    """A member's ``content``, whose first byte has the place ``start``; gone with this object."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.content: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the finalizer
        weakref.finalize(self, self.content.close)


def _unpacked(path: StoredFile, place: int, size: int, modified: int) -> _Unpacked:
    """Return the member of the WACZ of *size* bytes in which *place* is."""
    try:
        with path.open("rb") as file, ZipFile(file) as archive:
            starts = [start for start, _ in deflated_members(archive, size)]
    except _DAMAGED as error:
        raise _unreadable(path, "", error) from None
    start = max((start for start in starts if start <= place), default=place)
    return _unpack(path, start, size, modified)


@lru_cache(maxsize=_MOST_KEPT)
def _unpack(path: StoredFile, start: int, size: int, modified: int) -> _Unpacked:
    unpacked, name = _Unpacked(start), ""
    try:
        with path.open("rb") as file, ZipFile(file) as archive:
            entry = dict(deflated_members(archive, size)).get(start)
            if entry:
                name = entry.filename
                with archive.open(entry) as member:
                    copyfileobj(member, unpacked.content, _PIECE)
    except _DAMAGED as error:
        raise _unreadable(path, name, error) from None
    unpacked.content.flush()
    return unpacked


def _unreadable(path: StoredFile, name: str, error: Exception) -> ContainerError:
    what = f"its member {name[:100]!r}" if name else "it"
    return ContainerError(errno.EBADMSG, f"{what} cannot be unpacked: {error}", str(path))
