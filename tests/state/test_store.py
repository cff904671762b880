"""The contract of a ledger, run against every implementation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.items import RecordRef
from crawler.state.backends import open_store
from crawler.state.store import Holding, Store
from tests.limits import small_files

RECORD = RecordRef(
    record_id="<urn:uuid:1>", uri="u", date="2024-01-01T00:00:00Z", file="a", offset=3, length=9
)
HOLDING = Holding(
    key="0123456789abcdef",
    source="example.org",
    guid="//example.org/?p=1",
    date="2024-01-01T10:00:00",
    modified="2024-01-01T10:00:00",
    url="https://example.org/1",
    text_digest=b"1" * 32,
    ordinal=0,
    file="000_0123456789abcdef.txt",
    conversion=RECORD,
)


class StoreContract:
    """What each backend must do; a subclass gives its URI."""

    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        raise NotImplementedError

    @pytest.fixture
    def store(self, uri: str) -> Iterator[Store]:
        store = open_store(uri)
        yield store
        store.close()

    def test_new_store_holds_nothing(self, store: Store) -> None:
        assert store.holdings([HOLDING.key]) == {}
        assert store.last_ordinal() == -1

    def test_added_is_held_after_reopening(self, store: Store, uri: str) -> None:
        assert store.add([HOLDING]) == [HOLDING]
        again = open_store(uri)
        assert again.holdings([HOLDING.key, "ffff"]) == {HOLDING.key: [HOLDING]}
        assert again.last_ordinal() == 0
        again.close()

    def test_add_tells_what_was_new(self, store: Store) -> None:
        other = replace(HOLDING, key="f" * 16, ordinal=1)
        store.add([HOLDING])
        assert store.add([replace(HOLDING, ordinal=9), other]) == [other]
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [HOLDING]}

    def test_two_sources_may_hold_one_key(self, store: Store) -> None:
        other = replace(HOLDING, source="other.example", ordinal=1)
        assert store.add([HOLDING, other]) == [HOLDING, other]
        assert store.holdings([HOLDING.key])[HOLDING.key] == [HOLDING, other]

    def test_many_keys_at_once(self, store: Store) -> None:
        many = [replace(HOLDING, key=f"{n:016x}", ordinal=n) for n in range(1200)]
        store.add(many)
        assert len(store.holdings([h.key for h in many])) == 1200

    def test_revision_keeps_the_older_text_in_the_history(self, store: Store) -> None:
        store.add([HOLDING])
        second = replace(HOLDING, text_digest=b"2" * 32, modified="2024-01-02T00:00:00")
        third = replace(HOLDING, text_digest=b"3" * 32, modified="2024-01-03T00:00:00")
        store.revise(second)
        store.revise(third)
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [third]}
        assert list(store.history(HOLDING.key, HOLDING.source)) == [HOLDING, second]

    def test_revision_of_nothing_is_an_error(self, store: Store) -> None:
        with pytest.raises(KeyError):
            store.revise(HOLDING)
        assert store.holdings([HOLDING.key]) == {}

    def test_touch_changes_the_time_alone(self, store: Store) -> None:
        store.add([HOLDING])
        store.touch(HOLDING.key, HOLDING.source, "2025-01-01T00:00:00")
        expected = replace(HOLDING, modified="2025-01-01T00:00:00")
        assert store.holdings([HOLDING.key]) == {HOLDING.key: [expected]}

    def test_imported_text_gets_its_identity(self, store: Store) -> None:
        imported = replace(HOLDING, key="a" * 16, guid="", source="import", date="2024-01-01")
        store.add([imported])
        assert store.with_text(HOLDING.text_digest) == [imported]
        store.identify(imported, HOLDING)
        assert store.with_text(HOLDING.text_digest) == [HOLDING]

    def test_an_identity_that_is_taken_costs_nothing(self, store: Store) -> None:
        imported = replace(HOLDING, key="a" * 16, guid="", source="import")
        store.add([imported, HOLDING])
        with pytest.raises(OSError, match="ledger"):
            store.identify(imported, HOLDING)
        assert len(store.with_text(HOLDING.text_digest)) == 2

    def test_one_text_in_many_articles_earliest_first(self, store: Store) -> None:
        later = replace(HOLDING, key="b" * 16, date="2024-01-02T00:00:00", ordinal=1)
        earlier = replace(HOLDING, key="c" * 16, date="2023-12-31T00:00:00", ordinal=2)
        store.add([later, HOLDING, earlier])
        assert store.with_text(HOLDING.text_digest) == [earlier, HOLDING, later]


class TestSqlite(StoreContract):
    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        return f"sqlite:{tmp_path / 'deep' / 'ledger.sqlite'}"

    def test_unknown_version_is_refused(self, uri: str) -> None:
        open_store(uri).close()
        path = uri.removeprefix("sqlite:")
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version=99")
        db.close()
        with pytest.raises(OSError, match="ledger version 99"):
            open_store(uri)

    def test_a_full_disk_is_an_os_error_and_nothing_is_lost(self, uri: str, store: Store) -> None:
        store.add([HOLDING])
        many = [replace(HOLDING, key=f"{n:016x}", url="x" * 10_000) for n in range(500)]
        with pytest.raises(OSError, match="the ledger fails"), small_files(200_000):
            store.add(many)
        assert store.add([replace(HOLDING, key="d" * 16)])
        assert store.holdings([HOLDING.key, "d" * 16]).keys() == {HOLDING.key, "d" * 16}

    def test_a_path_may_hold_what_a_url_may_not(self, tmp_path: Path) -> None:
        path = tmp_path / "a#2?x"
        open_store(f"sqlite:{path / 'ledger.sqlite'}").close()
        assert (path / "ledger.sqlite").exists()

    def test_a_file_that_is_no_ledger_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "x.sqlite"
        path.write_bytes(b"no database " * 100)
        with pytest.raises(OSError, match="the ledger fails"):
            open_store(f"sqlite:{path}")


@pytest.mark.parametrize(
    "uri", ["", "ledger.sqlite", "postgres://host/db", "sqlite:", "sqlite::memory:"]
)
def test_unknown_stores_are_named(uri: str) -> None:
    with pytest.raises(ValueError, match="is no ledger: use sqlite:PATH"):
        open_store(uri)
