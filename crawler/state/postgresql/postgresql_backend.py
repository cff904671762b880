"""The ledger of many machines: a schema in PostgreSQL, ``postgresql://USER@HOST/DATABASE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.state.postgresql.server import Server

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.state.postgresql.postgresql_store import PostgresqlStore
    from crawler.state.run_locks import RunLocks

FORM = "postgresql://HOST/DATABASE"
IS_SHARED = True


def names_ledger(uri: str) -> bool:
    """Return whether *uri* is the address of a database."""
    return uri.startswith("postgresql://") and bool(Server(uri).shown)


def connect(uri: str, writer: str = "", node: str = "") -> PostgresqlStore:
    """Open the ledger at *uri*, and make its schema if it is not there. Raises OSError."""
    _require_psycopg()
    from crawler.state.postgresql.postgresql_store import PostgresqlStore  # noqa: PLC0415

    return PostgresqlStore(uri, writer, node)


def exists(uri: str) -> bool:
    """Return whether there is a ledger at *uri*. Raises OSError."""
    _require_psycopg()
    from crawler.state.postgresql.schemas import has_ledger  # noqa: PLC0415

    return has_ledger(Server(uri))


def run_locks(uri: str, folder: Path, node: str, seconds: float) -> RunLocks:
    """Return the locks of all nodes that have the ledger at *uri*. Raises OSError."""
    _require_psycopg()
    from crawler.state.postgresql.leased_locks import LeasedLocks  # noqa: PLC0415

    return LeasedLocks(Server(uri), folder, node, seconds)


def move_aside(uri: str, kind: str) -> str:
    """Rename the schema to ``NAME_<kind>_N``, and say where the ledger is now. Raises OSError."""
    _require_psycopg()
    from crawler.state.postgresql.schemas import rename_schema  # noqa: PLC0415

    return rename_schema(Server(uri), kind)


def _require_psycopg() -> None:
    try:
        import psycopg  # noqa: F401, PLC0415
    except ImportError as error:
        raise OSError(
            f"a ledger in PostgreSQL needs psycopg ({error}): pip install 'newsreel[postgres]'"
        ) from error
