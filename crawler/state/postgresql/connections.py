"""Connections to a PostgreSQL server, and what becomes of its errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg import errors, sql

from crawler.state.postgresql.adapters import register
from crawler.state.postgresql.server import Server, application_name

Connection = psycopg.Connection[tuple[Any, ...]]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0  # seconds
_AGAIN = (errors.DeadlockDetected, errors.SerializationFailure)
# The server is there, but ends this connection or takes none now.
_GOING = (
    *(errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow),
    errors.IdleInTransactionSessionTimeout,
)

T = TypeVar("T")


class ConnectionLostError(OSError):
    """The connection is lost; ``commit`` is the mark of what was being committed."""

    commit: tuple[str, int] | None = None


class TryAgainError(OSError):
    """The transaction stood in the way of another one, and is to be made again."""


class Patience:
    """Waits longer and longer between attempts, for *seconds* altogether."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._pause = _FIRST_PAUSE

    def wait(self, error: OSError) -> None:
        """Wait for the next attempt, or raise *error* if time is over."""
        if time.monotonic() + self._pause > self._end:
            raise error
        time.sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


@contextmanager
def server_errors(server: Server, connection: Connection | None = None) -> Iterator[None]:
    """Raise the errors of *server* as OSErrors that name it, without its password."""
    try:
        yield
    except psycopg.Error as error:
        raise _as_os_error(server, error, connection) from None


def _as_os_error(server: Server, error: psycopg.Error, connection: Connection | None) -> OSError:
    kind: type[OSError] = OSError
    if isinstance(error, _AGAIN):
        kind = TryAgainError
    elif isinstance(error, _GOING) or (connection is not None and connection.closed):
        kind = ConnectionLostError
        if connection is not None:
            drop(connection)
    return kind(f"{server.shown}: the ledger fails: {server.hide(str(error))}")


def connect(server: Server, name: str = "") -> Connection:
    """Return a new connection, on which each statement is a transaction of its own.

    The server calls it *name*. Raises OSError.
    """
    with server_errors(server):
        connection: Connection = psycopg.connect(
            server.conninfo(),
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            application_name=name or application_name(""),
        )
    try:
        with server_errors(server, connection):
            _check_encoding(server, connection)
            register(connection)
            connection.execute(_search_path(server).as_bytes(connection))
            # Who has set it to something that is safe, such as remote_apply, keeps that.
            connection.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            )
    except BaseException:
        connection.close()
        raise
    return connection


def connect_again(server: Server, name: str, patience: Patience) -> Connection:
    """Return a new connection in the place of one that was lost. Raises OSError."""
    while True:
        try:
            return connect(server, name)
        except OSError as error:
            patience.wait(error)


def try_again(server: Server, ask: Callable[[], T]) -> T:
    """Return what *ask* returns, which is asked again if the connection is lost."""
    patience = Patience(server.patience)
    while True:
        try:
            return ask()
        except (ConnectionLostError, TryAgainError) as error:
            patience.wait(error)


def drop(connection: Connection) -> None:
    """Close *connection*, in whatever state it is."""
    with suppress(psycopg.Error, OSError):
        connection.close()


def _search_path(server: Server) -> sql.Composed:
    return sql.SQL("SET search_path TO {}").format(sql.Identifier(server.schema))


def _check_encoding(server: Server, connection: Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise OSError(
            f"{server.shown}: the database has the encoding {encoding}, and a ledger needs UTF8: "
            "create one with ENCODING 'UTF8' TEMPLATE template0"
        )
