"""Filling a ledger with very many rows: in the order of its tables, and its indexes afterwards.

What comes of it is what adding would have made, but for the order of pages on the disk. Ten million
articles take a quarter of an hour instead of days.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterable
from contextlib import closing

import numpy as np
import psycopg
from psycopg import sql

from benchmarks._large_ledger import (
    Row,
    band_columns,
    batches,
    columns_of,
    holding,
    sketch_of,
    table_rows,
)
from crawler.state.backends import open_store
from crawler.state.sql.all_tables import TABLES
from crawler.text.minhash import algorithm

_AT_ONCE = 1_000_000
_BAND = np.dtype([("fields", ">i2"), ("n1", ">i4"), ("v1", ">i8"), ("n2", ">i4"), ("v2", ">i8")])
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"


def fill_in_bulk(uri: str, count: int) -> None:
    """Put *count* articles into the ledger at *uri*, which is made if it is new.

    It is closed; of its own articles none may be one of these.
    """
    open_store(uri).close()
    if uri.startswith("sqlite:"):
        _fill_sqlite(uri.removeprefix("sqlite:"), count)
    else:
        _fill_postgresql(uri, count)
    _check(uri, count)


def _check(uri: str, count: int) -> None:
    """Look whether the ledger has what it was filled with."""
    with closing(open_store(uri)) as store:
        for number in {0, count // 2, count - 1}:
            wanted = holding(number)
            assert store.holdings([wanted.key]) == {wanted.key: [wanted]}
            near = store.similar(algorithm(), sketch_of(number))
            assert near == [(wanted, sketch_of(number))]


def _fill_sqlite(path: str, count: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
            db.execute(f"PRAGMA {setting}")
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        filled = table_rows(count)
        indexes = [
            (str(name), str(made))
            for name, table, made in db.execute(
                "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index'"
            )
            if made and table in filled
        ]
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        for table, rows in filled.items():
            columns = columns_of(table)
            names = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join("?" * len(columns))
            with _told(table):
                db.execute("BEGIN")
                db.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows())
                db.execute("COMMIT")
        for name, made in indexes:
            with _told(name):
                db.execute(made)
        db.execute("PRAGMA locking_mode=NORMAL")
        db.execute("PRAGMA journal_mode=WAL")


def _fill_postgresql(uri: str, count: int) -> None:
    schema = open_store_schema(uri)
    with psycopg.connect(uri, autocommit=True) as db:
        db.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        db.execute("SET maintenance_work_mem = '1GB'")
        db.execute("SET max_parallel_maintenance_workers = 0")
        filled = table_rows(count)
        made = _dropped_indexes(db, list(filled))
        for table, rows in filled.items():
            with _told(table), db.transaction():
                if table == "band":
                    _copy_bands(db, count)
                else:
                    _copy(db, table, rows())
        for statement in made:
            with _told(statement):
                db.execute(statement.encode())
        for name in (one.name for one in TABLES if one.has_numbers and one.name in filled):
            highest = f"(SELECT max(id) FROM {name})"
            sequence = f"pg_get_serial_sequence('{name}', 'id')"
            db.execute(f"SELECT setval({sequence}, {highest})".encode())
        with _told("vacuum, analyze"):
            db.execute("VACUUM ANALYZE")


def open_store_schema(uri: str) -> str:
    """Return the schema of the ledger at *uri*."""
    from crawler.state.postgresql.server import Server

    return Server(uri).schema


def _dropped_indexes(db: psycopg.Connection, tables: list[str]) -> list[str]:
    """Drop the indexes of *tables*; return the statements that make them again."""
    found = db.execute(
        "SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) "
        "FROM pg_constraint c WHERE c.contype IN ('p', 'u') "
        "AND c.conrelid = ANY(%s::regclass[])",
        (tables,),
    ).fetchall()
    made = []
    for table, name, definition in found:
        db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
        made.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    found = db.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[])",
        (tables,),
    ).fetchall()
    for name, definition in found:
        db.execute(f"DROP INDEX {name}".encode())
        made.append(definition)
    return made


def _copy(db: psycopg.Connection, table: str, rows: Iterable[Row]) -> None:
    names = ", ".join(f'"{column}"' for column in columns_of(table))
    with db.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
        for batch in batches(rows):
            copy.write("".join(map(_line, batch)))


def _line(row: Row) -> str:
    return "\t".join(map(_text, row)) + "\n"


def _text(value: object) -> str:
    """Return *value* as COPY has it; no text here has what it would have to quote."""
    if value is None:
        return "\\N"
    return f"\\\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def _copy_bands(db: psycopg.Connection, count: int) -> None:
    """Copy the bands as PostgreSQL has them itself: there are sixteen for each article."""
    values, sketches = band_columns(count)
    statement = b"COPY band (value, sketch) FROM STDIN (FORMAT binary)"
    with db.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_COPY_HEADER)
        for first in range(0, len(values), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            rows = np.empty(len(values[part]), dtype=_BAND)
            rows["fields"], rows["n1"], rows["n2"] = 2, 8, 8
            rows["v1"], rows["v2"] = values[part], sketches[part]
            copy.write(rows.tobytes())
        copy.write(_COPY_TRAILER)


class _told:  # noqa: N801 - used as a word
    """Says on stderr how long something took."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        print(f"{time.perf_counter() - self._begun:7.1f} s  {self._what}", file=sys.stderr)
