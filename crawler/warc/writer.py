"""WARC files on disk: whole gzip members only, one a record, `.open` until sealed."""

from __future__ import annotations

import errno
import math
import os
import re
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.disk import sync_folder
from crawler.items import RecordRef
from crawler.warc.compression import compressor
from crawler.warc.open_files import create_locked
from crawler.warc.records import belonging_to, record_id, serialize, warcinfo
from crawler.warc.runs import RUN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warcio.recordloader import ArcWarcRecord

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.compression import Compress

OPEN_SUFFIX = ".open"
CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"

_MAX_SERIAL = 100_000
_MOST_RUNS = 4096  # of a file that are remembered: a round goes on for ever
_WRITER = ""
"""Whose records belong to no run: they are the writer's own."""


class ArchiveWriteError(OSError):
    """A WARC file could not be written; every record written before is still whole.

    ``errno`` and ``filename`` are set as on any OSError.
    """


class WarcWriter:
    """Writes the records of any number of runs below *folder*, a file at a time.

    A file is opened by the first record, with the writer's warcinfo in front, and named
    ``newsreel-<source>-<UTC timestamp>-<serial>-<token>.warc.gz``; `close` seals it, and the next
    record opens another. A writer that was given no record leaves no file. Each writer has a
    random *token*: two machines that begin in the same second must not give a name twice, or the
    one file would take the other's place when their archives are put together. An open file is
    locked (see `crawler.warc.open_files`).

    *software* and *fields*, which are true of all runs, go into each warcinfo record; *compress*
    makes the members, zlib's level 6 if it is not given. A file `is_due` to be closed when it has
    *most_bytes* or is *most_seconds* old.
    One thread at a time may use a writer.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        *,
        software: str,
        fields: Mapping[str, str] | None = None,
        compress: Compress | None = None,
        most_bytes: int = 10**9,
        most_seconds: float = math.inf,
    ) -> None:
        self._folder = folder
        self._prefix = f"newsreel-{slug(source)}"
        self._fields = {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": CONFORMS_TO,
            **(fields or {}),
        }
        self._compress = compress or compressor("zlib-6")
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds
        self._opened_at = 0.0
        self._serial = 0
        self._token = secrets.token_hex(3)
        self._fd: int | None = None
        self._info_ids: dict[str, str] = {}
        self.name = ""
        self.size = 0

    @property
    def is_due(self) -> bool:
        """Whether the current file is as large or as old as it may become."""
        if self._fd is None:
            return False
        age = time.monotonic() - self._opened_at
        return self.size >= self._most_bytes or age >= self._most_seconds

    def write(
        self, records: Sequence[ArcWarcRecord], run: Mapping[str, str] | None = None
    ) -> list[RecordRef]:
        """Append *records* in one write and return their references, in the same order.

        They get a field that says to which warcinfo record they belong: that of *run* (see
        `crawler.warc.runs.new_run`), which is written before its first record in a file, or that
        of the writer.

        Not yet safe from a power cut: see `sync`. Raises ArchiveWriteError when the file cannot be
        opened or does not take all bytes; nothing of *records* is then left in it.
        """
        if not records:
            return []
        fd = self._open() if self._fd is None else self._fd
        key = self._key(run)
        begin = self._begin(key, run or {})
        belong_to = self._info_ids.get(key) or record_id(begin[key])
        heads = [self._member(info) for info in begin.values()]
        members = [self._member(belonging_to(belong_to, record)) for record in records]
        start = self.size + sum(map(len, heads))
        self._append(fd, b"".join([*heads, *members]))
        self._note(begin)
        return self._refs(records, members, start)

    def _key(self, run: Mapping[str, str] | None) -> str:
        """Return by what the warcinfo record of *run* is known in `_info_ids`."""
        own = self._fields.get(RUN)
        return run[RUN] if run and run[RUN] != own else _WRITER

    def _begin(self, key: str, run: Mapping[str, str]) -> dict[str, ArcWarcRecord]:
        """Return the warcinfo records that the current file lacks for a record of *run*."""
        begin = {}
        if _WRITER not in self._info_ids:
            begin[_WRITER] = warcinfo(self._fields, self.name)
        if key != _WRITER and key not in self._info_ids:
            begin[key] = warcinfo({**self._fields, **run})
        return begin

    def _note(self, begun: Mapping[str, ArcWarcRecord]) -> None:
        """Remember the warcinfo records *begun* of the current file.

        That of a run which is forgotten, as there were too many since, is written once more.
        """
        self._info_ids.update((key, record_id(info)) for key, info in begun.items())
        if len(self._info_ids) > _MOST_RUNS:
            del self._info_ids[next(key for key in self._info_ids if key != _WRITER)]

    def sync(self) -> None:
        """Return once all that was written is on the disk. Raises ArchiveWriteError."""
        if self._fd is not None:
            try:
                os.fsync(self._fd)
            except OSError as error:
                raise self._failure(error, "fsync") from error

    def close(self) -> None:
        """Seal the current file under its final name; an empty one is removed.

        Raises ArchiveWriteError; the file then keeps its name with `.open`.
        """
        if self._fd is None:
            return
        self.sync()
        fd, self._fd = self._fd, None
        size, self.size = self.size, 0
        try:
            self._seal(fd, is_empty=size == 0)
        except OSError as error:
            raise self._failure(error, "seal") from error

    def _seal(self, fd: int, *, is_empty: bool) -> None:
        """Give the file behind *fd* its name; without its lock, it would be another's to recover.

        So it is closed last.
        """
        try:
            if is_empty:
                self._open_path.unlink()
            else:
                self._open_path.rename(self._folder / self.name)
            sync_folder(self._folder)
        finally:
            os.close(fd)

    @property
    def _open_path(self) -> Path:
        return self._folder / (self.name + OPEN_SUFFIX)

    def _open(self) -> int:
        now = datetime.now(UTC)
        stamp = f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            while self._serial < _MAX_SERIAL:
                self.name = f"{self._prefix}-{stamp}-{self._serial:05d}-{self._token}.warc.gz"
                self._serial += 1
                is_taken = (self._folder / self.name).exists()
                fd = None if is_taken else create_locked(self._open_path)
                if fd is not None:
                    self._begun(fd)
                    return fd
        except OSError as error:
            raise self._failure(error, "open") from error
        raise ArchiveWriteError(errno.EEXIST, "no serial left", str(self._open_path))

    def _begun(self, fd: int) -> None:
        self._fd = fd
        self._info_ids.clear()
        self._opened_at = time.monotonic()
        sync_folder(self._folder)

    def _member(self, record: ArcWarcRecord) -> bytes:
        return self._compress(serialize(record))

    def _append(self, fd: int, data: bytes) -> None:
        try:
            written = os.write(fd, data)
            if written < len(data):
                raise OSError(errno.ENOSPC, f"only {written} bytes were taken")
        except OSError as error:
            failure = self._failure(error, f"write of {len(data)} bytes at {self.size}")
            self._cut_back(fd, failure)
            raise failure from error
        self.size += len(data)

    def _cut_back(self, fd: int, failure: ArchiveWriteError) -> None:
        try:
            os.ftruncate(fd, self.size)
        except OSError as error:
            failure.add_note(f"the torn tail behind byte {self.size} is still there: {error}")

    def _refs(
        self, records: Sequence[ArcWarcRecord], members: Sequence[bytes], offset: int
    ) -> list[RecordRef]:
        refs = []
        for record, member in zip(records, members, strict=True):
            refs.append(_ref(record, self.name, offset, len(member)))
            offset += len(member)
        return refs

    def _failure(self, error: OSError, doing: str) -> ArchiveWriteError:
        return ArchiveWriteError(error.errno, f"{error.strerror} ({doing})", str(self._open_path))


def slug(source: str) -> str:
    """Return *source* as a part of a file name: a to z, 0 to 9 and hyphens, 64 at most."""
    return re.sub(r"[^a-z0-9]+", "-", source.lower())[:64].strip("-") or "source"


def _ref(record: ArcWarcRecord, file: str, offset: int, length: int) -> RecordRef:
    return RecordRef(
        record_id=record_id(record),
        uri=record.rec_headers.get_header("WARC-Target-URI", ""),
        date=record.rec_headers.get_header("WARC-Date"),
        file=file,
        offset=offset,
        length=length,
    )


def final_name(path: StoredFile) -> str:
    """Return the name that the WARC file at *path* has or will have once it is sealed."""
    return path.name.removesuffix(OPEN_SUFFIX)
