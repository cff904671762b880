"""``scrapy ledger copy``: what it says, and what it refuses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from crawler.state.backends import open_store
from crawler.state.lock import ArchiveLock
from tests.conftest import Scrapy
from tests.state.test_store import HOLDING


@pytest.fixture
def old(tmp_path: Path) -> str:
    uri = f"sqlite:{tmp_path / 'old.sqlite'}"
    with closing(open_store(uri)) as store:
        store.add([HOLDING])
    return uri


def test_a_ledger_is_copied(scrapy: Scrapy, old: str, tmp_path: Path) -> None:
    new = f"sqlite:{tmp_path / 'deep' / 'new.sqlite'}"
    run = scrapy("ledger", "copy", old, new)
    assert run.exit_code == 0, run.log
    assert run.stdout.startswith("article\t1\ndue\t1\n2 rows copied and compared, digest ")
    with closing(open_store(new)) as store:
        assert list(store.all()) == [HOLDING]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("move", "sqlite:a", "sqlite:b"), "'move' is unknown"),
        (("copy", "sqlite:a"), "is missing"),
        (("copy", "sqlite:a", "oracle://nora:kEpT@b"), "TO='oracle://b' cannot be used"),
        (("copy", "sqlite:a", "sqlite:a"), "the same ledger"),
        (("copy", "sqlite:absent.sqlite", "sqlite:b"), "there is no such ledger"),
    ],
)
def test_what_cannot_be_copied_is_named(scrapy: Scrapy, words: tuple[str, ...], said: str) -> None:
    run = scrapy("ledger", *words)
    assert run.exit_code == 2
    assert said in run.log
    assert "kEpT" not in run.log


def test_nobody_writes_meanwhile(scrapy: Scrapy, old: str, archives: Path) -> None:
    archives.mkdir(exist_ok=True)
    lock = ArchiveLock.shared(archives)
    run = scrapy("ledger", "copy", old, f"{old}-new")
    lock.release()
    assert run.exit_code == 75
    assert not Path(f"{old}-new".removeprefix("sqlite:")).exists()
