"""Where WARC and ARC files are: files of their own, or members of a WACZ, which is a ZIP.

https://specs.webrecorder.net/wacz/1.1.1/ asks for members that are stored, not deflated. So their
records are read in place: nothing is ever extracted, and no member's name is used as a path. The
bytes of a member that is deflated all the same have places behind the end of the file, as if it
stood there unpacked (`deflated_members.open_bytes` reads them).
"""

from __future__ import annotations

import errno
import os
import re
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from glob import iglob
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from crawler.storage.listing import is_glob, matching
from crawler.storage.object_stores import is_address, split_address
from crawler.storage.remote_file import RemoteFile
from crawler.warc.byte_source import size_of
from crawler.warc.index_files import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zipfile import ZipInfo

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.byte_source import OpenFile

SUFFIXES = ("warc", "warc.gz", "warc.zst", "arc", "arc.gz", "wacz")
"""Suffixes of the names of archives, in any letter case."""

_ARCHIVE = re.compile(rf".+\.({'|'.join(map(re.escape, SUFFIXES))})", re.IGNORECASE | re.DOTALL)
_MEMBER = re.compile(r"(?:.*[/\\])?[^/\\]+\.w?arc(?:\.gz|\.zst)?", re.IGNORECASE | re.DOTALL)
_LOCAL_HEADER = struct.Struct("<4s2xHH16xHH")  # APPNOTE 4.3.7
_LOCAL = b"PK\x03\x04"
_EMPTY = b"PK\x05\x06"
_ENCRYPTED = 0x1
MOST_UNPACKED = 1 << 33
"""Bytes of the largest deflated member that is read."""

MOST_EXPANSION = 200
"""How many times its size such a member may have; pages of text have ten times theirs at most."""

_NEVER_TOO_MUCH = 1 << 26
_UTF_8 = 0x800
# What zipfile raises for a hostile or broken directory, besides its own.
_DAMAGED = (BadZipFile, NotImplementedError, ValueError, struct.error)


class ContainerError(OSError):
    """A WACZ that cannot be read; names the file, the member and why."""


@dataclass(slots=True, frozen=True)
class Part:
    """The bytes of the file at *path* from *start* up to *end*, which hold a WARC or an ARC.

    Those of a deflated member of a WACZ are counted on behind the end of the file. ``name`` is what
    the WACZ calls the member, or empty: anything may be in it.
    """

    path: StoredFile
    start: int
    end: int
    name: str = field(default="", compare=False)


def find_parts(path: StoredFile) -> list[Part]:
    """Return what is to be read of the file at *path*: all of it, or each WARC and ARC in a WACZ.

    A WACZ whose directory is lost, or does not fit the members, is one part: the lenient
    `reader.read_records` finds the records, and what is between them are faults.
    Raises ContainerError for a ZIP without such members, or with encrypted ones, or that unpack to
    too much, and OSError for a file that cannot be read.
    """
    with path.open("rb") as file:
        size = size_of(file)
        if begins_as_zip(file):
            with suppress(*_DAMAGED), ZipFile(file) as archive:
                return _members(path, file, archive)
    return [Part(path, 0, size)]


def expand_patterns(patterns: Iterable[str]) -> list[Path]:
    """Return the archives that *patterns* name, sorted, each once.

    A pattern is a file of any name, a folder, or a glob (``**`` for folders at any depth). In
    folders and globs only names that end in one of `SUFFIXES` count, and no hidden files; a glob
    that ends in ``.cdxj`` is of such files.
    Raises ValueError for a pattern that names nothing.
    """
    found: set[Path] = set()
    for pattern in patterns:
        paths = set(_matching_archives(pattern))
        if not paths:
            raise ValueError(
                f"{pattern!r} names no archive: give a file, a folder or a glob of files that end"
                f" in .{', .'.join(SUFFIXES)}"
            )
        found |= paths
    return sorted(found)


def named_archives(patterns: Iterable[str]) -> list[StoredFile]:
    """Return the archives that *patterns* name, as `expand_patterns` does; addresses too.

    An address is that of an object, a glob, or, with a slash at its end, of all archives below it.
    Raises OSError as well.
    """
    patterns = list(patterns)
    paths = expand_patterns(pattern for pattern in patterns if not is_address(pattern))
    remote: dict[str, RemoteFile] = {}
    for pattern in filter(is_address, patterns):
        found = {file.address: file for file in _remote_archives(pattern)}
        if not found:
            raise ValueError(
                f"{pattern!r} names no archive: give an address, a glob such as "
                "s3://bucket/prefix/warc/*.warc.gz, or what archives lie below, with a slash"
            )
        remote |= found
    return [*paths, *(remote[address] for address in sorted(remote))]


def _remote_archives(pattern: str) -> Iterator[RemoteFile]:
    if is_glob(pattern) or pattern.endswith("/"):
        return (file for file in matching(pattern) if is_archive(file.name))
    split_address(pattern)
    return iter([RemoteFile(pattern)])


