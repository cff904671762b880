"""Several processes write to one index at once: no line is lost, and none is there twice."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from crawler.warc import reindex
from crawler.warc.index_files import sort_lines
from crawler.warc.index_levels import FANOUT, index_lock
from crawler.warc.index_writer import IndexWriter
from crawler.warc.records import exchange_records, new_ref
from crawler.warc.reindex import rebuild_index, update_index
from crawler.warc.writer import WarcWriter
from tests.warc.examples import STARTED, exchange
from tests.warc.index_folder import all_lines, listed
from tests.warc.killed_index import own_lines, sealed

_FILES = 3 * FANOUT
"""By each writer: levels fill, and are merged, while others write."""


def write(folder: Path, name: str, count: int) -> None:
    """Write *count* WARC files, each sealed and indexed, as `Recorder` does."""
    writer = WarcWriter(folder / "warc", name, software="x")
    for number in range(count):
        index = IndexWriter(folder / "index")
        _write_one(writer, index, f"https://{name}.test/{number}")
        warc, size = writer.name, writer.size
        writer.close()
        index.seal(warc, size)
        index.merge()


def _write_one(writer: WarcWriter, index: IndexWriter, uri: str) -> None:
    found = exchange(uri=uri)
    built = exchange_records(found, new_ref(uri, STARTED), _NoCaptures())
    for record, ref in zip(built, writer.write(built), strict=True):
        index.add(record, ref)


class _NoCaptures:
    def with_payload(self, payload_digest: str) -> None:
        return None

    def latest(self, uri: str) -> None:
        return None


def in_processes(*works: Callable[[], object]) -> None:
    """Have each of *works* done by a process of its own, all at once."""
    children = []
    for work in works:
        child = os.fork()
        if not child:
            code = 1
            try:
                work()
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * len(
        children
    )


def _fail(*what: object) -> None:
    raise AssertionError(what)


def check(folder: Path) -> None:
    """Check that the index has each line once, and each WARC file in one list."""
    paths = sealed(folder)
    assert all_lines(folder / "index") == sorted(line for path in paths for line in own_lines(path))
    names = [name for warcs in listed(folder / "index").values() for name in warcs]
    assert sorted(names) == [path.name for path in paths]


def update(folder: Path, times: int) -> None:
    for _ in range(times):
        update_index(lambda: _sealed_now(folder), folder / "index", _fail)


def rebuild(folder: Path, times: int) -> None:
    for _ in range(times):
        rebuild_index(lambda: _sealed_now(folder), folder / "index", _fail)


def _sealed_now(folder: Path) -> list[Path]:
    return sorted((folder / "warc").glob("*.warc.gz"))


def test_writers_starts_and_rebuilds_at_once(tmp_path: Path) -> None:
    for name in ("warc", "index"):
        (tmp_path / name).mkdir()
    in_processes(
        lambda: write(tmp_path, "one", _FILES),
        lambda: write(tmp_path, "two", _FILES),
        lambda: write(tmp_path, "three", _FILES),
        lambda: update(tmp_path, 30),
        lambda: rebuild(tmp_path, 10),
    )
    assert len(sealed(tmp_path)) == 3 * _FILES
    check(tmp_path)


def test_what_is_sealed_while_the_index_is_made_anew_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "before", FANOUT - 1)

    def sort_slowly(lines: Iterable[str], folder: Path) -> Iterator[str]:
        write(tmp_path, "meanwhile", 2)  # which fills the level, and merges it
        monkeypatch.undo()
        return sort_lines(lines, folder)

    monkeypatch.setattr(reindex, "sort_lines", sort_slowly)
    rebuild(tmp_path, 1)
    check(tmp_path)


def test_a_file_that_a_start_found_without_an_index_is_indexed_once(tmp_path: Path) -> None:
    """It is sealed, and its writer is about to write the index."""
    write(tmp_path, "before", 1)
    writer, index = (
        WarcWriter(tmp_path / "warc", "x", software="x"),
        IndexWriter(tmp_path / "index"),
    )
    _write_one(writer, index, "https://x.test/")
    name, size = writer.name, writer.size
    writer.close()
    write(tmp_path, "meanwhile", FANOUT)
    update(tmp_path, 1)
    index.seal(name, size)
    check(tmp_path)


def test_who_writes_waits_for_who_merges(tmp_path: Path) -> None:
    write(tmp_path, "before", 1)
    before = sorted((tmp_path / "index").iterdir())
    begin, begins = os.pipe()
    child = os.fork()
    if not child:  # which has no copy of the lock
        os.read(begin, 1)
        write(tmp_path, "x", 1)
        os._exit(0)
    with index_lock(tmp_path / "index"):
        os.write(begins, b"x")
        time.sleep(0.5)  # it gets to the lock, or the test shows nothing
        assert sorted((tmp_path / "index").iterdir()) == before
    os.waitpid(child, 0)
    os.close(begin)
    os.close(begins)
    check(tmp_path)
