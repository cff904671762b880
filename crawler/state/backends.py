"""The door to the ledger's backends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from crawler.state.sqlite import SqliteStore
from crawler.state.store import Store


def open_store(uri: str) -> Store:
    """Open the ledger at *uri*, e.g. ``sqlite:archives/ledger.sqlite``; create it if it is new.

    Raises ``ValueError`` for a scheme without a backend, ``OSError`` if it cannot be opened.
    """
    return backend(uri)()


def backend(uri: str) -> Callable[[], Store]:
    """Return what opens the ledger at *uri*. Raises ``ValueError`` as `open_store` does."""
    scheme, _, path = uri.partition(":")
    if scheme == "sqlite" and path and not path.startswith(("//", ":")):
        return partial(SqliteStore, path)
    raise ValueError(f"{uri!r} is no ledger: use sqlite:PATH")
