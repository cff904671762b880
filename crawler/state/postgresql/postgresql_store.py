"""The ledger in PostgreSQL: the shared tables, and what that does in its own way."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.state.postgresql.long_addresses import LongAddresses
from crawler.state.postgresql.new_articles import NewArticles
from crawler.state.postgresql.ordinal_sequence import OrdinalSequence
from crawler.state.sql.all_tables import TABLES, Row, Table
from crawler.state.sql.sql_store import SqlStore

_SETTLE = """
SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0
UNION ALL SELECT 0 LIMIT 1
"""


class PostgresqlStore(NewArticles, OrdinalSequence, LongAddresses, SqlStore):
    """A `crawler.state.store.Store` in one schema of a database."""

    def put_table_rows(self, table: Table, rows: Iterable[Row]) -> None:
        statement = f"COPY {table.name} ({table.quoted(table.columns)}) FROM STDIN"
        with self._asking() as db, db.cursor().copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def settle_numbers(self) -> None:
        for table in TABLES:
            if table.has_numbers:
                self._value(_SETTLE.format(table=table.name))
