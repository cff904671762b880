"""An SQLite file: write-ahead log, synchronous=FULL, its tables brought up to date when opened."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from crawler.state.sql.tables import T, Tables
from crawler.state.sqlite.queue import turn
from crawler.state.sqlite.schema import SCHEMA_VERSION, UPGRADES
from crawler.state.sqlite.soundness import LedgerUse
from crawler.state.store import LedgerDamagedError

_LOCK_TIMEOUT = 60.0  # seconds to wait for another program: ours wait in the queue
_CHECKPOINT = 8000  # pages: each band changes one, and the same page changes often in a row
_DAMAGE_CODES = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


class Database(Tables):
    """The file with its transactions and errors; each thread that calls has a connection."""

    _ORDERED_JOIN = "CROSS JOIN"

    def __init__(self, path: str, writer: str = "", node: str = "") -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if Path(path).is_dir():
            raise IsADirectoryError(f"{path}: the ledger fails: it is a folder")
        self._path = path
        self._writer = writer
        self.node = node
        self._ledger = Path(path).resolve()
        self._connections: list[sqlite3.Connection] = []
        self._thread = threading.local()
        self._use = LedgerUse(self._ledger)  # before a connection makes a log
        try:
            self._prepare()
            self._use.begin()
        except BaseException:
            self._use.doubt()
            self.close()
            raise

    @property
    def _db(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._thread, "db", None)
        if found is None:
            found = self._thread.db = self._connect()
        return found

    def _connect(self) -> sqlite3.Connection:
        # Each thread has its own connection; check_same_thread is off for `close` alone.
        db = sqlite3.connect(
            self._path, timeout=_LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        self._connections.append(db)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}")
        return db

    def check(self) -> None:
        with self._errors():
            (health,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if health != "ok":
            self._use.doubt()
            raise LedgerDamagedError(f"{self._path}: the ledger is damaged: {health}")

    def _prepare(self) -> None:
        """Check the ledger if that is needed, and bring its tables up to date."""
        if not self._use.is_sound:
            self.check()
        with self._errors():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise OSError(
                f"{self._path} was written by a newer Newsreel (ledger version {version}, "
                f"this one reads {SCHEMA_VERSION}): install that, or name another STATE_URI"
            )
        if version < SCHEMA_VERSION:  # reading alone leaves the file as it is
            self._upgrade(version)

    def _upgrade(self, version: int) -> None:
        if not self._use.is_alone:
            raise OSError(
                f"{self._path} is in use by an older Newsreel (ledger version {version}, "
                f"this one writes {SCHEMA_VERSION}): wait until that has ended"
            )
        with self.transaction():
            for upgrade in UPGRADES[version:]:
                for statement in filter(str.strip, upgrade.split(";")):
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE_CODES
            kind = LedgerDamagedError if damaged else OSError
            if damaged:
                self._use.doubt()
            raise kind(f"{self._path}: the ledger fails: {error}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._errors():
            if self._db.in_transaction:
                yield
                return
            with turn(self._ledger):
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._db.execute("COMMIT")
                except BaseException:
                    self._roll_back()
                    raise

    def atomically(self, change: Callable[[], T]) -> T:
        with self.transaction():
            return change()

    def _roll_back(self) -> None:
        # On a full disk SQLite has rolled back by itself.
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[object, ...]]:
        with self._errors():
            yield from self._db.execute(query, values)

    def _execute(self, query: str, values: Sequence[object] = ()) -> int:
        return self._db.execute(query, values).rowcount

    def _execute_many(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        self._db.executemany(query, rows)

    def _create_temporary(self, table: str, columns: str) -> None:
        self._db.execute(f"CREATE TEMP TABLE {table} ({columns}) WITHOUT ROWID")

    def _drop_temporary(self, table: str) -> None:
        self._db.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def close(self) -> None:
        while self._connections:
            self._connections.pop().close()
        self._use.end()
