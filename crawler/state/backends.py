"""The backends of the ledger: the scheme of its URI selects one."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from crawler.state.postgresql import postgresql_backend as postgresql
from crawler.state.postgresql.server import without_password
from crawler.state.run_locks import RunLocks
from crawler.state.sqlite import backend as sqlite
from crawler.state.store import Store


class Backend(Protocol):
    """The module of one kind of ledger.

    ``FORM`` shows what a URI of its scheme looks like. ``IS_SHARED``: several archives folders may
    have one ledger of this kind, each a node of its own. `open_store`, `store_exists`,
    `open_run_locks` and `move_store_aside` call the functions of the same meaning.
    """

    FORM: str
    IS_SHARED: bool

    def names_ledger(self, uri: str) -> bool: ...
    def connect(self, uri: str, writer: str = "", node: str = "") -> Store: ...
    def exists(self, uri: str) -> bool: ...
    def run_locks(self, uri: str, folder: Path, node: str, seconds: float) -> RunLocks: ...
    def move_aside(self, uri: str, kind: str) -> str: ...


_BACKENDS: dict[str, Backend] = {"sqlite": sqlite, "postgresql": postgresql}


def backend(uri: str) -> Backend:
    """Return the backend of the ledger at *uri*. Raises ValueError if it names no ledger."""
    found = _BACKENDS.get(uri.partition(":")[0])
    if found and found.names_ledger(uri):
        return found
    forms = " or ".join(known.FORM for known in _BACKENDS.values())
    raise ValueError(f"{without_password(uri)!r} is no ledger: use {forms}")


def open_store(uri: str, writer: str = "", node: str = "") -> Store:
    """Open the ledger at *uri*, e.g. ``sqlite:archives/ledger.sqlite``; create it if it is new.

    *writer* is the token of a writer that has others beside it (see `crawler.state.lock`). *node*
    is the one that uses it, where several have one ledger. Raises ValueError for a URI that names
    no ledger, OSError if it cannot be opened.
    """
    return backend(uri).connect(uri, writer, node)


def is_shared(uri: str) -> bool:
    """Return whether several archives folders may have the ledger at *uri* together.

    Raises ValueError if it names no ledger.
    """
    return backend(uri).IS_SHARED


def store_exists(uri: str) -> bool:
    """Return whether there is a ledger at *uri*. Raises ValueError if it names no ledger."""
    return backend(uri).exists(uri)


def open_run_locks(uri: str, folder: Path, node: str = "", seconds: float = 30.0) -> RunLocks:
    """Return the locks of the runs of the ledger at *uri*, of which *folder* is an archive.

    Where it is shared, others may take them when nothing was heard of this process for so many
    *seconds*. Raises ValueError if it names no ledger.
    """
    return backend(uri).run_locks(uri, folder, node, seconds)


def move_store_aside(uri: str, kind: str) -> str:
    """Give the ledger at *uri*, which nobody uses, a free name that ends in ``.<kind>-N``.

    Return where it is now. Raises ValueError for a URI that names no ledger, and OSError.
    """
    return backend(uri).move_aside(uri, kind)
