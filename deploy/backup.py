#!/usr/bin/env python3
"""Copy an archive to another folder while it is written to: ``backup.py ARCHIVES FOLDER``.

Needs nothing but Python. Each write to the archive is on the disk before the ledger says so. So
the ledger is copied first, as it is at one moment, and then of each WARC file what the ledger had
committed by then. What is there already is not copied again, and nothing is ever removed from
FOLDER. The copy gets its new ledger last: one that was cut off is an older backup still.

Text files and indexes are made again from the WARC files (``scrapy verify --repair``). Only
texts that are in no WARC file are copied, those that were in the folder before Newsreel.

Exit codes: 0 all is there; 2 usage; 3 something is not in the archive any more, each is named, the
rest is there; 5 the copy could not be made; 75 another one uses FOLDER.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_CHUNK = 1 << 20
_BESIDE = ("-wal", "-shm", "-sound", "-queue")
_OLDEST = 8  # the version of the ledger that has all tables which are read here
_WARCS = "SELECT name, size, {address} FROM warc ORDER BY name"
_COLUMNS = "SELECT name FROM pragma_table_info('warc')"  # older ledgers have no addresses
_TEXTS = """
SELECT file FROM article WHERE conversion IS NULL
UNION SELECT file FROM found_text
EXCEPT SELECT file FROM article WHERE conversion IS NOT NULL
"""


class BackupError(Exception):
    """The copy cannot be made; *code* is the exit code."""

    def __init__(self, message: str, code: int = 5) -> None:
        super().__init__(message)
        self.code = code


class Backup:
    """One backup of the archive in *source*, whose ledger is *ledger*, to *target*."""

    def __init__(self, source: Path, ledger: Path, texts: Path, target: Path) -> None:
        self._source = source
        self._ledger = ledger
        self._texts = texts
        self._target = target
        self.copied = self.size = self.uploaded = 0
        self.missing: list[str] = []

    def run(self, also: list[Path]) -> None:
        """Make it, with the files *also* beside the ledger. Raises BackupError and OSError."""
        for name in ("warc", "reports", "text"):
            (self._target / name).mkdir(parents=True, exist_ok=True)
        snapshot = self._copy_ledger()
        with closing(sqlite3.connect(snapshot)) as ledger:
            columns = {column for (column,) in ledger.execute(_COLUMNS)}
            address = "address" if "address" in columns else "''"
            for warc in ledger.execute(_WARCS.format(address=address)):
                self._copy_warc(*warc)
            for (name,) in ledger.execute(_TEXTS):
                self._copy_known(self._texts, self._target / "text", name)
        for report in sorted((self._source / "reports").glob("*.json")):
            self._copy_known(report.parent, self._target / "reports", report.name)
        for path in also:
            self._copy_known(path.parent, self._target, path.name, anew=True)
        self._name_ledger(snapshot)

    def _copy_ledger(self) -> Path:
        """Copy the ledger as it is now, while others write to it, and look whether it is whole."""
        new = self._target / ".ledger.sqlite.new"
        for suffix in ("", *_BESIDE):
            new.with_name(new.name + suffix).unlink(missing_ok=True)
        address = f"{self._ledger.resolve().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(address, uri=True, timeout=60)) as source,
            closing(sqlite3.connect(new, isolation_level=None)) as copy,
        ):
            source.backup(copy)  # all at once: one moment, for which nobody has to wait
            copy.execute("PRAGMA journal_mode=DELETE")
            (health,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            (version,) = copy.execute("PRAGMA user_version").fetchone()
        if health != "ok":
            raise BackupError(
                f"{self._ledger} is damaged ({health}): nothing was replaced in {self._target}. "
                "The next run that has the archive alone makes the ledger anew"
            )
        if version < _OLDEST:
            raise BackupError(
                f"{self._ledger} is of an old Newsreel (ledger version {version}): stop that, and "
                "run scrapy health once, which brings it up to date"
            )
        return new

    def _name_ledger(self, snapshot: Path) -> None:
        _sync(snapshot)
        ledger = self._target / "ledger.sqlite"
        for suffix in _BESIDE:  # left there by who opened the copy: they belong to the old one
            ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)
        snapshot.replace(ledger)
        _sync(self._target)

    def _copy_warc(self, name: str, size: int, address: str) -> None:
        """Copy what counts of a WARC file; one that is still open is called as if it were sealed.

        What was uploaded, and is not here any more, is counted. A file is
        sealed meanwhile, or moved by people: a name that is not there is tried again.
        """
        target = self._target / "warc" / _plain(name)
        if _size(target) == size:
            return
        for path in 2 * [self._source / "warc" / f"{name}{suffix}" for suffix in (".open", "")]:
            try:
                self._copy(path, target, size)
            except FileNotFoundError:
                continue
            return
        if address:
            self.uploaded += 1
        else:
            self.missing.append(f"{name}: not in {self._source / 'warc'}")

    def _copy_known(self, folder: Path, target: Path, name: str, *, anew: bool = False) -> None:
        """Copy the file *name* of *folder*, unless its size says that it is in *target*."""
        path, copy = folder / _plain(name), target / name
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            if not copy.exists():
                self.missing.append(f"{name}: not in {folder}")
            return
        if anew or _size(copy) != size:
            copy.parent.mkdir(parents=True, exist_ok=True)
            self._copy(path, copy, size)

    def _copy(self, path: Path, target: Path, size: int) -> None:
        new = target.with_name(f".{target.name}.new")
        with path.open("rb") as source, new.open("wb") as copy:
            left = size
            while left and (chunk := source.read(min(left, _CHUNK))):
                copy.write(chunk)
                left -= len(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        if left:
            new.unlink()
            self.missing.append(f"{path}: lacks {left} of {size} bytes that the ledger has")
            return
        new.replace(target)
        self.copied += 1
        self.size += size


@contextmanager
def _locked(folder: Path, kind: int, busy: str) -> Iterator[None]:
    """Take the lock of the archive in *folder*; who only shares it waits, saying so."""
    with (folder / ".lock").open("a+b") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if kind == fcntl.LOCK_EX:
                raise BackupError(busy, 75) from None
            print(busy, file=sys.stderr, flush=True)  # noqa: T201
            fcntl.flock(lock, kind)
        yield


def _plain(name: str) -> str:
    """Return *name*, which leads nowhere outside of its folder."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise BackupError(f"the ledger has a file with the name {name!r}: it is damaged")
    return name


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Copy an archive while it is written to.")
    parser.add_argument("archives", type=Path, help="the folder of the archive (ARCHIVES_DIR)")
    parser.add_argument("folder", type=Path, help="where the copy lies, or is made")
    parser.add_argument("--ledger", type=Path, help="the ledger, if STATE_URI names another")
    parser.add_argument("--texts", type=Path, help="the corpus, if CORPUS_PATH names another")
    parser.add_argument(
        "--also", type=Path, action="append", default=[], help="one more file: the sources file"
    )
    return parser.parse_args()


