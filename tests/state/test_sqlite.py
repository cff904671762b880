"""The ledger in SQLite: what was damaged is known as such, what is older is brought up to date."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.state.backends import open_store
from crawler.state.sql import source_tables
from crawler.state.sqlite import database
from crawler.state.sqlite.schema import UPGRADES
from crawler.state.store import Bookmark, LedgerDamagedError, WarcFile
from tests.state.test_store import (
    HOLDING,
    OUTCOME,
    RUN,
    VISIT,
    WARC,
    capture,
    sketch,
    text_at,
    text_of_day,
)
from tests.state.walks import check_no_walks


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'ledger.sqlite'}"


@pytest.mark.parametrize("content", [b"no database " * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_ledger_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(content)
    with pytest.raises(LedgerDamagedError, match=re.escape(str(path))):
        open_store(f"sqlite:{path}")


@pytest.mark.parametrize("page", [2, 6, 12])
def test_a_page_overwritten_is_damage(uri: str, page: int) -> None:
    path = _large(uri)
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xa5" * 4096)
    with pytest.raises(LedgerDamagedError, match=re.escape(str(path))):
        open_store(uri)


def test_a_ledger_cut_short_is_damaged(uri: str) -> None:
    path = _large(uri)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(LedgerDamagedError, match=re.escape(str(path))):
        open_store(uri)


def _spoil(path: Path, *, page: int, is_noticed: bool) -> None:
    """Overwrite a page of the ledger; without *is_noticed* the file keeps its time, as on a disk
    that loses bytes.
    """
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xa5" * 4096)
    if not is_noticed:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_was_closed_in_order_is_not_read_through(uri: str) -> None:
    path = _large(uri)
    _spoil(path, page=6, is_noticed=False)
    with closing(open_store(uri)) as store, pytest.raises(LedgerDamagedError):
        store.check()
    with pytest.raises(LedgerDamagedError):  # who was told of damage is told again
        open_store(uri)


def test_damage_that_reading_meets_is_looked_for_by_the_next_one(uri: str) -> None:
    path = _large(uri)
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'capture_digest'"
        (root,) = db.execute(query).fetchone()
    _spoil(path, page=root - 1, is_noticed=False)
    store = open_store(uri)
    assert list(store.captures(WARC.name))
    with pytest.raises(LedgerDamagedError):
        store.original("sha1:" + "A" * 32)
    store.close()
    with pytest.raises(LedgerDamagedError):
        open_store(uri)


def test_after_a_kill_it_is_read_through(uri: str) -> None:
    path = _large(uri)
    writes = (
        "from crawler.state.backends import open_store; import os, signal; "
        f"store = open_store({uri!r}); store.put_fact('x', 'y'); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", writes], check=False).returncode < 0
    _spoil(path, page=6, is_noticed=False)
    with pytest.raises(LedgerDamagedError):
        open_store(uri)


def test_a_folder_in_its_place_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="the ledger fails") as raised:
        open_store(f"sqlite:{tmp_path}")
    assert not isinstance(raised.value, LedgerDamagedError)


def _large(uri: str) -> Path:
    """Return a ledger of many pages, all of them in the one file."""
    with closing(open_store(uri)) as store:
        store.put_warc(WARC)
        store.add([replace(HOLDING, key=f"{n:016x}", ordinal=n) for n in range(300)])
        store.put_captures([capture("a", n) for n in range(300)])
    path = Path(uri.removeprefix("sqlite:"))
    assert path.stat().st_size > 20 * 4096
    return path


class TestUpgrade:
    """A ledger of version 1 knew neither WARC files nor captures."""

    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        new, old = tmp_path / "new.sqlite", tmp_path / "ledger.sqlite"
        with closing(open_store(f"sqlite:{new}")) as store:
            store.add([text_at("w1", 10), text_at("w2", 400, key="b" * 16)])
            store.add([replace(HOLDING, key="c" * 16, conversion=None)])
            store.revise(text_at("w2", 90))
        with closing(sqlite3.connect(old)) as db:
            db.executescript(f"{UPGRADES[0]}; PRAGMA user_version=1; ATTACH '{new}' AS new")
            for table in ("article", "revision"):
                fields = db.execute(f"SELECT name FROM pragma_table_info('{table}', 'main')")
                names = ", ".join(name for (name,) in fields)
                db.execute(f"INSERT INTO {table} SELECT {names} FROM new.{table}")
            db.commit()
        return f"sqlite:{old}"

    def test_what_was_held_is_held(self, uri: str) -> None:
        with closing(open_store(uri)) as store:
            held = {holding.key: holding for holding in store.all()}
            assert held.keys() == {HOLDING.key, "b" * 16, "c" * 16}
            assert list(store.history(HOLDING.key, HOLDING.source)) == [text_at("w1", 10)]

    def test_files_with_texts_are_known_up_to_the_last_one(self, uri: str) -> None:
        with closing(open_store(uri)) as store:
            assert store.warcs() == [WarcFile(name="w1", size=60), WarcFile(name="w2", size=450)]

    def test_it_is_upgraded_once(self, uri: str) -> None:
        with closing(open_store(uri)) as store:
            store.put_warc(WarcFile(name="w2", size=9000, sealed=True))
            store.put_captures([capture("w2", 0)])
        with closing(open_store(uri)) as again:
            assert again.warcs()[1] == WarcFile(name="w2", size=9000, sealed=True)
            assert list(again.captures("w2")) == [capture("w2", 0)]

    def test_an_upgrade_that_fails_changes_nothing(
        self, uri: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(database, "UPGRADES", (*UPGRADES, "CREATE NONSENSE"))
        monkeypatch.setattr(database, "SCHEMA_VERSION", len(UPGRADES) + 1)
        with pytest.raises(OSError, match="the ledger fails"):
            open_store(uri)
        with closing(sqlite3.connect(uri.removeprefix("sqlite:"))) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (1,)
            assert not db.execute("SELECT * FROM sqlite_schema WHERE name = 'warc'").fetchall()


def test_a_ledger_of_version_3_learns_of_visits_and_sketches(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    bookmark = Bookmark(file="/x.warc.gz", query="{}", state="1", offset=5)
    with closing(sqlite3.connect(path)) as db:
        db.executescript("; ".join((*UPGRADES[:3], "PRAGMA user_version=3")))
        db.execute("INSERT INTO bookmark VALUES ('/x.warc.gz', '{}', '1', 5)")
        db.commit()
    for _ in range(2):  # it is upgraded once
        with closing(open_store(f"sqlite:{path}")) as store:
            assert store.bookmark(bookmark.file, bookmark.query) == bookmark
            store.put_visits([VISIT])
            assert store.visits(VISIT.source, [VISIT.url]) == {VISIT.url: VISIT}
            store.add([HOLDING])
            store.put_sketch(HOLDING.key, HOLDING.source, "x", sketch(1))
            assert store.similar("x", sketch(1)) == [(HOLDING, sketch(1))]


def test_a_ledger_of_version_5_learns_of_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("; ".join((*UPGRADES[:5], "PRAGMA user_version=5")))
    with closing(open_store(f"sqlite:{path}")) as store:
        store.put_visits([VISIT])
        store.put_outcomes([OUTCOME])
    with closing(open_store(f"sqlite:{path}")) as store:
        assert list(store.all_outcomes(OUTCOME.source)) == [OUTCOME]
        assert store.visits(VISIT.source, [VISIT.url]) == {VISIT.url: VISIT}


def test_a_ledger_of_version_9_learns_when_its_articles_were_collected(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(open_store(f"sqlite:{tmp_path / 'new.sqlite'}")) as store:
        store.add([text_of_day(2)])
        store.revise(text_of_day(3))
        store.put_earlier(text_of_day(1))
        store.add(
            [replace(text_of_day(4), key="b" * 16), replace(HOLDING, key="c" * 16, conversion=None)]
        )
        store.put_visits([VISIT])
    with closing(sqlite3.connect(path)) as db:
        db.executescript("; ".join((*UPGRADES[:9], "PRAGMA user_version=9")))
        db.execute("ATTACH ? AS new", (str(tmp_path / "new.sqlite"),))
        for table in ("article", "revision", "visit"):
            fields = db.execute(f"SELECT name FROM pragma_table_info('{table}', 'main')")
            names = ", ".join(name for (name,) in fields)
            db.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM new.{table}")
        db.commit()
    with closing(open_store(f"sqlite:{path}")) as store:
        collected = {held.key: held.collected for held in store.all()}
        assert collected == {
            HOLDING.key: "2024-01-01T00:00:00Z",
            "b" * 16: "2024-01-04T00:00:00Z",
            "c" * 16: "",
        }
        assert store.visits(VISIT.source, [VISIT.url]) == {VISIT.url: VISIT}
        store.put_run(RUN)
        assert store.runs(RUN.source, 1) == [RUN]


def test_no_question_walks_through_a_large_table(uri: str) -> None:
    with closing(open_store(uri)) as store:
        check_no_walks(store)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (
            "SELECT * FROM run WHERE source = 'a' ORDER BY started DESC, id DESC LIMIT 9",
            "run_source",
        ),
        (
            "SELECT * FROM run WHERE (ended, id) > ('a', '') AND ended < 'b' ORDER BY ended, id",
            "run_ended",
        ),
        ("SELECT * FROM run ORDER BY ended DESC, id DESC LIMIT 9", "run_ended"),
        ("SELECT key FROM article WHERE source = 'a' AND collected > 'b'", "article_collected"),
        ("SELECT max(collected) FROM article WHERE source = 'a'", "article_collected"),
        (
            source_tables._SINCE.replace("?1", "'a'").replace("?2", "'b'").replace("?3", "'c'"),
            "USING COVERING INDEX article_published (source=? AND date>?)",
        ),
        (
            source_tables._EXTENT.replace("?1", "'a'"),
            "USING COVERING INDEX article_published (source=?)",
        ),
    ],
)
def test_what_is_asked_of_a_source_has_an_index(uri: str, query: str, index: str) -> None:
    open_store(uri).close()
    with closing(sqlite3.connect(uri.removeprefix("sqlite:"))) as db:
        plan = str(db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_a_ledger_of_version_9_learns_of_writers(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("; ".join((*UPGRADES[:9], "PRAGMA user_version=9")))
        db.execute("INSERT INTO due VALUES ('a.txt')")
        db.commit()
    with closing(open_store(f"sqlite:{path}", "one")) as store:
        assert store.take_ordinals(1) == 0
        assert store.take_over_due(["two"]) == {"a.txt"}


def test_a_ledger_of_version_7_finds_texts_by_their_files(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("; ".join((*UPGRADES[:7], "PRAGMA user_version=7")))
    with closing(open_store(f"sqlite:{path}")) as store:
        store.add([HOLDING])
        assert store.with_files([HOLDING.file]) == [HOLDING]
    with closing(sqlite3.connect(path)) as db:
        plan = db.execute("EXPLAIN QUERY PLAN SELECT * FROM article WHERE file IN ('a', 'b')")
        assert "USING INDEX article_file" in str(plan.fetchall())
