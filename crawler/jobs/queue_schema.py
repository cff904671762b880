"""The tables of the queue: Procrastinate's, and beside them who works and what came of jobs.

They have a schema of their own beside the ledger's (`newsreel_queue`), so that both can be
upgraded, copied and taken away by themselves. Procrastinate does not note which of its migrations a
database has had; we do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

from procrastinate.schema import SchemaManager
from psycopg import sql

if TYPE_CHECKING:
    import psycopg

_OURS: LiteralString = """
CREATE TABLE newsreel_migration (name text NOT NULL);
CREATE TABLE newsreel_worker (
    worker_id bigint PRIMARY KEY REFERENCES procrastinate_workers (id) ON DELETE CASCADE,
    name text NOT NULL
);
CREATE TABLE newsreel_result (
    job_id bigint PRIMARY KEY,
    key text NOT NULL,
    exit_code int NOT NULL,
    ended timestamptz NOT NULL DEFAULT now(),
    result jsonb NOT NULL
);
CREATE INDEX newsreel_result_ended ON newsreel_result (ended);
"""
_LOCK = 0x6E657773  # "news": of two processes that begin at the same time one makes the tables


def search_path(*schemas: str) -> sql.Composed:
    """Return the statement after which tables are those of *schemas*."""
    names = sql.SQL(", ").join(map(sql.Identifier, schemas))
    return sql.SQL("SET search_path TO {}").format(names)


async def make_tables(connection: psycopg.AsyncConnection, schema: str) -> None:
    """Make or upgrade the tables of the queue in *schema*. Raises ``psycopg.Error``."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        create = sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema))
        await connection.execute(create)
        await connection.execute(search_path(schema))
        migrations = _migrations()
        found = await connection.execute("SELECT to_regclass('newsreel_migration') IS NULL")
        row = await found.fetchone()
        if row and row[0]:
            await connection.execute(SchemaManager.get_schema())
            await connection.execute(_OURS)
            had = {path.name for path in migrations}
            await _note(connection, had)
        else:
            names = await connection.execute("SELECT name FROM newsreel_migration")
            had = {name for (name,) in await names.fetchall()}
        for path in migrations:
            if path.name not in had:
                await connection.execute(path.read_text(encoding="utf-8"))
                await _note(connection, {path.name})


def _migrations() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


async def _note(connection: psycopg.AsyncConnection, names: set[str]) -> None:
    await connection.execute(
        "INSERT INTO newsreel_migration SELECT unnest(%s::text[])", [sorted(names)]
    )
