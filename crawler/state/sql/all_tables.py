"""All tables of a ledger, row by row, as a copy of it needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.state.sql.tables import Tables

Row = tuple[object, ...]

_AT_ONCE = 1000  # rows in memory


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns, the first *keys* of which no two rows share."""

    name: str
    columns: tuple[str, ...]
    keys: int = 1
    has_numbers: bool = False
    """Its first column is numbered by the database."""

    def quoted(self, columns: Sequence[str]) -> str:
        """Return *columns* as SQL has them."""
        return ", ".join(f'"{column}"' for column in columns)


def _table(name: str, columns: str, keys: int = 1, *, has_numbers: bool = False) -> Table:
    return Table(name, tuple(columns.split()), keys, has_numbers)


_ARTICLE = (
    "key source guid date modified url text_digest ordinal file date_gmt incomplete conversion "
    "origin"
)
TABLES = (
    _table("article", f"{_ARTICLE} collected", 2),
    _table("revision", f"id {_ARTICLE}", has_numbers=True),
    _table("due", "file writer"),
    _table("warc", "id name size sealed node address sha256 uploaded", has_numbers=True),
    _table("capture", "warc offset length record_id date uri payload_digest", 2),
    _table("page", "uri warc offset"),
    _table("bookmark", "file asked state offset", 2),
    _table("visit", "source url at outcome guid date noted", 2),
    _table("sketch", "id key source algorithm value", has_numbers=True),
    _table("band", "value sketch", 2),
    _table("outcome", "source url run reason detail at record", 2),
    _table("event", "id key source kind at alias detail record", has_numbers=True),
    _table("post", "source route id key", 4),
    _table("fact", "name value"),
    _table("found_text", "key ordinal file"),
    _table("told", "source verdict"),
    _table(
        "run",
        "id spider source arguments started ended exit_code reason version extractor counts "
        "dropped lost record",
    ),
)
"""Every table but for the counter of ordinals, which each database keeps in its own way."""


class AllTables(Tables):
    """What a copy of a ledger reads and writes."""

    def table_rows(self, table: Table) -> Iterator[list[Row]]:
        """Yield the rows of *table*, a page at a time. Raises OSError."""
        key, marks = table.quoted(table.columns[: table.keys]), ", ".join("?" * table.keys)
        query = f"SELECT {table.quoted(table.columns)} FROM {table.name}"  # noqa: S608 - our own
        order = f"ORDER BY {key} LIMIT {_AT_ONCE}"
        page = list(self._rows(f"{query} {order}"))
        while page:
            yield page
            after = page[-1][: table.keys]
            page = list(self._rows(f"{query} WHERE ({key}) > ({marks}) {order}", after))

    def as_held(self, table: Table, row: Row) -> Row:
        """Return the *row* of *table*, of whichever ledger, as this one holds it."""
        return row

    def put_table_rows(self, table: Table, rows: Iterable[Row]) -> None:
        """Add *rows* to *table*, in a transaction. Raises OSError."""
        marks = ", ".join("?" * len(table.columns))
        columns = table.quoted(table.columns)
        self._execute_many(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", rows)  # noqa: S608

    def first_table_with_rows(self) -> str:
        """Return the name of a table that holds something, empty if none does."""
        has_rows = (
            (table.name, any(self._rows(f"SELECT 1 FROM {table.name} LIMIT 1")))  # noqa: S608
            for table in TABLES
        )
        return next((name for name, is_full in has_rows if is_full), "")

    def settle_numbers(self) -> None:
        """Have the database number new rows behind those that were put, in a transaction."""
