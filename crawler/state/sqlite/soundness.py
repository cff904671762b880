"""Whether a ledger is the file that was closed in order: then its pages need not be checked.

A file beside it has its size and time of change. Whatever wrote to the ledger since has changed
one of them, or left a log; so nothing has to be taken back when a run begins, and a ledger that
somebody else wrote to is found out too.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

SUFFIX = "-sound"
_LOG_SUFFIX = "-wal"
_TICK = 20_000_000  # nanoseconds: the clock of file systems is no finer than some of them


def is_sound(ledger: Path) -> bool:
    """Return whether *ledger* is as `note_sound` saw it, or is not there yet."""
    try:
        said = _beside(ledger, SUFFIX).read_bytes()
        return not _has_log(ledger) and said == _stamp(ledger)
    except OSError:
        return False


def note_sound(ledger: Path) -> None:
    """Note that *ledger*, which was closed, is sound as it is.

    One with a log is open elsewhere, or was not written to the end. If it cannot be noted, the
    next one who opens the ledger checks it.
    """
    with suppress(OSError):
        if is_sound(ledger) or _beside(ledger, _LOG_SUFFIX).exists():
            return
        if abs(time.time_ns() - ledger.stat().st_mtime_ns) < _TICK:
            # Who writes to it from now on has to change its time.
            time.sleep(_TICK / 1e9)
        _beside(ledger, SUFFIX).write_bytes(_stamp(ledger))


def doubt(ledger: Path) -> None:
    """Have *ledger* checked when it is opened again."""
    with suppress(OSError):
        _beside(ledger, SUFFIX).unlink(missing_ok=True)


def _beside(ledger: Path, suffix: str) -> Path:
    return ledger.with_name(ledger.name + suffix)


def _has_log(ledger: Path) -> bool:
    try:
        return _beside(ledger, _LOG_SUFFIX).stat().st_size > 0
    except FileNotFoundError:
        return False


def _stamp(ledger: Path) -> bytes:
    found = ledger.stat()
    return b"%d %d\n" % (found.st_size, found.st_mtime_ns)
