"""The ledger in PostgreSQL: the contract, and what is its own."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.state.backends import move_store_aside, open_store, store_exists
from crawler.state.postgresql import upgrading
from crawler.state.postgresql.postgresql_schema import SCHEMA_VERSION, UPGRADES
from crawler.state.store import Bookmark, Store
from tests.archive.overlong import check_overlong_records
from tests.state.test_store import (
    EVENT,
    HOLDING,
    OUTCOME,
    VISIT,
    WARC,
    StoreContract,
    capture,
    in_threads,
)
from tests.state.walks import check_no_walks
from tests.world.scale.cluster import PASSWORD, Cluster

psycopg = pytest.importorskip("psycopg")


class TestPostgresql(StoreContract):
    @pytest.fixture
    def uri(self, postgresql: str) -> str:
        return postgresql


class TestPostgresqlInEnglish(StoreContract):
    """The database sorts as an English dictionary does."""

    @pytest.fixture
    def uri(self, english: str) -> str:
        return english


@pytest.fixture
def store(postgresql: str) -> Iterator[Store]:
    with closing(open_store(postgresql)) as store:
        yield store


def execute(uri: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(uri, autocommit=True) as connection:
        answer = connection.execute(statement)
        return list(answer.fetchall()) if answer.description else []


def test_text_that_postgresql_refuses_is_kept(store: Store) -> None:
    odd = "a\0b\ud800c\U0001f600"
    assert HOLDING.conversion
    held = replace(
        HOLDING, url=odd, guid=odd, conversion=replace(HOLDING.conversion, uri=odd, file="a")
    )
    store.put_warc(WARC)
    assert store.add([held]) == [held]
    (found,) = store.holdings([held.key])[held.key]
    assert (found.url, found.guid) == (odd, odd)
    assert found.conversion
    assert found.conversion.record_id == HOLDING.conversion.record_id
    store.put_events([replace(EVENT, detail=odd, record=found.conversion)])
    assert [event.detail for event in store.events(EVENT.key, EVENT.source)] == [odd]
    store.put_visits([replace(VISIT, url=odd)])
    assert store.visits(VISIT.source, [odd])[odd].url == odd
    assert store.count_articles(["a"]) == 1
    assert [lost.key for lost in store.forget("a", 0)] == [held.key]


def test_text_that_is_made_to_do_harm_is_kept(store: Store) -> None:
    """A mark of our own, and JSON that nobody can look into."""
    deep = '{"a":' * 100_000 + '"\\u0000"' + "}" * 100_000
    odd = [f"http://[\U0010ffff004{n}" for n in range(2)] + ['{"a": "\\ud800"}']
    held = replace(HOLDING, url=odd[0], guid=deep)
    assert store.add([held]) == [held]
    assert [found.guid for found in store.all()] == [deep]
    visits = [replace(VISIT, url=url) for url in odd]
    store.put_visits(visits)
    assert store.visits(VISIT.source, odd) == dict(zip(odd, visits, strict=True))
    outcomes = [replace(OUTCOME, url=url) for url in odd]
    store.put_outcomes(outcomes)
    assert store.outcomes(OUTCOME.source, odd) == dict(zip(odd, outcomes, strict=True))


def test_addresses_too_long_for_an_index_are_found(store: Store) -> None:
    odd = [f"https://a.test/{secrets.token_hex(5000)}{n}\ud800é" for n in range(2)]
    store.put_warc(WARC)
    store.put_captures([capture("a", 3, uri=odd[0])])
    store.put_pages({odd[0]: capture("a", 3).ref})
    latest = store.latest(odd[0])
    assert latest
    assert (latest.uri, store.latest(odd[1])) == (odd[0], None)
    visits = [replace(VISIT, url=url, guid=url) for url in odd]
    store.put_visits(visits)
    assert store.visits(VISIT.source, odd) == dict(zip(odd, visits, strict=True))
    outcomes = [replace(OUTCOME, url=url) for url in odd]
    store.put_outcomes(outcomes)
    assert store.outcomes(OUTCOME.source, odd) == dict(zip(odd, outcomes, strict=True))
    store.drop_outcomes(OUTCOME.source, odd[:1])
    assert store.outcomes(OUTCOME.source, odd) == {odd[1]: outcomes[1]}
    bookmark = Bookmark(file=odd[0], query=odd[1], state="1", offset=5)
    store.put_bookmarks([bookmark])
    assert store.bookmark(odd[0], odd[1]) == bookmark
    held = replace(HOLDING, url=odd[0], guid=odd[1])
    store.add([held])
    assert list(store.all()) == [held]


def test_what_no_index_has_room_for_is_named_and_left_out(store: Store, tmp_path: Path) -> None:
    check_overlong_records(store, tmp_path)


def test_two_that_open_a_new_ledger_make_it_once(postgresql: str) -> None:
    code = f"from crawler.state.backends import open_store; open_store({postgresql!r}).close()"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)
    ]
    assert [process.communicate()[1] for process in started] == [b""] * 4
    assert execute(postgresql, "SELECT * FROM newsreel.ledger") == [(SCHEMA_VERSION,)]


def test_a_newer_ledger_is_refused(postgresql: str) -> None:
    open_store(postgresql).close()
    execute(postgresql, "UPDATE newsreel.ledger SET version = 99")
    words = r"was written by a newer Newsreel \(ledger version 99, this one reads \d+\): install"
    with pytest.raises(OSError, match=words):
        open_store(postgresql)


def test_an_older_ledger_is_upgraded_once_nobody_uses_it(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_store(postgresql)) as store:
        store.add([HOLDING])
        upgrades = (*UPGRADES, "CREATE TABLE newer (x int)")
        monkeypatch.setattr(upgrading, "UPGRADES", upgrades)
        monkeypatch.setattr(upgrading, "SCHEMA_VERSION", len(upgrades))
        with pytest.raises(OSError, match="in use by an older Newsreel"):
            open_store(postgresql)
    with closing(open_store(postgresql)) as store:
        assert list(store.all()) == [HOLDING]
    open_store(postgresql).close()
    assert execute(postgresql, "SELECT * FROM newsreel.newer") == []


def test_an_upgrade_that_fails_changes_nothing(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(upgrading, "UPGRADES", (*UPGRADES, "CREATE NONSENSE"))
        with pytest.raises(OSError, match="the ledger fails"):
            open_store(postgresql)
    assert not store_exists(postgresql)
    open_store(postgresql).close()


def test_archives_in_one_database_have_schemas_of_their_own(postgresql: str) -> None:
    other = f"{postgresql}?options=-csearch_path%3Dsecond"
    with closing(open_store(postgresql)) as one, closing(open_store(other)) as two:
        one.add([HOLDING])
        assert list(two.all()) == []
        assert (one.take_ordinals(1), two.take_ordinals(1)) == (1, 0)
    names = execute(postgresql, "SELECT schemaname FROM pg_tables WHERE tablename = 'article'")
    assert sorted(names) == [("newsreel",), ("second",)]


def test_a_ledger_is_moved_aside(postgresql: str) -> None:
    assert not store_exists(postgresql)
    with closing(open_store(postgresql)) as store:
        store.add([HOLDING])
    assert store_exists(postgresql)
    where = move_store_aside(postgresql, "replaced")
    assert where.endswith(" (schema newsreel_replaced_0)")
    assert PASSWORD not in where
    assert not store_exists(postgresql)
    aside = f"{postgresql}?options=-csearch_path%3Dnewsreel_replaced_0"
    with closing(open_store(aside)) as store:
        assert list(store.all()) == [HOLDING]
        assert store.take_ordinals(1) == 1


def test_a_database_in_another_encoding_is_refused(cluster: Cluster) -> None:
    execute(cluster.uri(), "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(OSError, match="a ledger needs UTF8"):
        open_store(cluster.uri("latin"))


def test_who_may_not_come_in_is_told_without_the_password(cluster: Cluster) -> None:
    with pytest.raises(OSError, match="password authentication failed") as raised:
        open_store(cluster.uri(password="wR0ng"))
    assert "wR0ng" not in str(raised.value)
    with pytest.raises(OSError, match='database "absent" does not exist'):
        open_store(cluster.uri("absent"))


def test_commits_are_durable_whatever_the_server_thinks(postgresql: str) -> None:
    database = postgresql.rpartition("/")[2]
    execute(postgresql, f"ALTER DATABASE {database} SET synchronous_commit = off")
    with closing(open_store(postgresql)) as store:
        store.put_fact("x", "y")
        ((found,),) = store._rows("SHOW synchronous_commit")  # type: ignore[attr-defined]
        assert found == "on"


def test_who_takes_ordinals_does_not_wait_for_who_writes(store: Store, postgresql: str) -> None:
    with closing(open_store(postgresql)) as other, store.transaction():
        store.put_fact("x", "y")
        first = store.take_ordinals(10)
        taken: list[int] = []
        in_threads(lambda: taken.append(other.take_ordinals(10)))
        assert taken == [first + 10]


def test_no_two_take_the_same_ordinals(postgresql: str) -> None:
    stores = [open_store(postgresql) for _ in range(3)]
    taken: list[int] = []
    lock = threading.Lock()

    def take(store: Store) -> None:
        for _ in range(50):
            first = store.take_ordinals(3)
            with lock:
                taken.append(first)

    in_threads(*(lambda store=store: take(store) for store in stores))
    assert sorted(taken) == list(range(0, 450, 3))
    for store in stores:
        store.close()


def test_who_reads_does_not_wait_for_who_writes(store: Store, postgresql: str) -> None:
    with store.transaction():
        store.add([HOLDING])
        with closing(open_store(postgresql)) as reader:
            assert list(reader.all()) == []
            assert reader.original("sha1:" + "A" * 32) is None
    assert list(store.all()) == [HOLDING]


def test_what_several_nodes_add_at_once_is_new_to_one_of_them(postgresql: str) -> None:
    code = (
        "import sys; from dataclasses import replace; from tests.state.test_store import HOLDING; "
        "from crawler.state.backends import open_store; "
        f"store = open_store({postgresql!r}, '', sys.argv[1]); "
        "many = [replace(HOLDING, key=f'{n:016x}', file=f'{n}') for n in range(400)]; "
        "print('ready', flush=True); sys.stdin.readline(); "
        "print(*(held.key for n in range(0, 400, 4) for held in store.add(many[n : n + 4][::-1])))"
    )
    nodes = [
        subprocess.Popen(
            [sys.executable, "-c", code, f"node-{n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    for node in nodes:
        assert node.stdout
        assert node.stdout.readline() == "ready\n"
    for node in nodes:
        assert node.stdin
        node.stdin.write("\n")
        node.stdin.flush()
    new = [key for node in nodes for key in node.communicate()[0].split()]
    assert sorted(new) == [f"{n:016x}" for n in range(400)]


def test_a_node_takes_over_its_own_texts_alone(postgresql: str) -> None:
    with (
        closing(open_store(postgresql, "one", "north")) as north,
        closing(open_store(postgresql, "one", "south")) as south,
    ):
        north.add([replace(HOLDING, file="n.txt")])
        south.add([replace(HOLDING, key="b" * 16, file="s.txt")])
        assert (north.due(), south.due()) == ({"n.txt"}, {"s.txt"})
        assert north.due(["one"]) == {"n.txt"}
        assert north.due(["two"]) == set()
    with closing(open_store(postgresql, "two", "north")) as north:
        assert north.take_over_due(["one"]) == set()
        assert north.take_over_due(["two"]) == {"n.txt"}
        north.note_written(["n.txt", "s.txt"])
        assert north.due() == set()
    with closing(open_store(postgresql, "", "south")) as south:
        assert south.due() == {"s.txt"}
        south.note_written(["s.txt"])
        assert south.due() == set()


def test_no_question_walks_through_a_large_table(store: Store) -> None:
    check_no_walks(store)


def test_what_is_asked_often_has_an_index(store: Store, postgresql: str) -> None:
    store.put_warc(WARC)
    many = [replace(HOLDING, key=f"{n:016x}", ordinal=n, file=f"{n}.txt") for n in range(3000)]
    store.add(many)
    store.put_captures([capture("a", n) for n in range(3000)])
    execute(postgresql, "ANALYZE")
    path = "SET search_path TO newsreel; "
    for query, index in (
        ("SELECT * FROM article WHERE key = ANY('{a,b}')", "article_pkey"),
        ("SELECT * FROM article WHERE (ordinal, key, source) > (5, '', '') "
         "ORDER BY ordinal, key, source LIMIT 500", "article_ordinal"),
        ("SELECT max(ordinal) FROM article", "article_ordinal"),
        ("SELECT * FROM article WHERE json_extract(conversion, '$.file') = 'b' "
         "AND CAST(json_extract(conversion, '$.offset') AS BIGINT) >= 4", "article_place"),
        ("SELECT count(*) FROM article WHERE file = ANY('{a,b}')", "article_file"),
    ):  # fmt: skip
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute(path)
            plan = str(connection.execute(f"EXPLAIN {query}").fetchall())
        assert index in plan
