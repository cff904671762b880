"""The ledger on one machine: SQLite, write-ahead log, synchronous=FULL."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from crawler.items import RecordRef
from crawler.state.schema import SCHEMA_VERSION, UPGRADES
from crawler.state.store import Bookmark, Capture, Holding, LedgerDamagedError, WarcFile

_COLUMNS = "key, source, guid, date, modified, url, text_digest, ordinal, file, conversion, origin"
_INSERT = f"INSERT OR IGNORE INTO article ({_COLUMNS}) VALUES ({', '.join('?' * 11)})"  # noqa: S608
_CAPTURE = "SELECT capture.*, warc.name FROM capture JOIN warc ON warc.id = capture.warc WHERE "
_PAGE = "(warc, offset) = (SELECT warc, offset FROM page WHERE uri = ?)"
_BASE32_LENGTH = 32
_BATCH = 500  # below SQLite's limit of bound parameters in every build
_PATIENCE = 60.0  # seconds to wait for another thread's transaction
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


class SqliteStore:
    """A `crawler.state.store.Store` in one file; a connection for each thread that calls."""

    def __init__(self, path: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._connections: list[sqlite3.Connection] = []
        self._thread = threading.local()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @property
    def _db(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._thread, "db", None)
        if found is None:
            found = self._thread.db = self._connected()
        return found

    def _connected(self) -> sqlite3.Connection:
        # Each thread has its own; that any may use it serves `close` alone.
        db = sqlite3.connect(
            self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        self._connections.append(db)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        return db

    def _prepare(self) -> None:
        with self.transaction():
            (health,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
            if health != "ok":
                raise LedgerDamagedError(f"{self._path}: the ledger is damaged: {health}")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                raise OSError(
                    f"{self._path}: ledger version {version}, this program reads {SCHEMA_VERSION}"
                )
            for upgrade in UPGRADES[version:]:
                for statement in filter(str.strip, upgrade.split(";")):
                    self._db.execute(statement)
            if version < SCHEMA_VERSION:  # who only reads leaves the file as it is
                self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED
            kind = LedgerDamagedError if damaged else OSError
            raise kind(f"{self._path}: the ledger fails: {error}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._errors():
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        # On a full disk SQLite has rolled back by itself.
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[object, ...]]:
        with self._errors():
            yield from self._db.execute(query, values)

    def _select(
        self, where: str, values: Sequence[object], table: str = "article"
    ) -> list[Holding]:
        query = f"SELECT {_COLUMNS} FROM {table} WHERE {where}"  # noqa: S608 - our own constants
        return [_holding(row) for row in self._rows(query, values)]

    def holdings(self, keys: Iterable[str]) -> dict[str, list[Holding]]:
        wanted = list(dict.fromkeys(keys))
        held: dict[str, list[Holding]] = {}
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            for holding in self._select(f"key IN ({', '.join('?' * len(batch))})", batch):
                held.setdefault(holding.key, []).append(holding)
        return held

    def with_text(self, text_digest: bytes) -> list[Holding]:
        return self._select("text_digest = ? ORDER BY date, ordinal", (text_digest,))

    def add(self, holdings: Iterable[Holding]) -> list[Holding]:
        with self.transaction():
            return [holding for holding in holdings if self._insert(holding)]

    def _insert(self, holding: Holding) -> bool:
        new = self._db.execute(_INSERT, _row(holding)).rowcount > 0
        if new:
            self._db.execute("INSERT OR IGNORE INTO due VALUES (?)", (holding.file,))
        return new

    def revise(self, holding: Holding) -> None:
        identity = (holding.key, holding.source)
        with self.transaction():
            moved = self._db.execute(
                f"INSERT INTO revision ({_COLUMNS}) SELECT {_COLUMNS} FROM article "  # noqa: S608
                "WHERE key = ? AND source = ?",
                identity,
            )
            if not moved.rowcount:
                raise KeyError(identity)
            self._drop(identity)
            self._insert(holding)

    def touch(self, key: str, source: str, modified: str) -> None:
        with self.transaction():
            self._db.execute(
                "UPDATE article SET modified = ? WHERE key = ? AND source = ?",
                (modified, key, source),
            )

    def identify(self, unidentified: Holding, identified: Holding) -> None:
        with self.transaction():
            self._db.execute(
                "DELETE FROM article WHERE key = ? AND source = ? AND guid = ''",
                (unidentified.key, unidentified.source),
            )
            self._db.execute(_INSERT.replace(" OR IGNORE", ""), _row(identified))

    def all(self) -> Iterator[Holding]:
        return map(_holding, self._rows(f"SELECT {_COLUMNS} FROM article ORDER BY ordinal"))  # noqa: S608

    def due(self) -> set[str]:
        return {str(file) for (file,) in self._rows("SELECT file FROM due")}

    def written(self, files: Iterable[str]) -> None:
        with self.transaction():
            self._db.executemany("DELETE FROM due WHERE file = ?", ((file,) for file in files))

    def files(self) -> Iterator[str]:
        return (str(file) for (file,) in self._rows("SELECT file FROM article"))

    def history(self, key: str, source: str) -> Sequence[Holding]:
        return self._select("key = ? AND source = ? ORDER BY id", (key, source), "revision")

    def put_warc(self, warc: WarcFile) -> None:
        with self.transaction():
            self._db.execute(
                "INSERT INTO warc (name, size, sealed) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET size = excluded.size, sealed = excluded.sealed",
                (warc.name, warc.size, warc.sealed),
            )

    def warcs(self) -> list[WarcFile]:
        rows = self._rows("SELECT name, size, sealed FROM warc ORDER BY id")
        return [WarcFile(name=str(n), size=int(str(s)), sealed=bool(d)) for n, s, d in rows]

    def put_captures(self, captures: Iterable[Capture]) -> None:
        with self.transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO capture "
                "SELECT id, ?, ?, ?, ?, ?, ? FROM warc WHERE name = ?",
                map(_capture_row, captures),
            )

    def captures(self, file: str) -> Iterator[Capture]:
        return map(_capture, self._rows(_CAPTURE + "name = ? ORDER BY offset", (file,)))

    def original(self, payload_digest: str) -> RecordRef | None:
        found = self._rows(
            _CAPTURE + "payload_digest = ? ORDER BY warc, offset LIMIT 1",
            (_packed(payload_digest),),
        )
        return next((_capture(row).ref for row in found), None)

    def put_pages(self, pages: Mapping[str, RecordRef]) -> None:
        with self.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO page SELECT ?, id, ? FROM warc WHERE name = ?",
                ((uri, ref.offset, ref.file) for uri, ref in pages.items()),
            )

    def latest(self, uri: str) -> RecordRef | None:
        found = self._rows(_CAPTURE + _PAGE, (uri,))
        return next((_capture(row).ref for row in found), None)

    def forget(self, file: str, size: int) -> list[Holding]:
        beyond = (
            "json_extract(conversion, '$.file') = ? AND json_extract(conversion, '$.offset') >= ?"
        )
        with self.transaction():
            self._db.execute(
                "DELETE FROM capture WHERE warc = (SELECT id FROM warc WHERE name = ?) "
                "AND offset >= ?",
                (file, size),
            )
            self._db.execute(
                "DELETE FROM page WHERE warc = (SELECT id FROM warc WHERE name = ?) "
                "AND offset >= ?",
                (file, size),
            )
            self._db.execute("UPDATE warc SET size = min(size, ?) WHERE name = ?", (size, file))
            self._db.execute("DELETE FROM warc WHERE size = 0")
            self._db.execute(f"DELETE FROM revision WHERE {beyond}", (file, size))  # noqa: S608
            lost = self._select(beyond, (file, size))
            for holding in lost:
                self._step_back((holding.key, holding.source))
            if lost:
                self._db.execute("DELETE FROM bookmark")
        return lost

    def _step_back(self, identity: tuple[str, str]) -> None:
        self._drop(identity)
        if earlier := self.history(*identity):
            self._insert(earlier[-1])
            self._db.execute(
                "DELETE FROM revision WHERE id = "
                "(SELECT max(id) FROM revision WHERE key = ? AND source = ?)",
                identity,
            )

    def _drop(self, identity: tuple[str, str]) -> None:
        self._db.execute("DELETE FROM article WHERE key = ? AND source = ?", identity)

    def put_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        rows = ((mark.file, mark.asked, mark.state, mark.offset) for mark in bookmarks)
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO bookmark VALUES (?, ?, ?, ?)", rows)

    def bookmark(self, file: str, asked: str) -> Bookmark | None:
        found = self._rows(
            "SELECT state, offset FROM bookmark WHERE file = ? AND asked = ?", (file, asked)
        )
        for state, offset in found:
            return Bookmark(file=file, asked=asked, state=str(state), offset=int(str(offset)))
        return None

    def last_ordinal(self) -> int:
        (highest,) = next(self._rows("SELECT max(ordinal) FROM article"))
        return -1 if highest is None else int(str(highest))

    def close(self) -> None:
        while self._connections:
            self._connections.pop().close()


def _row(holding: Holding) -> tuple[object, ...]:
    records = (holding.conversion, holding.origin)
    return (
        holding.key,
        holding.source,
        holding.guid,
        holding.date,
        holding.modified,
        holding.url,
        holding.text_digest,
        holding.ordinal,
        holding.file,
        *(record and json.dumps(asdict(record)) for record in records),
    )


def _holding(row: tuple[object, ...]) -> Holding:
    *fields, conversion, origin = row
    names = _COLUMNS.split(", ")
    return Holding(
        **dict(zip(names, fields, strict=False)),  # type: ignore[arg-type]
        conversion=_record(conversion),
        origin=_record(origin),
    )


def _record(text: object) -> RecordRef | None:
    return RecordRef(**json.loads(str(text))) if text else None


def _capture_row(capture: Capture) -> tuple[object, ...]:
    ref = capture.ref
    packed = _packed(capture.payload_digest)
    return (ref.offset, ref.length, ref.record_id, ref.date, ref.uri, packed, ref.file)


def _capture(row: tuple[object, ...]) -> Capture:
    _, offset, length, record_id, date, uri, packed, file = row
    ref = RecordRef(
        record_id=str(record_id),
        uri=str(uri),
        date=str(date),
        file=str(file),
        offset=int(str(offset)),
        length=int(str(length)),
    )
    assert isinstance(packed, bytes)
    return Capture(ref=ref, payload_digest=f"sha1:{base64.b32encode(packed).decode()}")


def _packed(payload_digest: str) -> bytes:
    """The 20 bytes of a SHA-1 written as ``sha1:BASE32``; raises ``ValueError`` for another."""
    name, _, value = payload_digest.partition(":")
    if name != "sha1" or len(value) != _BASE32_LENGTH:
        raise ValueError(f"payload digest {payload_digest!r}: the ledger keeps sha1 in base 32")
    return base64.b32decode(value)
