"""Nodes: the archives folders, each on a machine of its own, that have one ledger together."""

from __future__ import annotations

import os
import re
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.disk import sync_folder
from crawler.state.backends import is_shared

if TYPE_CHECKING:
    from crawler.state.store import Holding, Store

_FILE = ".node"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def begin_node(folder: Path, uri: str) -> str:
    """Return the name of the node in *folder*, and give it one if it is new.

    Empty if the ledger at *uri* is for one folder alone. Raises OSError.
    """
    if not is_shared(uri):
        return ""
    path, new = folder / _FILE, folder / f"{_FILE}-{secrets.token_hex(4)}"
    if not path.exists():
        new.write_text(f"{_new_name()}\n", encoding="ascii")
        with suppress(FileExistsError):  # another process was faster
            os.link(new, path)
        new.unlink()
        sync_folder(folder)
    return _read(path)


def node_of(folder: Path, uri: str) -> str:
    """Return the name of the node in *folder*, empty if it has none. Raises OSError."""
    path = folder / _FILE
    return _read(path) if is_shared(uri) and path.exists() else ""


def is_of_another_node(store: Store, held: Holding) -> bool:
    """Return whether another node than that of *store* has the text of *held*, and writes it."""
    if not store.node or held.conversion is None:
        return False
    return store.node_of(held.conversion.file) not in (None, store.node)


def _read(path: Path) -> str:
    name = path.read_text(encoding="utf-8").strip()
    if not _NAME.fullmatch(name):
        raise OSError(f"{path} has {name[:80]!r}, which is no name of a node: a-z, 0-9 and - alone")
    return name


def _new_name() -> str:
    """Return a name by which people know the machine, and which no other node has."""
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:40]
    return f"{host or 'node'}-{secrets.token_hex(3)}"
