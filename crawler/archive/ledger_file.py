"""The ledger of an archive, opened for a run: mended first, if the last run died."""

from __future__ import annotations

from pathlib import Path

from crawler.archive.recovery import Finding, recover, set_aside
from crawler.state.backends import open_store
from crawler.state.store import LedgerDamagedError, Store

_BESIDE = ("-wal", "-shm")


def ledger_uri(archives: Path, state_uri: str = "") -> str:
    """*state_uri*, or the ledger that lies in the folder *archives*."""
    return state_uri or f"sqlite:{archives / 'ledger.sqlite'}"


def open_ledger(uri: str, warcs: Path) -> tuple[Store, list[Finding]]:
    """Open the ledger at *uri* and bring the WARC files in *warcs* into step with it.

    A ledger that is damaged is set aside, and made again from the WARC files. Raises ``OSError``,
    and ``ValueError`` as `open_store` does.
    """
    findings: list[Finding] = []
    try:
        store = open_store(uri)
    except LedgerDamagedError as error:
        aside = set_ledger_aside(uri, "damaged")
        findings.append(Finding("ledger", f"{error}; set aside as {aside.name}, and made anew"))
        store = open_store(uri)
    findings += recover(warcs, store)
    return store, findings


def set_ledger_aside(uri: str, kind: str) -> Path:
    """Rename the ledger at *uri*, a file of SQLite, to ``NAME.<kind>-N``. Raises ``OSError``."""
    path = Path(uri.partition(":")[2])
    for suffix in _BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return set_aside(path, kind=kind)
