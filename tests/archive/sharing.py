"""A ledger that several archives folders have together, on one machine and without a server."""

from __future__ import annotations

import sys

import pytest

from crawler.state import backends
from crawler.state.sqlite import backend as sqlite
from crawler.state.store import Store

FORM = "together:PATH"
IS_SHARED = True


def _own(uri: str) -> str:
    return f"sqlite:{uri.partition(':')[2]}"


def names_ledger(uri: str) -> bool:
    return sqlite.names_ledger(_own(uri))


def connect(uri: str, writer: str = "", node: str = "") -> Store:
    return sqlite.connect(_own(uri), writer, node)


def exists(uri: str) -> bool:
    return sqlite.exists(_own(uri))


def move_aside(uri: str, kind: str) -> str:
    return sqlite.move_aside(_own(uri), kind)


@pytest.fixture
def shared_uri(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URI of a new ledger that folders may share."""
    monkeypatch.setitem(backends._BACKENDS, "together", sys.modules[__name__])
    return f"together:{tmp_path_factory.mktemp('shared') / 'ledger.sqlite'}"
