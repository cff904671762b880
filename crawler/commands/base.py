"""The archive that the settings name, for commands that look at it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scrapy.settings import BaseSettings

from crawler.archive.folder import Archive, StateUriError
from crawler.exceptions import ArchiveLockedError, BadArgumentError, StorageError, printable
from crawler.state.lock import RunLock
from crawler.text.corpus import Corpus


def archive_of(settings: BaseSettings) -> Archive:
    """The archive in ARCHIVES_DIR. Raises BadArgumentError."""
    folder = Path(settings["ARCHIVES_DIR"])
    if not folder.is_dir():
        raise BadArgumentError("ARCHIVES_DIR", str(folder), "there is no such folder")
    try:
        corpus = Corpus(folder, settings["CORPUS_PATH"])
    except ValueError as error:
        raise BadArgumentError("CORPUS_PATH", settings["CORPUS_PATH"], str(error)) from None
    return Archive(folder=folder, corpus=corpus, state_uri=settings["STATE_URI"])


@contextmanager
def reading(archive: Archive) -> Iterator[None]:
    """Say in words of the settings why *archive* cannot be read.

    Raises BadArgumentError for a STATE_URI that names no ledger, StorageError for OSError.
    """
    try:
        yield
    except StateUriError as error:
        raise BadArgumentError("STATE_URI", archive.state_uri, str(error)) from None
    except OSError as error:
        raise StorageError(f"the archive cannot be read: {error}") from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep crawls away from the archive in *folder*.

    Raises ArchiveLockedError if one is running, StorageError if the lock cannot be taken.
    """
    try:
        lock = RunLock(folder)
    except BlockingIOError as error:
        raise ArchiveLockedError(f"{error}: wait for that run") from None
    except OSError as error:
        raise StorageError(f"{folder} cannot be locked: {error}") from error
    try:
        yield
    finally:
        lock.release()


def shown(value: str) -> str:
    """*value* whole, but what a terminal could be moved by escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)


def say(line: str) -> None:
    """Write *line*, of which a site may have written a part, to stderr."""
    sys.stderr.write(f"{printable(line)}\n")
