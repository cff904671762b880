"""The tables of a ledger are made, or brought up to date, by one of those that open it."""

from __future__ import annotations

from psycopg import sql

from crawler.state.postgresql.connections import Connection, server_errors
from crawler.state.postgresql.postgresql_schema import SCHEMA_VERSION, UPGRADES
from crawler.state.postgresql.server import Server
from crawler.state.postgresql.statements import translated

_UPGRADING = "upgrading"
_USE = "use"


def version(server: Server, connection: Connection) -> int:
    """Return the version of the ledger, 0 if there is none. Raises OSError."""
    with server_errors(server, connection):
        # to_regclass would not see, in a transaction that waited, what another has made meanwhile.
        query = "SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'ledger'"
        if not connection.execute(query, [server.schema]).fetchall():
            return 0
        ((number,),) = connection.execute("SELECT version FROM ledger").fetchall()
    return int(number)


def bring_up_to_date(server: Server, connection: Connection) -> None:
    """Make the tables if there are none, and upgrade older ones; others wait. Raises OSError."""
    found = version(server, connection)
    _check_is_known(server, found)
    if found == SCHEMA_VERSION:
        with server_errors(server, connection):
            connection.execute("DELETE FROM commit_mark WHERE at < now() - interval '7 days'")
        return
    with server_errors(server, connection), connection.transaction():
        _lock(server, connection, _UPGRADING)
        found = version(server, connection)
        _check_is_known(server, found)
        if found < SCHEMA_VERSION:
            _upgrade(server, connection, found)


def begin_use(server: Server, connection: Connection) -> None:
    """Note that *connection* uses the ledger as it is: nobody upgrades it meanwhile."""
    with server_errors(server, connection):
        number = server.lock_number(_USE)
        connection.execute("SELECT pg_advisory_lock_shared($1)", [number])
        found = version(server, connection)
    if found != SCHEMA_VERSION:
        _check_is_known(server, found)
        raise OSError(f"{server.shown}: the ledger is gone, or was replaced by an older one")


def _upgrade(server: Server, connection: Connection, found: int) -> None:
    number = server.lock_number(_USE)
    ((is_free,),) = connection.execute("SELECT pg_try_advisory_xact_lock($1)", [number]).fetchall()
    if not is_free:
        raise OSError(
            f"{server.shown} is in use by an older Newsreel (ledger version {found}, "
            f"this one writes {SCHEMA_VERSION}): wait until that has ended"
        )
    if not found:
        _create(server, connection)
    for upgrade in UPGRADES[found:]:
        connection.execute(upgrade)
    connection.execute("UPDATE ledger SET version = $1", [SCHEMA_VERSION])


def _create(server: Server, connection: Connection) -> None:
    schema = sql.Identifier(server.schema)
    there = connection.execute("SELECT to_regnamespace($1)", [f'"{server.schema}"']).fetchall()
    if there == [(None,)]:  # who may use it need not be one who may make it
        statement = sql.SQL("CREATE SCHEMA {}").format(schema)
        connection.execute(statement.as_bytes(connection))
    connection.execute("CREATE TABLE ledger (version bigint NOT NULL)")
    connection.execute("INSERT INTO ledger VALUES (0)")


def _lock(server: Server, connection: Connection, name: str) -> None:
    number = server.lock_number(name)
    connection.execute(translated("SELECT pg_advisory_xact_lock(?)"), [number])


def _check_is_known(server: Server, found: int) -> None:
    if found > SCHEMA_VERSION:
        raise OSError(
            f"{server.shown} was written by a newer Newsreel (ledger version {found}, "
            f"this one reads {SCHEMA_VERSION}): install that, or name another STATE_URI"
        )
