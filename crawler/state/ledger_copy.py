"""A whole ledger copied into another one, of whichever kind, and compared with it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crawler.state.postgresql.refused_text import storable
from crawler.state.sql.all_tables import TABLES, Row, Table
from crawler.state.sql.sql_store import SqlStore
from crawler.state.store import WarcFile

_WALKED = "walked"


class CopyError(Exception):
    """A ledger cannot be copied, and the other one is as it was; says why."""


@dataclass(slots=True)
class CopiedRows:
    """How many rows were copied, by table, and what they come to in any order."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Count *rows* of *table* in."""
        for row in rows:
            digest = hashlib.sha256(repr([_comparable(value) for value in row]).encode()).digest()
            self.counts[table] += 1
            self.sums[table] = (self.sums[table] + int.from_bytes(digest)) % (1 << 256)

    @property
    def digest(self) -> str:
        """A digest of all rows."""
        said = repr(sorted(self.sums.items())).encode()
        return hashlib.sha256(said).hexdigest()[:16]


def copy_ledger(
    source: SqlStore,
    target: SqlStore,
    tell: Callable[[str, int], object] = lambda table, rows: None,
) -> CopiedRows:
    """Copy all that *source* holds into *target*, which must hold nothing, and compare them.

    It is one transaction in each: nobody writes meanwhile, and there is all or nothing. What is of
    the node of *source* is of that of *target* then. *tell* hears of each table how many rows were
    copied. Raises `CopyError`, and OSError.
    """
    with source.transaction(), target.transaction():
        if full := target.first_table_with_rows():
            raise CopyError(f"it holds something already, such as rows of {full!r}")
        _check_texts_are_written(source)
        nodes = _Nodes(source.node, target.node)
        copied, found = CopiedRows(), CopiedRows()
        for table in TABLES:
            for page in source.table_rows(table):
                rows = [target.as_held(table, nodes.renamed(table, row)) for row in page]
                target.put_table_rows(table, rows)
                copied.add(table.name, rows)
            tell(table.name, copied.counts[table.name])
        target.settle_numbers()
        for table in TABLES:
            for page in target.table_rows(table):
                found.add(table.name, page)
        if found != copied:
            wrong = [name for name, value in copied.sums.items() if found.sums[name] != value]
            raise CopyError(f"rows of {', '.join(wrong)} are not as they were written")
        target.claim_ordinal(source.take_ordinals(0), 0)
    return copied


def away(target: SqlStore) -> list[WarcFile]:
    """Return the WARC files of other nodes that are not uploaded: nobody reads them from here."""
    return [warc for warc in target.warcs() if warc.node != target.node and not warc.address]


def _check_texts_are_written(source: SqlStore) -> None:
    here = len(source.due())
    noted = sum(len(page) for page in source.table_rows(_named("due")))
    if noted > here:
        raise CopyError(
            f"{noted - here} text files of other nodes are still to be written: start those once"
        )


def _named(name: str) -> Table:
    return next(table for table in TABLES if table.name == name)


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Rows of the node *old* become those of the node *new*."""

    old: str
    new: str

    def renamed(self, table: Table, row: Row) -> Row:
        if self.old == self.new or table.name not in ("warc", "due", "fact"):
            return row
        named = dict(zip(table.columns, row, strict=True))
        if table.name == "warc" and named["node"] == self.old:
            named["node"] = self.new
        elif table.name == "due":
            writer = str(named["writer"]).removeprefix(f"{self.old}/")
            named["writer"] = f"{self.new}/{writer}" if self.new else writer
        elif table.name == "fact" and named["name"] == f"{_WALKED} {self.old}".strip():
            named["name"] = f"{_WALKED} {self.new}".strip()
        return tuple(named.values())


def _comparable(value: object) -> object:
    return storable(value) if isinstance(value, str) else value
