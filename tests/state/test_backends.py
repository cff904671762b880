"""Another kind of ledger is one module, and one line in the table of schemes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from crawler.state import backends
from crawler.state.backends import move_store_aside, open_store, store_exists
from crawler.state.run_locks import RunLocks
from crawler.state.sqlite import backend as sqlite
from crawler.state.store import Store
from tests.state.test_store import HOLDING


class Elsewhere:
    """A backend that keeps its ledgers in a folder under names of their own."""

    FORM = "elsewhere://NAME"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names_ledger(self, uri: str) -> bool:
        return uri.startswith("elsewhere://")

    def connect(self, uri: str, writer: str = "", node: str = "") -> Store:
        return sqlite.connect(self._file(uri), writer, node)

    def exists(self, uri: str) -> bool:
        return sqlite.exists(self._file(uri))

    def run_locks(self, uri: str, folder: Path, node: str, seconds: float) -> RunLocks:
        return sqlite.run_locks(uri, folder, node, seconds)

    def move_aside(self, uri: str, kind: str) -> str:
        return f"elsewhere://{Path(sqlite.move_aside(self._file(uri), kind)).name}"

    def _file(self, uri: str) -> str:
        return f"sqlite:{self._folder}/{uri.removeprefix('elsewhere://')}"


def test_the_scheme_chooses_the_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backends._BACKENDS, "elsewhere", Elsewhere(tmp_path))
    uri = "elsewhere://news"
    assert not store_exists(uri)
    with closing(open_store(uri)) as store:
        store.add([HOLDING])
    assert store_exists(uri)
    assert move_store_aside(uri, "replaced") == "elsewhere://news.replaced-0"
    assert not store_exists(uri)
    with closing(open_store("elsewhere://news.replaced-0")) as store:
        assert list(store.all()) == [HOLDING]
    with pytest.raises(ValueError, match=r"use sqlite:PATH or .* or elsewhere://NAME"):
        open_store("elsewhere:news")


def test_looking_for_a_ledger_makes_none(tmp_path: Path) -> None:
    assert not store_exists(f"sqlite:{tmp_path / 'deep' / 'ledger.sqlite'}")
    assert list(tmp_path.iterdir()) == []
