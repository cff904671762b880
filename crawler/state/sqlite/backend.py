"""The ledger on one machine: an SQLite file, ``sqlite:PATH``."""

from __future__ import annotations

from pathlib import Path

from crawler.disk import move_aside as move_file_aside
from crawler.state.run_locks import FolderLocks
from crawler.state.sql.sql_store import SqlStore
from crawler.state.sqlite import queue, soundness
from crawler.state.sqlite.database import Database

FORM = "sqlite:PATH"
IS_SHARED = False
_SUFFIXES_BESIDE = ("-wal", "-shm", soundness.SUFFIX, queue.SUFFIX)


class SqliteStore(Database, SqlStore):
    """A `crawler.state.store.Store` in one file."""


def names_ledger(uri: str) -> bool:
    """Return whether *uri* has a path; a ledger in memory would be gone with the process."""
    path = _path(uri)
    return bool(path) and not path.startswith(("//", ":"))


def connect(uri: str, writer: str = "", node: str = "") -> SqliteStore:
    """Open the ledger at *uri*, and make it if it is not there. Raises OSError."""
    return SqliteStore(_path(uri), writer, node)


def exists(uri: str) -> bool:
    """Return whether there is a ledger at *uri*."""
    return Path(_path(uri)).exists()


def run_locks(uri: str, folder: Path, node: str, seconds: float) -> FolderLocks:
    """Return the locks of the archive in *folder*."""
    return FolderLocks(folder)


def move_aside(uri: str, kind: str) -> str:
    """Rename the file to ``NAME.<kind>-N``, and return its new path. Raises OSError."""
    path = Path(_path(uri))
    for suffix in _SUFFIXES_BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return str(move_file_aside(path, kind))


def _path(uri: str) -> str:
    return uri.partition(":")[2]
