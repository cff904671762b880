"""What is made step by step is what is made anew, whatever happens to the archive meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.copies import add_missing_sketches
from crawler.archive.folder import Archive
from crawler.archive.recovery import recover
from crawler.export.browsing.browse_article import article
from crawler.export.browsing.browse_lists import home, runs
from crawler.export.browsing.browse_results import Facets
from crawler.export.browsing.browse_search import search
from crawler.export.browsing.build_steps import BuildResult
from crawler.export.browsing.corpus_build import build_corpus
from crawler.state.backends import open_store
from crawler.state.store import Holding
from crawler.text.corpus import Corpus
from crawler.warc.reader import Record, read_records
from tests.export.town import Town
from tests.running import LIMIT, ROOT

GOLDEN = ROOT / "tests" / "golden_archives"
TABLES = ("event", "day_count", "run", "progress", "unreadable")


class Growing:
    """An archive that grows by WARC files, and its database."""

    def __init__(self, folder: Path) -> None:
        (folder / "warc").mkdir(parents=True)
        self.archive = Archive(folder=folder, corpus=Corpus(folder, "text/{ordinal:03d}_{key}.txt"))
        self.store = open_store(self.archive.ledger_uri)
        self.path = folder / "corpus.sqlite"
        self.licences: dict[str, str] = {}

    def add(self, *warcs: Path) -> None:
        for warc in warcs:
            shutil.copy2(warc, self.archive.warcs)
        self.recover()

    def recover(self) -> None:
        list(recover(self.archive.warcs, self.store, self.archive.corpus))
        add_missing_sketches(self.store, self.archive.places)

    def build(self) -> BuildResult:
        return build_corpus(self.archive, self.store, self.path, self.licences)

    def step(self) -> BuildResult:
        """Build; what comes of it is what comes of a build anew."""
        result = self.build()
        anew = self.path.with_name("anew.sqlite")
        anew.unlink(missing_ok=True)
        assert build_corpus(self.archive, self.store, anew, self.licences).is_new
        assert contents(self.path) == contents(anew)
        return result

    def search(self, typed: str) -> list[str]:
        with closing(sqlite3.connect(self.path)) as db:
            return sorted(hit.title for hit in search(db, typed).hits)


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all that is in the database at *path*, whatever numbers its rows have."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = {table: _rows(db, f"SELECT * FROM {table}") for table in TABLES}
        found["story"] = _rows(db, "SELECT * FROM story", without=("id", "text_id"))
        found["text"] = _rows(db, "SELECT * FROM text", without=("id",))
        found["event"] = _rows(db, "SELECT * FROM event", without=("id",))
        found["made"] = _rows(db, "SELECT * FROM made WHERE name != 'built'")
        db.execute("CREATE VIRTUAL TABLE temp.token USING fts5vocab(main, search, instance)")
        found["search"] = _rows(
            db,
            "SELECT term, key, source, col, offset FROM token "
            "LEFT JOIN article ON article.id = token.doc",
        )
        return found


def _rows(
    db: sqlite3.Connection, query: str, without: tuple[str, ...] = ()
) -> list[tuple[object, ...]]:
    cursor = db.execute(query)
    kept = [n for n, column in enumerate(cursor.description) if column[0] not in without]
    return sorted((tuple(row[n] for n in kept) for row in cursor), key=repr)


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Growing]:
    found = Growing(tmp_path / "archives")
    with closing(found.store):
        yield found


def golden(name: str) -> list[Path]:
    return sorted((GOLDEN / name / "warc").iterdir())


@pytest.mark.parametrize("name", ["revised", "shared", "wire", "wordpress"])
def test_files_come(growing: Growing, name: str) -> None:
    for number, warc in enumerate(golden(name)):
        growing.add(warc)
        assert growing.step().is_new == (number == 0)
    assert growing.build().written == 0
    held = sum(1 for _ in growing.store.all())
    with closing(sqlite3.connect(growing.path)) as db:
        assert home(db).articles == held > 0
        assert runs(db).total == len(list(growing.store.runs_ended("", "9999")))


def test_a_file_grows(growing: Growing) -> None:
    """Record by record, as a crawl beside commits them."""
    (first,) = golden("whole")
    data = first.read_bytes()
    ends = [r.offset + r.length for r in read_records(first) if isinstance(r, Record)]
    places = [end for n, end in enumerate(ends) if n % 17 == 16 or end == ends[-1]]
    target = growing.archive.warcs / first.name
    for number, end in enumerate(places):
        target.write_bytes(data[:end])
        growing.recover()
        assert growing.step().is_new == (number == 0)
    assert home_of(growing) > 0


def home_of(growing: Growing) -> int:
    with closing(sqlite3.connect(growing.path)) as db:
        return home(db).articles


class SteppedTown(Town):
    """Has the database brought up to date after each record, while the file is still open."""

    def __init__(self, growing: Growing) -> None:
        self._growing = growing
        self.written: list[int] = []
        super().__init__(growing.archive.folder)

    def revised(self) -> None:
        super().revised()
        self._step()

    def back(self) -> None:
        super().back()
        german = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html lang=de><p>"
        self._run.exchange(response=german, uri="https://news.test/")

    def identified(self) -> None:
        super().identified()
        self._step()

    def _text(self, guid: str, text: str, **changes: Any) -> Holding:
        held = super()._text(guid, text, **changes)
        self._step()
        return held

    def _live(
        self, kind: str, held: Holding, detail: Mapping[str, Any], *, alias: str = ""
    ) -> None:
        super()._live(kind, held, detail, alias=alias)
        self._step()

    def _step(self) -> None:
        self._run.recorder.commit()
        self.written.append(self._growing.step().written)


def test_beside_a_writer(growing: Growing) -> None:
    """Revisions, facts, other days, deletions, copies, identities, and a home page that changes."""
    written = Counter(SteppedTown(growing).written)
    # One each time, both with one key once, and once all that have the language of the page.
    assert (written[2], written[9]) == (1, 1)
    assert written.keys() == {1, 2, 9}
    with closing(sqlite3.connect(growing.path)) as db:
        languages = dict(db.execute("SELECT guid, language_from || ' ' || language FROM article"))
        assert languages["plain"] == "article de"
        assert languages["untitled"] == "home page de", "it was pt when the text came"
        titles = {
            row[0]: row[1:] for row in db.execute("SELECT guid, absent, aliases FROM article")
        }
        assert titles["gone"] == ("gone", "[]")
        assert titles["back"] == (None, "[]")
        assert titles["redated"] == (None, f'["{"a" * 16}"]')
        view = article(db, "a" * 16)
        assert view
        assert view.facts["guid"] == "redated"
        assert [event.kind for event in view.events] == ["redated"]
        copies = search(db, "ferry merrow", Facets(copies=True))
        assert {hit.copies for hit in copies.hits} == {3}
        (shown,) = search(db, "ferry merrow").hits
        assert (shown.source, shown.is_copy) == ("a.test", False), "it was fetched last"
        assert search(db, "ferry merrow").hidden_copies == 2


def test_revisions(growing: Growing) -> None:
    """The words of the older text are not found any more, and the difference is shown."""
    first, *others = golden("revised")
    growing.add(first)
    growing.step()
    with closing(sqlite3.connect(growing.path)) as db:
        keys = {hit.key for hit in search(db, "").hits}
    for warc in others:
        growing.add(warc)
        growing.step()
    with closing(sqlite3.connect(growing.path)) as db:
        views = [view for key in keys if (view := article(db, key))]
    revised = [view for view in views if len(view.revisions) > 1]
    assert revised
    for view in revised:
        assert [r.is_held for r in view.revisions] == [False] * (len(view.revisions) - 1) + [True]
        kinds = {block.kind for r in view.revisions[1:] for block in r.difference}
        assert kinds & {"added", "changed", "removed"}
        assert view.text_record
        assert view.origin


def test_archives_are_merged(growing: Growing) -> None:
    """Runs and articles of another archive come in, older than what is there."""
    growing.add(*golden("whole"), *golden("shared")[-1:])
    growing.step()
    growing.add(*golden("revised"), *golden("wire"))
    assert not growing.step().is_new
    growing.add(*golden("shared")[:-1])
    assert not growing.step().is_new


def test_what_is_gone_is_not_found(growing: Growing) -> None:
    one, other = golden("shared")[:2]
    growing.add(one, other)
    before = growing.step().articles
    (growing.archive.warcs / other.name).unlink()
    assert growing.step().is_new, "the ledger does not know yet, and texts cannot be read"
    growing.recover()
    growing.store.forget(other.name, 0)
    assert growing.step().articles < before
    growing.add(other)
    assert growing.step().articles == before


def spoil(path: Path, table: str = "") -> None:
    """Overwrite the first page of *table* and of its indexes, or all pages but the first one."""
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT rootpage FROM sqlite_schema WHERE tbl_name = ? AND rootpage > 1"
        pages = [page for (page,) in db.execute(query, (table,))]
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18])
    for page in pages or range(2, len(data) // size + 1):
        data[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        *("shrunk", "cut off", "other", "garbage", "garbage in a table", "older tables"),
        "not a database",
    ],
)
def test_made_anew(growing: Growing, damage: str) -> None:
    first, *others = golden("revised")
    growing.add(first)
    growing.step()
    warc = growing.archive.warcs / first.name
    if damage == "shrunk":
        warc.write_bytes(warc.read_bytes()[: -len(warc.read_bytes()) // 4])
        growing.recover()
    elif damage == "cut off":  # and the ledger does not know yet
        warc.write_bytes(warc.read_bytes()[:4_000])
    elif damage == "other":
        shutil.copy(others[0], warc)
        growing.recover()
    elif damage == "garbage":
        spoil(growing.path)
    elif damage == "garbage in a table":
        spoil(growing.path, "article")
    elif damage == "older tables":
        with closing(sqlite3.connect(growing.path)) as db, db:
            db.execute("UPDATE made SET value = 'older' WHERE name = 'words'")
    else:
        growing.path.write_text("no database at all")
    result = growing.step()
    assert result.is_new
    assert bool(result.lost) == (damage == "cut off")
    assert home_of(growing) + result.lost == len(list(growing.store.all()))


def test_a_text_that_cannot_be_read_is_named(growing: Growing) -> None:
    """With file and reason, each time, until it can be read again."""
    first, *_ = golden("revised")
    growing.add(first)
    held = next(growing.store.all())
    assert held.conversion
    warc = growing.archive.warcs / first.name
    data = warc.read_bytes()
    at = held.conversion.offset
    times = warc.stat()
    warc.write_bytes(
        data[:at] + b"\0" * held.conversion.length + data[at + held.conversion.length :]
    )
    os.utime(warc, ns=(times.st_atime_ns, times.st_mtime_ns))
    broken = growing.step()
    assert held.file in broken.problems[0]
    assert held.source in broken.problems[0]
    assert broken.lost == 1
    assert growing.build().problems == broken.problems
    warc.write_bytes(data)
    mended = growing.step()
    assert (mended.problems, mended.lost) == ([], 0)
    assert mended.articles == broken.articles + 1


def test_the_ledger_alone_changes(growing: Growing) -> None:
    """No record tells of it: the ledger was made again, or the article was merged away."""
    growing.add(*golden("whole"))
    before = growing.step().articles
    held = next(growing.store.all())
    growing.store.remove(held)
    assert growing.step().articles == before - 1
    growing.store.add([held])
    assert growing.step().articles == before


def test_licences_change(growing: Growing) -> None:
    growing.add(*golden("shared"))
    growing.step()
    (source, *_) = growing.store.article_sources()
    for licences in ({source: "CC BY 4.0"}, {source: "CC0 1.0"}, {}):
        growing.licences = licences
        assert growing.step().written > 0
    assert growing.build().written == 0


@pytest.mark.parametrize("is_new", [True, False])
def test_killed_in_the_middle(growing: Growing, is_new: bool) -> None:
    """The database is that of before, or of some batch, and the next build mends it."""
    first, *others = golden("revised")
    growing.add(first)
    if not is_new:
        growing.build()
        growing.add(*others)
    for calls in (1, 3):
        module = ("-m", "tests.export.killed_build")
        folder = str(growing.archive.folder)
        killed = [sys.executable, *module, folder, str(calls)]
        done = subprocess.run(killed, cwd=ROOT, timeout=LIMIT, check=False)
        assert done.returncode == -signal.SIGKILL
        assert growing.path.exists() != is_new
    growing.step()
    assert not list(growing.archive.folder.glob(".corpus.sqlite.new*"))
