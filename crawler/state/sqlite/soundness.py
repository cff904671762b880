"""Whether a ledger is the file that was closed in order: then its pages need not be checked.

A file beside it tells. While the ledger is open, each store has a shared lock on that file, and
leaves a mark in it at its opening and another at its end. The last one to close replaces the marks
by the size and time of the ledger, if each that was opened was closed. Who opens the ledger alone
takes it for sound if it still has that size and time, and no log. Who opens it beside others
relies on the one that was first.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

SUFFIX = "-sound"
_LOG_SUFFIX = "-wal"
_TICK = 20_000_000  # nanoseconds: the clock of file systems is no finer than some of them
_OPENED, _CLOSED, _DAMAGED = b"+", b"-", b"!"


class LedgerUse:
    """The use of *ledger* by one store, from before it is opened until it is closed.

    ``is_alone``: no other store has it open; others wait until `begin`. ``is_sound``: it need not
    be checked. Raises OSError.
    """

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._path = _beside(ledger, SUFFIX)
        self._file: int | None = None
        self._has_begun = self._is_damaged = False
        self.is_alone = self._enter()
        said = self._path.read_bytes()
        if self.is_alone:
            self.is_sound = said == _stamp(ledger) and not _has_log(ledger)
        else:
            self.is_sound = _DAMAGED not in said

    def begin(self) -> None:
        """Note that the ledger is open; it was checked if that was needed."""
        assert self._file is not None
        if self.is_alone:
            os.ftruncate(self._file, 0)
        os.write(self._file, _OPENED)
        self._has_begun = True
        if self.is_alone:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def doubt(self) -> None:
        """Have the ledger checked when it is opened again."""
        self._is_damaged = True
        if self._file is not None:
            with suppress(OSError):
                os.write(self._file, _DAMAGED)

    def end(self) -> None:
        """Note that the store is closed, and if it was the last one that the ledger is sound.

        If it cannot be noted, the next one who opens the ledger checks it.
        """
        file, self._file = self._file, None
        if file is None:
            return
        try:
            with suppress(OSError):
                if self._has_begun and not self._is_damaged:
                    os.write(file, _CLOSED)
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self._note_sound(file)
        finally:
            os.close(file)

    def _enter(self) -> bool:
        """Take the lock; return whether nobody else has one."""
        while True:
            self._file = os.open(
                self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644
            )
            for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
                if _has_lock(self._file, kind) and self._is_there():
                    return kind == fcntl.LOCK_EX
            fcntl.flock(self._file, fcntl.LOCK_SH)  # another one is about to begin
            os.close(self._file)

    def _is_there(self) -> bool:
        """Return whether the file is still the one beside the ledger."""
        assert self._file is not None
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False

    def _note_sound(self, file: int) -> None:
        marks = self._path.read_bytes()
        is_whole = marks.count(_OPENED) == marks.count(_CLOSED) and _DAMAGED not in marks
        # A log is one that was not written to the end, or that another program has open.
        if not is_whole or _beside(self._ledger, _LOG_SUFFIX).exists():
            return
        if abs(time.time_ns() - self._ledger.stat().st_mtime_ns) < _TICK:
            # Who writes to it from now on has to change its time.
            time.sleep(_TICK / 1e9)
        os.ftruncate(file, 0)
        os.write(file, _stamp(self._ledger))


def _has_lock(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _beside(ledger: Path, suffix: str) -> Path:
    return ledger.with_name(ledger.name + suffix)


def _has_log(ledger: Path) -> bool:
    try:
        return _beside(ledger, _LOG_SUFFIX).stat().st_size > 0
    except FileNotFoundError:
        return False


def _stamp(ledger: Path) -> bytes:
    try:
        found = ledger.stat()
    except FileNotFoundError:
        return b"none"
    return b"%d %d\n" % (found.st_size, found.st_mtime_ns)
