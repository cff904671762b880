"""The ledger on one machine: SQLite, write-ahead log, synchronous=FULL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from crawler.items import RecordRef
from crawler.state.store import Holding

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE article (
    key TEXT NOT NULL, source TEXT NOT NULL, guid TEXT NOT NULL, date TEXT NOT NULL,
    modified TEXT NOT NULL, url TEXT NOT NULL, text_digest BLOB NOT NULL,
    ordinal INTEGER NOT NULL, file TEXT NOT NULL, conversion TEXT, origin TEXT,
    PRIMARY KEY (key, source)
) WITHOUT ROWID;
CREATE INDEX article_text ON article (text_digest);
CREATE INDEX article_ordinal ON article (ordinal);
CREATE TABLE revision (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL, source TEXT NOT NULL, guid TEXT NOT NULL, date TEXT NOT NULL,
    modified TEXT NOT NULL, url TEXT NOT NULL, text_digest BLOB NOT NULL,
    ordinal INTEGER NOT NULL, file TEXT NOT NULL, conversion TEXT, origin TEXT
);
CREATE INDEX revision_article ON revision (key, source);
"""

_COLUMNS = "key, source, guid, date, modified, url, text_digest, ordinal, file, conversion, origin"
_INSERT = f"INSERT OR IGNORE INTO article ({_COLUMNS}) VALUES ({', '.join('?' * 11)})"  # noqa: S608
_BATCH = 500  # below SQLite's limit of bound parameters in every build


class SqliteStore:
    """A `crawler.state.store.Store` in one file."""

    def __init__(self, path: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._errors():
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._prepare()

    def _prepare(self) -> None:
        with self._transaction():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            elif version != SCHEMA_VERSION:
                raise OSError(
                    f"{self._path}: ledger version {version}, this program reads {SCHEMA_VERSION}"
                )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OSError(f"{self._path}: the ledger fails: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # On a full disk SQLite has rolled back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _select(
        self, where: str, values: Sequence[object], table: str = "article"
    ) -> list[Holding]:
        query = f"SELECT {_COLUMNS} FROM {table} WHERE {where}"  # noqa: S608 - our own constants
        with self._errors():
            return [_holding(row) for row in self._db.execute(query, values)]

    def holdings(self, keys: Iterable[str]) -> dict[str, list[Holding]]:
        wanted = list(dict.fromkeys(keys))
        held: dict[str, list[Holding]] = {}
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            for holding in self._select(f"key IN ({', '.join('?' * len(batch))})", batch):
                held.setdefault(holding.key, []).append(holding)
        return held

    def with_text(self, text_digest: bytes) -> list[Holding]:
        return self._select("text_digest = ? ORDER BY date, ordinal", (text_digest,))

    def add(self, holdings: Iterable[Holding]) -> list[Holding]:
        with self._transaction():
            return [h for h in holdings if self._db.execute(_INSERT, _row(h)).rowcount]

    def revise(self, holding: Holding) -> None:
        identity = (holding.key, holding.source)
        with self._transaction():
            moved = self._db.execute(
                f"INSERT INTO revision ({_COLUMNS}) SELECT {_COLUMNS} FROM article "  # noqa: S608
                "WHERE key = ? AND source = ?",
                identity,
            )
            if not moved.rowcount:
                raise KeyError(identity)
            self._db.execute("DELETE FROM article WHERE key = ? AND source = ?", identity)
            self._db.execute(_INSERT, _row(holding))

    def touch(self, key: str, source: str, modified: str) -> None:
        with self._transaction():
            self._db.execute(
                "UPDATE article SET modified = ? WHERE key = ? AND source = ?",
                (modified, key, source),
            )

    def identify(self, unidentified: Holding, identified: Holding) -> None:
        with self._transaction():
            self._db.execute(
                "DELETE FROM article WHERE key = ? AND source = ? AND guid = ''",
                (unidentified.key, unidentified.source),
            )
            self._db.execute(_INSERT.replace(" OR IGNORE", ""), _row(identified))

    def all(self) -> Iterator[Holding]:
        with self._errors():
            for row in self._db.execute(f"SELECT {_COLUMNS} FROM article ORDER BY ordinal"):  # noqa: S608
                yield _holding(row)

    def history(self, key: str, source: str) -> Sequence[Holding]:
        return self._select("key = ? AND source = ? ORDER BY id", (key, source), "revision")

    def last_ordinal(self) -> int:
        with self._errors():
            (highest,) = self._db.execute("SELECT max(ordinal) FROM article").fetchone()
        return -1 if highest is None else int(highest)

    def close(self) -> None:
        self._db.close()


def _row(holding: Holding) -> tuple[object, ...]:
    records = (holding.conversion, holding.origin)
    return (
        holding.key,
        holding.source,
        holding.guid,
        holding.date,
        holding.modified,
        holding.url,
        holding.text_digest,
        holding.ordinal,
        holding.file,
        *(record and json.dumps(asdict(record)) for record in records),
    )


def _holding(row: tuple[object, ...]) -> Holding:
    *fields, conversion, origin = row
    names = _COLUMNS.split(", ")
    return Holding(
        **dict(zip(names, fields, strict=False)),  # type: ignore[arg-type]
        conversion=_record(conversion),
        origin=_record(origin),
    )


def _record(text: object) -> RecordRef | None:
    return RecordRef(**json.loads(str(text))) if text else None
