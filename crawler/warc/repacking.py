"""WARC files whose records share gzip members, written anew: `gzip` makes one of a whole file.

A record is looked up by the place of its member (WARC/1.1, annex D). In one member for all, each
look-up would inflate everything before it, and all records would have one place.
"""

from __future__ import annotations

import gzip
import mmap
import os
import shutil
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from crawler.disk import free_name, replacement, sync_folder
from crawler.warc.compression import compressor
from crawler.warc.reader import Fault, Record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.spool import Buffer

ASIDE = "shared-members"
"""What the name of an original ends in, before its number."""

_PIECE = 1 << 20
_MOST_ALWAYS = 1 << 30
_MAX_EXPANSION = 100
"""By which factor a file may expand beyond that many bytes."""


@dataclass(frozen=True, slots=True)
class Repacked:
    """The file was written anew: where the original is, and what could not be taken from it."""

    aside: Path
    faults: list[str]


def repack(path: Path, found: int) -> Repacked | None:
    """Write the file at *path* anew, a member for each record, if that shows more than *found*.

    *found* is how many records are whole as the file is. Return None, and change nothing, if there
    are not more. Whatever instant this is killed at, *path* is there, and the next call does what
    is left. Raises OSError.
    """
    inflated = path.with_name(f".{path.name}.inflated")
    try:
        faults = [*_inflate(path, inflated)]
        if not _has_more(inflated, found):
            return None
        with replacement(path, ".repacked") as target:
            faults += _write_members(inflated, target)
            inflated.unlink()
            aside = _keep(path)
        return Repacked(aside, faults)
    finally:
        inflated.unlink(missing_ok=True)


def _inflate(path: Path, target: Path) -> Iterator[str]:
    """Write what is in the gzip members of *path* as far as they are whole; say why no further."""
    left = _MOST_ALWAYS + _MAX_EXPANSION * path.stat().st_size
    with gzip.open(path) as content, target.open("wb") as copy:
        try:
            while piece := content.read1(_PIECE):  # `read` loses what is before damage
                copy.write(piece)
                left -= len(piece)
                if left < 0:
                    yield f"it expands to over {copy.tell()} bytes"
                    return
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield f"behind {copy.tell()} bytes, unpacked, it is damaged: {error}"


def _has_more(inflated: Path, count: int) -> bool:
    whole = (item for item in read_records(inflated) if not isinstance(item, Fault))
    return len([None for _ in islice(whole, count + 1)]) > count


def _write_members(inflated: Path, target: IO[bytes]) -> Iterator[str]:
    """Write the whole records of the uncompressed file *inflated*, their bytes as they are.

    Say what is no whole record there.
    """
    compress = compressor("zlib-6")
    with inflated.open("rb") as file:
        for item in read_records(inflated):
            if isinstance(item, Fault):
                yield f"at byte {item.offset}, unpacked: {item.reason}"
            else:
                with _bytes_of(item, file) as record:
                    target.write(compress([cast("Buffer", record)]))


@contextmanager
def _bytes_of(item: Record, file: IO[bytes]) -> Iterator[memoryview]:
    """Yield the bytes of the record *item* of *file*, those of a large one as a map of the file."""
    if item.length <= _PIECE:
        file.seek(item.offset)
        yield memoryview(file.read(item.length))
        return
    before = item.offset % mmap.ALLOCATIONGRANULARITY
    start, length = item.offset - before, before + item.length
    with (
        mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ, offset=start) as content,
        memoryview(content) as whole,
        whole[before:] as record,
    ):
        yield record


def _keep(path: Path) -> Path:
    """Give the file at *path* a second name, under which it stays when *path* is replaced."""
    for earlier in path.parent.glob(f"{path.name}.{ASIDE}-*"):
        if earlier.samefile(path):  # killed between the two names
            return earlier
    aside = free_name(path, ASIDE)
    try:
        os.link(path, aside)
    except OSError:  # a file system without hard links
        shutil.copy2(path, aside)
    sync_folder(path.parent)
    return aside
