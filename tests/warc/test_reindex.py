"""An index that is missing, old or of other files is put right, and only that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.warc.index_files import MERGED
from crawler.warc.reader import Fault
from crawler.warc.reindex import rebuild_index, update_index
from tests.warc import files
from tests.warc.examples import RESPONSE

Faults = list[tuple[str, Fault]]


@pytest.fixture
def warcs(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "warc"
    folder.mkdir()
    paths = [folder / name for name in ("a.warc.gz", "b.warc.gz")]
    for path, count in zip(paths, (1, 2), strict=True):
        files.example(path, *[RESPONSE] * count)
    return paths


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def updated(warcs: list[Path], index: Path) -> tuple[int, Faults]:
    faults: Faults = []
    return update_index(warcs, index, lambda path, fault: faults.append((path.name, fault))), faults


def content(index: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in index.iterdir()}


def modified(index: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in index.iterdir()}


def older(path: Path, seconds: int) -> None:
    before = path.stat().st_mtime_ns - seconds * 10**9
    os.utime(path, ns=(before, before))


def whole(warcs: list[Path], folder: Path) -> dict[str, bytes]:
    rebuild_index(warcs, folder, lambda *_: pytest.fail("a fault"))
    return content(folder)


def test_what_is_missing_is_made(warcs: list[Path], index: Path, tmp_path: Path) -> None:
    assert updated(warcs, index) == (2, [])
    found = content(index)
    assert found == whole(warcs, tmp_path / "anew")
    assert found[MERGED].count(b"\n") == 3


def test_what_is_there_stays_untouched(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    before = modified(index)
    assert updated(warcs, index) == (0, [])
    assert modified(index) == before


@pytest.mark.parametrize("lost", ["a.warc.gz.cdxj", "b.warc.gz.cdxj", MERGED])
def test_one_that_is_lost_is_made_again(warcs: list[Path], index: Path, lost: str) -> None:
    updated(warcs, index)
    before = content(index)
    (index / lost).unlink()
    assert updated(warcs, index) == (int(lost != MERGED), [])
    assert content(index) == before


def test_one_older_than_its_file_is_made_again(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    for path in index.iterdir():
        older(path, 3600)
    for path in warcs:
        older(path, 7200)
    files.example(warcs[0], RESPONSE, RESPONSE, RESPONSE)  # as recovery writes a file that it cuts
    assert updated(warcs, index) == (1, [])
    assert content(index)[MERGED].count(b"\n") == 5


def test_what_cannot_be_read_is_named_and_the_rest_indexed(warcs: list[Path], index: Path) -> None:
    data = bytearray(warcs[1].read_bytes())
    data[-20] ^= 0xFF
    warcs[1].write_bytes(data)
    count, faults = updated(warcs, index)
    assert count == 2
    assert [name for name, _ in faults] == ["b.warc.gz"]
    assert content(index)[MERGED].count(b"\n") >= 2


def test_nothing_there_is_nothing_to_do(index: Path) -> None:
    assert updated([], index) == (0, [])
    assert set(content(index).values()) <= {b""}


def test_rebuild_forgets_files_that_are_gone(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    remaining = whole(warcs[1:], index)
    assert remaining.keys() == {"b.warc.gz.cdxj", MERGED}
    assert remaining[MERGED] == remaining["b.warc.gz.cdxj"]


def test_update_forgets_lines_of_a_file_that_is_gone(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    warcs[0].unlink()
    updated(warcs[1:], index)
    assert b"a.warc.gz" not in content(index)[MERGED]