def archives_below(folder: Path) -> Iterator[Path]:
    """Yield the archives in *folder*, sorted, as their names say; no hidden ones."""
    return (path for path in files_below(folder) if is_archive(path.name))


def files_below(folder: Path) -> Iterator[Path]:
    """Yield all files in *folder* that are not hidden, sorted."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def is_archive(name: str) -> bool:
    """Return whether *name* is that of an archive."""
    return _ARCHIVE.fullmatch(name) is not None and not name.startswith(".")


def is_zip(path: StoredFile) -> bool:
    """Return whether the file at *path* begins as a ZIP, such as a WACZ. Raises OSError."""
    with path.open("rb") as file:
        return begins_as_zip(file)


def is_archive_member(name: str) -> bool:
    """Return whether the member *name* of a ZIP is a WARC or an ARC, as its name says."""
    return _MEMBER.fullmatch(name) is not None


def begins_as_zip(file: OpenFile) -> bool:
    """Return whether *file*, which was not read yet, begins as a ZIP. Raises OSError."""
    return file.read(len(_LOCAL)) in (_LOCAL, _EMPTY)


def deflated_members(archive: ZipFile, size: int) -> Iterator[tuple[int, ZipInfo]]:
    """Yield the place of the first byte of each deflated WARC and ARC, and its entry.

    *size* is that of the file, behind whose end they are counted on.
    """
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        if is_archive_member(entry.filename) and entry.compress_type == ZIP_DEFLATED:
            yield size, entry
            size += entry.file_size


def _matching_archives(pattern: str) -> Iterator[Path]:
    path = Path(pattern or "\0").expanduser()  # not this folder
    if path.is_dir():
        yield from archives_below(path)
    elif path.exists():
        yield path
    else:
        for match in map(Path, iglob(str(path), recursive=True)):  # noqa: PTH207  # absolute too
            if match.is_dir():
                yield from archives_below(match)
            elif is_archive(match.name) or _is_index(match.name, pattern):
                yield match


def _is_index(name: str, pattern: str) -> bool:
    """Return whether *pattern* asks for CDXJ files, and *name* is that of one."""
    return pattern.endswith(SUFFIX) and name.endswith(SUFFIX) and not name.startswith(".")


def _members(path: StoredFile, file: OpenFile, archive: ZipFile) -> list[Part]:
    entries = [entry for entry in archive.infolist() if is_archive_member(entry.filename)]
    if not entries:
        raise ContainerError(errno.EBADMSG, "is a ZIP that holds no WARC", str(path))
    begins = sorted({entry.header_offset for entry in archive.infolist()})
    if begins[0] < 0:
        raise BadZipFile("a member before the file")
    limits = dict(zip(begins, [*begins[1:], archive.start_dir], strict=True))
    size = size_of(file)
    starts = {entry.header_offset: start for start, entry in deflated_members(archive, size)}
    found = {
        _unpacked(path, entry, starts[entry.header_offset], part) if method else part
        for entry in entries
        for part, method in [_member(path, file, entry, limits[entry.header_offset])]
    }
    return sorted(found, key=lambda part: part.start)


def _member(path: StoredFile, file: OpenFile, entry: ZipInfo, limit: int) -> tuple[Part, int]:
    """Return the part that *entry* is, and how it is compressed.

    Only its local header says how long that header is.
    """
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    signature, flags, method, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    name = file.read(name_length).decode("utf-8" if flags & _UTF_8 else "cp437")
    if (signature, method, name) != (_LOCAL, entry.compress_type, entry.orig_filename):
        raise BadZipFile("the directory does not fit the members")
    if method not in (ZIP_STORED, ZIP_DEFLATED) or flags & _ENCRYPTED:
        how = "encrypted" if flags & _ENCRYPTED else f"compressed with method {method}"
        raise _refused(path, name, f"is {how}")
    start = file.tell() + extra_length
    end = start + entry.compress_size
    if end > limit:
        raise BadZipFile("members overlap")
    return Part(path, start, end, entry.filename), method


def _unpacked(path: StoredFile, entry: ZipInfo, start: int, packed: Part) -> Part:
    """Return the part that the deflated member *entry* is when it is unpacked."""
    size, most = entry.file_size, MOST_EXPANSION * (packed.end - packed.start)
    if size > MOST_UNPACKED or size > max(_NEVER_TOO_MUCH, most):
        raise _refused(path, entry.filename, f"unpacks to {size:,} bytes")
    return Part(path, start, start + size, entry.filename)


def _refused(path: StoredFile, name: str, why: str) -> ContainerError:
    reason = f"its member {name[:100]!r} {why}: unpack it and read what was in it"
    return ContainerError(errno.EBADMSG, reason, str(path))