def _check(options: argparse.Namespace, ledger: Path) -> None:
    if not ledger.is_file():
        raise BackupError(f"{ledger} is not there: is {options.archives} the archive?", 2)
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.folder.resolve().is_relative_to(options.archives.resolve()):
        raise BackupError(f"{options.folder} is in the archive itself: name another folder", 2)


def main() -> int:
    """Run the script; return its exit code."""
    options = _options()
    source, target = options.archives, options.folder
    ledger = options.ledger or source / "ledger.sqlite"
    backup = Backup(source, ledger, options.texts or source / "text", target)
    waiting = f"waiting: a command has the archive {source} alone"
    try:
        _check(options, ledger)
        with (
            _locked(target, fcntl.LOCK_EX, f"{target} is in use"),
            _locked(source, fcntl.LOCK_SH, waiting),
        ):
            backup.run(options.also)
    except (BackupError, OSError, sqlite3.Error) as error:
        print(f"backup: {error}", file=sys.stderr)  # noqa: T201
        return error.code if isinstance(error, BackupError) else 5
    for line in backup.missing:
        print(f"not got: {line}", file=sys.stderr)  # noqa: T201
    away = f", {backup.uploaded:,} are in the object store alone" if backup.uploaded else ""
    print(f"{target}: {backup.copied:,} files copied, {backup.size:,} bytes{away}")  # noqa: T201
    return 3 if backup.missing else 0


if __name__ == "__main__":
    sys.exit(main())
