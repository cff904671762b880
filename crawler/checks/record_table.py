"""What lies where in many WARC files, in a temporary database: memory does not grow with them."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from crawler.warc.digests import comparable

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
_ENTRY = (
    "record.file, record.offset, length, id, record.type, record.uri, record.date, "
    "record.payload, text"
)
_TWICE = f"""
SELECT {_ENTRY} FROM record WHERE EXISTS (
    SELECT 1 FROM record AS earlier WHERE earlier.id = record.id AND earlier.number < record.number
) ORDER BY number
"""  # noqa: S608 - our own constants
_REFERENCES = f"""
SELECT reference.*, {_ENTRY} FROM reference LEFT JOIN record ON id = target
WHERE id IS NULL AND target NOT IN (SELECT id FROM elsewhere) OR reference.type = 'revisit'
    OR reference.uri != record.uri OR reference.date != record.date
GROUP BY reference.rowid ORDER BY reference.rowid
"""  # noqa: S608 - our own constants
_FIELDS = ("warc-concurrent-to", "warc-refers-to")


class Entry(NamedTuple):
    """A record; ``payload`` is its payload digest in comparable form, ``text`` the SHA-256 of its
    block if it is a conversion."""

    file: str
    offset: int
    length: int
    id: str
    type: str
    uri: str | None
    date: str | None
    payload: str | None
    text: bytes | None


class Reference(NamedTuple):
    """The *field* of the record at *offset* that names another one by its id, *target*.

    ``uri`` and ``date`` are what it says of that one, ``type`` and ``payload`` are its own.
    """

    file: str
    offset: int
    field: str
    target: str
    type: str
    uri: str | None
    date: str | None
    payload: str | None


class Catalogue:
    """The records of all files, and how they refer to each other: a kilobyte of disk each.

    Add everything, then ask.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect(_PRIVATE, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._entries: list[Entry] = []
        self._references: list[Reference] = []

    def add(self, file: str, record: Record, fields: Mapping[str, str]) -> None:
        """Take in *record* of *file*; *fields* are its headers by their names in lower case."""
        digest = fields.get("warc-payload-digest")
        payload = comparable(digest) if digest else None
        is_text = record.type == "conversion"
        entry = Entry(
            file,
            record.offset,
            record.length,
            fields["warc-record-id"],
            record.type,
            fields.get("warc-target-uri"),
            fields["warc-date"],
            payload,
            hashlib.sha256(record.block).digest() if is_text else None,
        )
        self._entries.append(entry)
        self._refer(record, entry, fields)
        if len(self._entries) >= _BATCH:
            self._flush()

    def _refer(self, record: Record, entry: Entry, fields: Mapping[str, str]) -> None:
        """Concurrent-To may stand more than once."""
        for name, target in record.headers:
            if name.lower() in _FIELDS:
                refers = name.lower() == "warc-refers-to"
                uri = fields.get("warc-refers-to-target-uri") if refers else None
                date = fields.get("warc-refers-to-date") if refers else None
                reference = Reference(
                    entry.file, entry.offset, name, target, entry.type, uri, date, entry.payload
                )
                self._references.append(reference)

    def _flush(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO record VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._entries
        )
        self._db.executemany(
            "INSERT INTO reference VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._references
        )
        self._db.execute("COMMIT")
        self._entries.clear()
        self._references.clear()

    def seal(self) -> None:
        """Everything is in: questions may come."""
        self._flush()
        self._db.execute(_INDEX)

    def entry(self, record_id: str) -> Entry | None:
        """The first record with the id *record_id*."""
        row = self._db.execute(
            f"SELECT {_ENTRY} FROM record WHERE id = ? ORDER BY number LIMIT 1",  # noqa: S608
            (record_id,),
        ).fetchone()
        return Entry(*row) if row else None

    def conversions(self) -> int:
        """How many conversion records there are."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM record WHERE type = 'conversion'"
        ).fetchone()
        return int(count)

    def expect(self, ids: Iterable[str]) -> None:
        """Take in what else may be referred to: the *ids* of records in other people's archives."""
        rows = ((record_id,) for record_id in ids)
        self._db.executemany("INSERT OR IGNORE INTO elsewhere VALUES (?)", rows)

    def twice(self) -> Iterator[Entry]:
        """Every record whose id an earlier one has."""
        return (Entry(*row) for row in self._db.execute(_TWICE))

    def references(self) -> Iterator[tuple[Reference, Entry | None]]:
        """Each reference to look at, and what it leads to.

        Those are the ones to nowhere, those of revisits, and those that call their target by
        another URI or date than it has.
        """
        size = len(Reference._fields)
        for row in self._db.execute(_REFERENCES):
            target = Entry(*row[size:]) if row[size] is not None else None
            yield Reference(*row[:size]), target

    def close(self) -> None:
        """Forget everything."""
        self._db.close()
