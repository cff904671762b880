"""A copy of a ledger holds what that holds, and goes on from there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.state.backends import open_store
from crawler.state.ledger_copy import CopiedRows, CopyError, away, copy_ledger
from crawler.state.sql.all_tables import TABLES, AllTables, Row, Table
from crawler.state.sql.sql_store import SqlStore
from crawler.state.store import Bookmark, WarcFile
from tests.state.test_store import (
    EVENT,
    HOLDING,
    ONE,
    OTHER_WARC,
    OUTCOME,
    RUN,
    VISIT,
    WARC,
    capture,
    sketch,
    text_of_day,
)

ODD = "Ünï\0cödé \U0001f600 'quoted' \\ \t\n"


def opened(uri: str, node: str = "", writer: str = "") -> SqlStore:
    store = open_store(uri, writer, node)
    assert isinstance(store, SqlStore)
    return store


def fill(store: SqlStore, count: int = 2500) -> None:
    """Have rows in every table, in some of them more than are read at once."""
    store.put_warc(WARC)
    store.put_warc(replace(OTHER_WARC, address="s3://b/b", sha256=b"\0\xff" * 16, uploaded="now"))
    many = [
        replace(HOLDING, key=f"{n:016x}", ordinal=n, file=f"{n}.txt", url=f"{ODD}{n}")
        for n in range(count)
    ]
    store.add(many)
    store.revise(replace(text_of_day(2), key=many[3].key))
    store.put_captures([capture("a", n) for n in range(count)])
    store.put_pages({"u": capture("a", 3).ref})
    store.put_bookmarks([Bookmark(file="/x", query="{}", state="1", offset=5)])
    store.put_visits([VISIT])
    store.put_sketch(HOLDING.key, HOLDING.source, "x", sketch(1, 2))
    store.put_outcomes([OUTCOME, replace(OUTCOME, url=ODD, record=None)])
    store.put_events([EVENT, replace(EVENT, detail=ODD, record=None)])
    store.put_posts("a.test", [("posts/12", many[0].key)])
    store.put_fact("walked", "/text")
    store.put_found_texts({"f.txt": ("f" * 16, count)})
    store.put_told({"a.test": "silent"})
    store.put_run(RUN)
    store.note_written(store.due() - {"7.txt"})


def rows_of(store: SqlStore) -> dict[str, list[Row]]:
    return {
        table.name: [row for page in store.table_rows(table) for row in page] for table in TABLES
    }


@pytest.fixture
def full(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(opened(f"sqlite:{tmp_path / 'full.sqlite'}")) as store:
        fill(store)
        yield store


@pytest.fixture
def target(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(opened(f"sqlite:{tmp_path / 'target.sqlite'}")) as store:
        yield store


def test_all_tables_are_listed(full: SqlStore) -> None:
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    names = {str(name) for (name,) in full._rows(query)}
    assert names == {table.name for table in TABLES} | {"counter"}
    for table in TABLES:
        columns = full._rows(f"SELECT name FROM pragma_table_info('{table.name}')")
        assert {str(name) for (name,) in columns} == set(table.columns)


def test_a_copy_holds_the_same(full: SqlStore, target: SqlStore) -> None:
    told: dict[str, int] = {}
    copied = copy_ledger(full, target, told.__setitem__)
    assert all(told.values())
    assert copied.counts == told
    assert rows_of(target) == rows_of(full)
    assert target.take_ordinals(1) == full.take_ordinals(1)
    assert target.original(ONE) == full.original(ONE)


def test_new_rows_come_behind_those_that_were_copied(full: SqlStore, target: SqlStore) -> None:
    copy_ledger(full, target)
    target.put_events([replace(EVENT, at="2025", record=None)])
    target.put_warc(WarcFile(name="c", size=1))
    assert [warc.name for warc in target.warcs()] == ["a", "b", "c"]
    assert len(target.events(EVENT.key, EVENT.source)) == 3


def test_a_ledger_that_holds_something_is_left_alone(full: SqlStore, target: SqlStore) -> None:
    target.put_told({"a.test": "failing"})
    with pytest.raises(CopyError, match="such as rows of 'told'"):
        copy_ledger(full, target)
    assert target.told() == {"a.test": "failing"}
    assert target.last_ordinal() == -1


def test_rows_that_came_out_otherwise_are_found(
    full: SqlStore, target: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = AllTables.put_table_rows

    def spoil(self: AllTables, table: Table, rows: list[Row]) -> None:
        spoilt = [(*row[:-1], "{}") if table.name == "outcome" else row for row in rows]
        put(self, table, spoilt)

    monkeypatch.setattr(AllTables, "put_table_rows", spoil)
    with pytest.raises(CopyError, match="rows of outcome are not as they were"):
        copy_ledger(full, target)
    monkeypatch.undo()
    assert target.first_table_with_rows() == ""


def test_a_copy_for_a_node_is_that_nodes(full: SqlStore, tmp_path: Path) -> None:
    uri = f"sqlite:{tmp_path / 'north.sqlite'}"
    with closing(opened(uri, "north")) as north:
        copy_ledger(full, north)
        assert {warc.node for warc in north.warcs()} == {"north"}
        assert north.due() == {"7.txt"}
        assert north.fact("walked north") == "/text"
        assert away(north) == []
        with closing(opened(f"sqlite:{tmp_path / 'back.sqlite'}")) as back:
            copy_ledger(north, back)
            assert rows_of(back) == rows_of(full)


def test_texts_of_other_nodes_that_are_due_are_no_ones_to_lose(tmp_path: Path) -> None:
    uri = f"sqlite:{tmp_path / 'shared.sqlite'}"
    with (
        closing(opened(uri, "south")) as south,
        closing(opened(uri, "north")) as north,
        closing(opened(f"sqlite:{tmp_path / 'copy.sqlite'}")) as copy,
    ):
        south.put_warc(WARC)
        south.add([HOLDING])
        with pytest.raises(CopyError, match="1 text files of other nodes"):
            copy_ledger(north, copy)
        south.note_written([HOLDING.file])
        copy_ledger(north, copy)
        assert [warc.name for warc in away(copy)] == ["a"]


def test_the_order_of_rows_is_nothing_to_a_digest() -> None:
    one, other, third = CopiedRows(), CopiedRows(), CopiedRows()
    rows: list[Row] = [("a", 1), ("b", None), ("b", None)]
    one.add("x", rows)
    other.add("x", rows[::-1])
    third.add("x", rows[:2])
    assert one == other
    assert one.digest == other.digest != third.digest
