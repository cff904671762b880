"""A temporary database of the records of many WARC files: memory does not grow with them."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from crawler.warc.digests import comparable_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.warc.reader import Record

_PRIVATE = ""  # SQLite's name for a file of its own in TMPDIR that is gone when it is closed
_BATCH = 1000
_SCHEMA = """
PRAGMA journal_mode = OFF;
CREATE TABLE record (
    number INTEGER PRIMARY KEY, file TEXT, offset INTEGER, length INTEGER,
    id TEXT, type TEXT, uri TEXT, date TEXT, payload TEXT, text BLOB
);
CREATE TABLE reference (
    file TEXT, offset INTEGER, field TEXT, target TEXT,
    type TEXT, uri TEXT, date TEXT, payload TEXT
);
CREATE TABLE elsewhere (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_INDEX = "CREATE INDEX IF NOT EXISTS record_id ON record (id)"
_RECORD = (
    "record.file, record.offset, length, id, record.type, record.uri, record.date, "
    "record.payload, text"
)
_REPEATED_IDS = f"""
SELECT {_RECORD} FROM record WHERE EXISTS (
    SELECT 1 FROM record AS earlier WHERE earlier.id = record.id AND earlier.number < record.number
) ORDER BY number
"""  # noqa: S608 - our own constants
# The first record of an id stands for all of them: they may be many, and be referred to as often.
_FIRST = f"""
SELECT {_RECORD} FROM record WHERE number = (SELECT min(number) FROM record WHERE id = ?)
"""  # noqa: S608 - our own constants
_REFERENCES = f"""
SELECT reference.*, {_RECORD} FROM reference
    LEFT JOIN record ON number = (SELECT min(number) FROM record WHERE id = target)
WHERE id IS NULL AND target NOT IN (SELECT id FROM elsewhere)
    OR id IS NOT NULL AND reference.type = 'revisit'
    OR reference.uri != record.uri OR reference.date != record.date
    OR lower(field) = 'warc-warcinfo-id' AND record.type != 'warcinfo'
ORDER BY reference.rowid
"""  # noqa: S608 - our own constants
WARCINFO_ID = "warc-warcinfo-id"
_FIELDS = ("warc-concurrent-to", "warc-refers-to", WARCINFO_ID)


class RecordRow(NamedTuple):
    """A record; ``payload`` is its payload digest in comparable form.

    ``text`` is the SHA-256 of its block if it is a conversion.
    """

    file: str
    offset: int
    length: int
    id: str | None
    type: str
    uri: str | None
    date: str | None
    payload: str | None
    text: bytes | None


class ReferenceRow(NamedTuple):
    """The ``field`` of the record at ``offset`` that names another one by its id, ``target``.

    ``uri`` and ``date`` are what it says of the target, ``type`` and ``payload`` are its own.
    """

    file: str
    offset: int
    field: str
    target: str
    type: str
    uri: str | None
    date: str | None
    payload: str | None


def rows_of(
    file: str, record: Record, fields: Mapping[str, str]
) -> tuple[RecordRow, list[ReferenceRow]]:
    """Return the rows of *record* of *file*; *fields* are its headers by names in lower case."""
    digest = fields.get("warc-payload-digest")
    row = RecordRow(
        file,
        record.offset,
        record.length,
        fields.get("warc-record-id") or None,
        record.type,
        fields.get("warc-target-uri"),
        fields.get("warc-date"),
        comparable_digest(digest) if digest else None,
        hashlib.sha256(record.block).digest() if record.type == "conversion" else None,
    )
    if not any(name in fields for name in _FIELDS):
        return row, []
    return row, [
        _reference(row, name, target, fields)
        for name, target in record.headers
        if name.lower() in _FIELDS  # there may be several WARC-Concurrent-To
    ]


def _reference(row: RecordRow, name: str, target: str, fields: Mapping[str, str]) -> ReferenceRow:
    is_refers_to = name.lower() == "warc-refers-to"
    uri = fields.get("warc-refers-to-target-uri") if is_refers_to else None
    date = fields.get("warc-refers-to-date") if is_refers_to else None
    return ReferenceRow(row.file, row.offset, name, target, row.type, uri, date, row.payload)


class RecordTable:
    """The records of all files, and how they refer to each other: a kilobyte of disk each.

    Add everything, then `finish`, then query.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect(_PRIVATE, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._records: list[RecordRow] = []
        self._references: list[ReferenceRow] = []

    def add(self, records: Iterable[RecordRow], references: Iterable[ReferenceRow]) -> None:
        """Add what `rows_of` gave of records."""
        self._records += records
        self._references += references
        if len(self._records) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO record VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._records
        )
        self._db.executemany(
            "INSERT INTO reference VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._references
        )
        self._db.execute("COMMIT")
        self._records.clear()
        self._references.clear()

    def finish(self) -> None:
        """Write what is left, and index it for the queries."""
        self._flush()
        self._db.execute(_INDEX)

    def record(self, record_id: str, file: str = "", offset: int = -1) -> RecordRow | None:
        """Return the record with the id *record_id* at *offset* of *file*, else the first one."""
        first = self._first(record_id)
        if first is None or not file or (first.file, first.offset) == (file, offset):
            return first
        row = self._db.execute(
            f"SELECT {_RECORD} FROM record WHERE id = ? AND file = ? AND offset = ?",  # noqa: S608
            (record_id, file, offset),
        ).fetchone()
        return RecordRow(*row) if row else first

    def _first(self, record_id: str) -> RecordRow | None:
        row = self._db.execute(_FIRST, (record_id,)).fetchone()
        return RecordRow(*row) if row else None

    def count_conversions(self) -> int:
        """Return how many conversion records there are."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM record WHERE type = 'conversion'"
        ).fetchone()
        return int(count)

    def add_elsewhere(self, ids: Iterable[str]) -> None:
        """Add *ids* of records in foreign archives, which may be referred to."""
        rows = ((record_id,) for record_id in ids)
        self._db.executemany("INSERT OR IGNORE INTO elsewhere VALUES (?)", rows)

    def repeated_ids(self) -> Iterator[tuple[RecordRow, RecordRow]]:
        """Yield every record whose id an earlier one has, and the first that has it."""
        for row in self._db.execute(_REPEATED_IDS):
            repeated = RecordRow(*row)
            if first := self._first(repeated.id or ""):
                yield repeated, first

    def references(self) -> Iterator[tuple[ReferenceRow, RecordRow | None]]:
        """Yield each reference that may be a fault, with the record that it leads to.

        Those are the ones to no known record, those of revisits, those that state another URI
        or date than their target has, and those to a warcinfo record that is none.
        """
        size = len(ReferenceRow._fields)
        for row in self._db.execute(_REFERENCES):
            target = RecordRow(*row[size:]) if row[size] is not None else None
            yield ReferenceRow(*row[:size]), target

    def close(self) -> None:
        """Delete the database."""
        self._db.close()
