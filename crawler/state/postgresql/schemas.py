"""Schemas that have ledgers: whether there is one, and how it gets another name."""

from __future__ import annotations

from contextlib import closing
from itertools import count

from psycopg import sql

from crawler.state.postgresql.connections import connect, server_errors
from crawler.state.postgresql.server import Server
from crawler.state.postgresql.upgrading import version


def has_ledger(server: Server) -> bool:
    """Return whether there is a ledger. Raises OSError."""
    with closing(connect(server)) as connection:
        return version(server, connection) > 0


def rename_schema(server: Server, kind: str) -> str:
    """Give the schema the first name ``NAME_<kind>_N`` that is free, and return it; with address.

    Raises OSError.
    """
    with closing(connect(server)) as connection, server_errors(server, connection):
        query = "SELECT nspname FROM pg_namespace"
        taken = {name for (name,) in connection.execute(query).fetchall()}
        names = (f"{server.schema}_{kind}_{number}" for number in count())
        free = next(name for name in names if name not in taken)
        rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(
            sql.Identifier(server.schema), sql.Identifier(free)
        )
        connection.execute(rename.as_bytes(connection))
    return f"{server.shown} (schema {free})"
