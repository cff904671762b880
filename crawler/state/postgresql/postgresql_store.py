"""The ledger in PostgreSQL: the shared tables, and what that does in its own way."""

from __future__ import annotations

from crawler.state.postgresql.new_articles import NewArticles
from crawler.state.postgresql.ordinal_sequence import OrdinalSequence
from crawler.state.sql.sql_store import SqlStore


class PostgresqlStore(NewArticles, OrdinalSequence, SqlStore):
    """A `crawler.state.store.Store` in one schema of a database."""
