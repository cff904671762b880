"""WARC files that are not as the ledger knows them: their records are looked up again.

People compress files anew, unpack, join and rename them. The records are all there, and a record
is known by its id: what the ledger has of it gets its new place. Only records that are in no file
are lost.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.ledger_from_warcs import read_into_ledger
from crawler.archive.record_places import RecordPlaces
from crawler.archive.repair import Repair
from crawler.disk import free_name, sync_folder
from crawler.state.store import WarcFile
from crawler.storage.remote_file import RemoteFile, StoredFile
from crawler.warc.reader import Fault, read_records
from crawler.warc.record_parser import SHARED_MEMBER
from crawler.warc.repacking import repack
from crawler.warc.runs import begins_file
from crawler.warc.writer import final_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.state.store import Relocation, Store
    from crawler.storage.remote_file import StoredFile
    from crawler.warc.reader import Record


_MOST_PIECES = 10_000  # of files that one was joined of
_OUR_NAME = re.compile(r"-(?P<stamp>\d{14})(?:\d{3})?-\d{5}(?:-[0-9a-f]{6})?\.warc(?:\.gz)?")

BeginKey = tuple[str, str, str]
"""When a file was begun, to the second; more precisely; and what it was called then."""


@dataclass(slots=True)
class _Scan:
    """What is in a file: where its last record ends, and the names of files that it is made of.

    ``goes_on``: a record begins where the file ended that the ledger knows. ``pieces`` are where
    those files begin here, each with the key by which it is older or younger than others.
    """

    path: StoredFile
    size: int
    goes_on: bool = False
    end: int = 0
    records: int = 0
    faults: int = 0
    shares_members: bool = False
    names: set[str] = field(default_factory=set)
    pieces: list[tuple[BeginKey, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Unread:
    """A piece of a file that the ledger may not have."""

    key: BeginKey
    path: StoredFile
    start: int
    end: int

    @property
    def order(self) -> tuple[BeginKey, str, int]:
        """By which pieces are read as they were begun."""
        return self.key, str(self.path), self.start


class ChangedFiles:
    """Brings the ledger into step with sealed files that are new to it, or changed.

    *known* is what it has of files that are changed or missing. ``gone`` are those of the missing
    ones of which nothing was found, ``has_read`` whether the ledger may have got anything new.
    Close it after use.
    """

    def __init__(self, store: Store, known: dict[str, WarcFile]) -> None:
        self._store = store
        self._known = known
        self._read_names = {warc.name for warc in store.warcs()}
        self._places = RecordPlaces()
        self.gone = set(known)
        self.has_read = False

    def read(self, paths: Sequence[StoredFile]) -> Iterator[Repair]:
        """Read the files at *paths*, in this order. Raises OSError."""
        scans = []
        for path in paths:
            try:
                scan, repairs = self._whole_records(path)
            except FileNotFoundError:
                if not isinstance(path, RemoteFile):
                    raise
                yield Repair("fault", f"{path} is missing in the store")
                continue
            yield from repairs
            yield from cut(path, scan.end, scan.size)
            scans.append(scan)
        with self._store.transaction():
            yield from self._take(scans)

    def close(self) -> None:
        """Delete the temporary file of places."""
        self._places.close()

    def _whole_records(self, path: StoredFile) -> tuple[_Scan, list[Repair]]:
        """Note the places of all records in the file at *path*, which may be written anew."""
        begin = self._places.end
        scan = self._scan(path)
        # A torn tail may be one more record that lacks the end of its gzip member alone.
        shown = scan.records if scan.shares_members else scan.records + 1
        if isinstance(path, RemoteFile) or not scan.faults or not (done := repack(path, shown)):
            return scan, []
        self._places.cut(begin)
        what = (
            f"{path.name} had many records in a gzip member, and is written anew with a member for "
            f"each, so that they can be looked up; as it was it is set aside as {done.aside.name}, "
            "which may be deleted once scrapy verify finds no fault"
        )
        faults = [Repair("fault", f"{done.aside}: {fault}") for fault in done.faults]
        return self._scan(path), [Repair("repacked", what), *faults]

    def _scan(self, path: StoredFile) -> _Scan:
        scan = _Scan(path, path.stat().st_size)
        known = self._known.get(path.name)
        for item in read_records(path):
            if isinstance(item, Fault):
                scan.faults += 1
                scan.shares_members |= item.reason == SHARED_MEMBER
                continue
            scan.goes_on |= known is not None and item.offset == known.size
            scan.end = item.offset + item.length
            scan.records += 1
            self._places.add(item, path.name)
            self._note_piece(scan, item)
        return scan

    def _note_piece(self, scan: _Scan, record: Record) -> None:
        """Note that a file that this one was joined of begins with *record*, if it does."""
        is_begin = begins_file(record) and len(scan.pieces) < _MOST_PIECES
        if is_begin or not scan.pieces:
            scan.pieces.append((begin_key(scan.path, record), record.offset))
        if is_begin:
            scan.names.add(record.header("WARC-Filename") or "")

    def _take(self, scans: Sequence[_Scan]) -> Iterator[Repair]:
        for scan in scans:
            self.gone.discard(scan.path.name)
            if scan.end:
                warc = WarcFile(name=scan.path.name, size=scan.end, sealed=True)
                self._store.put_warc(warc)
                self._store.put_upload(warc)  # if it was uploaded, that was another file
        done = self._relocate({scan.path.name for scan in scans})
        yield from self._say(done, {scan.path.name: scan for scan in scans})
        self._drop_moved_files(done, scans)
        pieces = (piece for scan in scans for piece in self._unread(scan, done))
        unread = sorted(pieces, key=attrgetter("order"))
        self.has_read = bool(unread)
        for path in dict.fromkeys(piece.path for piece in unread):
            yield from self._say_read(next(scan for scan in scans if scan.path == path))
        for piece in unread:
            yield from self._read(piece)
        if self.has_read:  # texts say where the records were that they were read from
            self._store.relocate(self._places, [scan.path.name for scan in scans if scan.end])

    def _relocate(self, present: set[str]) -> Relocation:
        return self._store.relocate(
            self._places if self._known else (), list(self._known), present & self._known.keys()
        )

    def _say(self, done: Relocation, scans: dict[str, _Scan]) -> Iterator[Repair]:
        for name, known in self._known.items():
            count = done.moved.get(name, 0)
            if count:
                what = f"{count} records of {name} lie elsewhere now, and were found by their ids"
                yield Repair("moved", what)
            if (scan := scans.get(name)) is None:
                continue
            is_shorter = scan.end < known.size and not count
            if is_shorter or name in done.left:
                yield self._forgotten(scan, done)

    def _forgotten(self, scan: _Scan, done: Relocation) -> Repair:
        name = scan.path.name
        if not scan.end:
            self._store.forget(name, 0)
        count = sum(
            held.conversion is not None and held.conversion.file == name for held in done.lost
        )
        return Repair(
            "forgotten",
            f"{name} lacks records that were collected: what is in no file is forgotten, "
            f"{count} articles with it, and will be fetched again",
        )

    def _drop_moved_files(self, done: Relocation, scans: Sequence[_Scan]) -> None:
        """Drop missing files all of whose records are in other files now."""
        named = {name for scan in scans for name in scan.names if name in self._known}
        for name in self.gone & (named | done.moved.keys()) - done.left.keys():
            self._store.forget(name, 0)
            self.gone.discard(name)

    def _unread(self, scan: _Scan, done: Relocation) -> Iterator[_Unread]:
        first = self._first_unread(scan, done)
        ends = [*(begin for _, begin in scan.pieces), scan.end][1:]  # none without a whole record
        for (key, begin), end in zip(scan.pieces, ends, strict=True):
            if first < end:
                yield _Unread(key, scan.path, max(first, begin), end)

    def _first_unread(self, scan: _Scan, done: Relocation) -> int:
        """Return the byte from which on the ledger may not have what is in the file."""
        known = self._known.get(scan.path.name)
        if known is None or scan.path.name in done.moved:
            return 0
        return known.size if scan.goes_on or scan.end < known.size else 0

    def _say_read(self, scan: _Scan) -> Iterator[Repair]:
        name = scan.path.name
        if scan.goes_on or not (scan.names & self._known.keys() or name in self._known):
            yield Repair("read", f"{name} was not in the ledger: it is read into it")

    def _read(self, piece: _Unread) -> Iterator[Repair]:
        path, start = piece.path, piece.start
        known = self._known.get(path.name)
        before = self._read_names - ({path.name} if known and start == known.size else set())
        for fault in read_into_ledger(path, self._store, start, piece.end, files=before):
            yield Repair("fault", f"{path}:{fault.offset}: {fault.reason}")
        self._read_names.add(piece.key[2])


def begin_key(path: StoredFile, first: Record | None) -> BeginKey:
    """Return by what the file at *path* whose *first* whole record that is goes before others.

    That is when it was begun, as its name in the warcinfo says if that is ours, else its own name;
    of two in one second, the date of the first record, which is precise.
    """
    said = (first and first.header("WARC-Filename")) or path.name
    date = "".join(filter(str.isdigit, (first and first.date) or "9"))
    ours = _OUR_NAME.search(said) or _OUR_NAME.search(path.name)
    return ours["stamp"] if ours else date[:14], date, said


def cut(path: StoredFile, end: int, size: int) -> Iterator[Repair]:
    """Move what the file at *path* holds behind byte *end* to a file beside it.

    An object in a store stays as it is.
    """
    if end >= size:
        return
    if isinstance(path, RemoteFile):
        yield Repair("fault", f"{path}:{end}: there is no whole record")
    else:
        torn = move_tail_aside(path, end)
        yield Repair("torn", f"{path.name}: {size - end} bytes set aside as {torn.name}")


def move_tail_aside(path: Path, start: int) -> Path:
    """Move what *path* holds from byte *start* on to a file beside it, ``NAME.torn-N``."""
    target = free_name(path.with_name(final_name(path)), "torn")
    if start == 0:
        path.rename(target)
    else:
        _move_tail(path, start, target)
    sync_folder(path.parent)
    return target


def _move_tail(path: Path, start: int, target: Path) -> None:
    with path.open("r+b") as source, target.open("xb") as copy:
        source.seek(start)
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
        source.truncate(start)
        os.fsync(source.fileno())
