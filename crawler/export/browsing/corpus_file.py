"""The file ``corpus.sqlite``: opened for writing by one process, made anew beside it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from crawler.disk import sync_folder
from crawler.export.browsing.browse_tables import SEARCH_TABLE, TABLES, TABLES_VERSION
from crawler.export.browsing.search_words import words_version

_BESIDE = ("", "-journal", "-wal", "-shm")
_PATIENCE = 60  # seconds that a commit waits for pages that are being read


@contextmanager
def only_builder(path: Path) -> Iterator[None]:
    """Wait until no other process builds the database at *path*, and build it alone."""
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def open_corpus(path: Path) -> sqlite3.Connection | None:
    """Open the database at *path* for writing; None if it is to be made anew.

    It is if there is none, if it is damaged, or if it has other tables or words than ours. What a
    process left half written that was killed is undone.
    """
    if not path.exists():
        return None
    db = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)
    with suppress(sqlite3.DatabaseError):
        db.execute("PRAGMA journal_mode = DELETE")  # readers need no file beside it
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -65536")
        if dict(db.execute("SELECT name, value FROM made")).items() >= _versions().items():
            return db
    db.close()
    return None


@contextmanager
def new_corpus(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield an empty database that takes the place of that at *path* when the block ends.

    Until then it is beside it; whoever has the old one open goes on with that. If the block raises,
    the old one stays.
    """
    new = path.with_name(f".{path.name}.new")
    remove(new)
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA cache_size = -65536")
            db.executescript(TABLES)
            db.execute(SEARCH_TABLE)
            db.executemany("INSERT INTO made VALUES (?, ?)", _versions().items())
            yield db
            db.execute("INSERT INTO search (search) VALUES ('optimize')")
            db.execute("ANALYZE")
        _take_place(new, path)
    finally:
        remove(new)


def _versions() -> dict[str, str]:
    return {"tables": TABLES_VERSION, "words": words_version()}


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether *error* says that the database is damaged."""
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def remove(path: Path) -> None:
    """Remove the database at *path*, with what SQLite has beside it."""
    for suffix in _BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _take_place(new: Path, path: Path) -> None:
    with new.open("rb") as stream:
        os.fsync(stream.fileno())
    # What belonged to the old one must not be taken for the new one's.
    for suffix in _BESIDE[1:]:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    new.replace(path)
    sync_folder(path.parent)
