"""A schema in a PostgreSQL database: its connections, transactions, and tables brought up to date.

A connection that is lost is made again, and what was not committed is done again as a whole.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from crawler.state.postgresql.connections import (
    Connection,
    ConnectionLostError,
    Patience,
    TryAgainError,
    connect,
    connect_again,
    drop,
    server_errors,
    try_again,
)
from crawler.state.postgresql.postgresql_schema import TABLES
from crawler.state.postgresql.pulse import Pulse
from crawler.state.postgresql.server import Server, application_name
from crawler.state.postgresql.statements import translated
from crawler.state.postgresql.upgrading import begin_use, bring_up_to_date
from crawler.state.sql.columns import batches
from crawler.state.sql.tables import T, Tables

# Transactions wait for each other, as in SQLite: what one reads stays true until it ends. Each
# leaves a mark, by which it is known whether it took effect when the answer to its commit is lost;
# the number of a transaction would not do, which a server that crashed may give once more.
_BEGIN = """
BEGIN; SELECT pg_advisory_xact_lock({lock});
INSERT INTO commit_mark (session, number, at) VALUES ('{session}', {number}, now())
ON CONFLICT (session) DO UPDATE SET number = excluded.number, at = excluded.at
"""
# It is over when its lock is free: its process may not have noticed that nobody listens. This is
# one message, so that who is frozen has no lock.
_ASK = """
SELECT pg_advisory_xact_lock({lock}); SELECT number FROM commit_mark WHERE session = '{session}'
"""


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a transaction leaves: which one it is of those of a thread."""

    session: str
    number: int


class Database(Tables):
    """The schema with its transactions and errors; each thread that calls has a connection."""

    def __init__(self, uri: str, writer: str = "", node: str = "") -> None:
        self.server = Server(uri)
        self._writer = writer
        self.node = node
        self._name = application_name(node)
        self._lock = self.server.lock_number("transaction")
        self._connections: list[Connection] = []
        self._closed = False
        self._thread = threading.local()
        first = connect(self.server, self._name)
        try:
            bring_up_to_date(self.server, first)
            self._thread.db = self._begun(first)
        except BaseException:
            drop(first)
            raise

    # Connections

    @property
    def _db(self) -> Connection:
        found: Connection | None = getattr(self._thread, "db", None)
        if found is None or (found.closed and not self._in_transaction):
            found = self._thread.db = self._connect()
        return found

    def _connect(self) -> Connection:
        if self._closed:
            raise OSError(f"{self.server.shown}: the ledger is closed")
        self._connections = [one for one in self._connections if not one.closed]
        patience = Patience(self.server.patience)
        return self._begun(connect_again(self.server, self._name, patience))

    def _begun(self, connection: Connection) -> Connection:
        begin_use(self.server, connection)
        self._connections.append(connection)
        return connection

    def close(self) -> None:
        self._closed = True
        while self._connections:
            drop(self._connections.pop())

    def check(self) -> None:
        for table in TABLES:
            self._value(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own

    # Transactions

    @property
    def _in_transaction(self) -> bool:
        return getattr(self._thread, "in_transaction", False)

    def atomically(self, change: Callable[[], T]) -> T:
        if self._in_transaction:
            return change()
        patience = Patience(self.server.patience)
        while True:
            try:
                with self._in_one():
                    result = change()
            except ConnectionLostError as lost:
                patience.wait(lost)
                if lost.commit and self._took_effect(lost.commit):
                    return result
            except TryAgainError as error:
                patience.wait(error)
            else:
                return result

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._in_transaction:
            yield
            return
        # It may read files meanwhile, and is not made again: the server must not take it back.
        with self._in_one(), Pulse(self._db, self._guard):
            yield

    @contextmanager
    def _in_one(self) -> Iterator[None]:
        mark = try_again(self.server, self._begin)
        self._thread.in_transaction = True
        try:
            yield
            self._commit(mark)
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._thread.in_transaction = False

    def _begin(self) -> _Mark:
        """Begin a transaction, and return its mark."""
        before: _Mark | None = getattr(self._thread, "mark", None)
        mark = (
            _Mark(before.session, before.number + 1) if before else _Mark(secrets.token_hex(8), 1)
        )
        self._thread.mark = mark
        begin = _BEGIN.format(lock=self._lock, session=mark.session, number=mark.number)
        db = self._db
        try:
            with server_errors(self.server, db):
                db.execute(begin.encode(), prepare=False)
        except BaseException:
            self._roll_back()
            raise
        return mark

    def _commit(self, mark: _Mark) -> None:
        try:
            with self._asking() as db:
                answer = db.execute("COMMIT", prepare=False)
        except ConnectionLostError as lost:
            lost.commit = (mark.session, mark.number)
            raise
        if answer.statusmessage != "COMMIT":  # after an error that somebody let pass
            raise OSError(f"{self.server.shown}: the ledger took a transaction back")

    def _roll_back(self) -> None:
        db = self._db
        try:
            if not db.closed:
                db.execute("ROLLBACK", prepare=False)
        except psycopg.Error:
            drop(db)

    def _took_effect(self, commit: tuple[str, int]) -> bool:
        """Return whether the *commit* took effect whose answer was lost."""
        session, number = commit
        ask = _ASK.format(lock=self._lock, session=session).encode()

        def found() -> list[tuple[object, ...]]:
            with self._asking() as db:
                cursor = db.execute(ask, prepare=False)
                cursor.nextset()
                return cursor.fetchall()

        return try_again(self.server, found) == [(number,)]

    # Statements

    @property
    def _guard(self) -> threading.RLock:
        """What a statement of this thread holds, so that a `Pulse` is none in the midst of it."""
        if not hasattr(self._thread, "guard"):
            self._thread.guard = threading.RLock()
        guard: threading.RLock = self._thread.guard
        return guard

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        """Have a connection in the block, whose errors are raised as OSErrors."""
        db = self._db
        with self._guard, server_errors(self.server, db):
            yield db

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[object, ...]]:
        if self._in_transaction:
            return iter(self._fetched(query, values))
        return iter(try_again(self.server, lambda: self._fetched(query, values)))

    def _fetched(self, query: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        with self._asking() as db:
            return db.execute(translated(query), values).fetchall()

    def _value(self, query: str, values: Sequence[object] = ()) -> object:
        return next(self._rows(query, values))[0]

    def _execute(self, query: str, values: Sequence[object] = ()) -> int:
        with self._asking() as db:
            return db.execute(translated(query), values).rowcount

    def _execute_many(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        *first, last = list(rows) or [()]
        with self._asking() as db, db.cursor() as cursor:
            if first:
                cursor.executemany(translated(query), first)
            # Behind many at once psycopg (3.3) says Flush, and the server (15) no longer watches
            # for how long the transaction is idle.
            if last:
                cursor.execute(translated(query), last)

    def _batches(self, values: Iterable[str]) -> Iterator[tuple[Sequence[object], str]]:
        for batch in batches(values):
            yield [batch], "= ANY(?)"

    def _create_temporary(self, table: str, columns: str) -> None:
        here = columns.replace("INTEGER", "bigint").replace("BLOB", "bytea")
        self._execute(f"CREATE TEMP TABLE {table} ({here}) ON COMMIT DROP")

    def _drop_temporary(self, table: str) -> None:
        self._execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
