"""An index that is missing, old or of other files is put right, and only that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.warc import reindex
from crawler.warc.reader import Fault
from crawler.warc.reindex import rebuild_index, update_index
from tests.warc import files
from tests.warc.examples import RESPONSE
from tests.warc.index_folder import all_lines, listed

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
    return update_index(
        lambda: warcs, index, lambda path, fault: faults.append((path.name, fault))
    ), faults


def modified(index: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in index.iterdir()}


def whole(warcs: list[Path], folder: Path) -> list[str]:
    rebuild_index(lambda: warcs, folder, lambda *_: pytest.fail("a fault"))
    return all_lines(folder)


def test_what_is_missing_is_made(warcs: list[Path], index: Path, tmp_path: Path) -> None:
    assert updated(warcs, index) == (2, [])
    found = all_lines(index)
    assert found == whole(warcs, tmp_path / "anew")
    assert len(found) == 3


def test_what_is_there_stays_untouched(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    before = modified(index)
    assert updated(warcs, index) == (0, [])
    assert modified(index) == before


def test_one_that_is_lost_is_made_again(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    before = all_lines(index)
    for path in index.glob("*.cdxj"):
        path.unlink()
    assert updated(warcs, index) == (2, [])
    assert all_lines(index) == before


def test_one_of_a_file_of_another_size_is_made_again(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    files.example(warcs[0], RESPONSE, RESPONSE, RESPONSE)  # as recovery writes a file that it cuts
    os.utime(warcs[0], ns=(0, 0))
    assert updated(warcs, index) == (1, [])
    assert len(all_lines(index)) == 5
    assert sorted(listed(index).values()) == [["a.warc.gz"], ["b.warc.gz"]]


def test_sizes_that_are_known_are_not_asked_for(
    warcs: list[Path], index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    updated(warcs, index)
    sizes = {path.name: path.stat().st_size for path in warcs}
    monkeypatch.setattr(reindex, "_size", lambda path: pytest.fail(f"{path} was looked at"))
    assert update_index(lambda: warcs, index, lambda *_: None, sizes) == 0
    sizes["a.warc.gz"] += 1
    assert update_index(lambda: warcs, index, lambda *_: None, sizes) == 1


def test_what_cannot_be_read_is_named_and_the_rest_indexed(warcs: list[Path], index: Path) -> None:
    data = bytearray(warcs[1].read_bytes())
    data[-20] ^= 0xFF
    warcs[1].write_bytes(data)
    count, faults = updated(warcs, index)
    assert count == 2
    assert [name for name, _ in faults] == ["b.warc.gz"]
    assert len(all_lines(index)) >= 2


def test_nothing_there_is_nothing_to_do(index: Path) -> None:
    assert updated([], index) == (0, [])
    assert not index.exists()
    index.mkdir()
    assert updated([], index) == (0, [])
    assert not list(index.iterdir())


def test_rebuild_forgets_files_that_are_gone(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    remaining = whole(warcs[1:], index)
    assert list(listed(index).values()) == [["b.warc.gz"]]
    assert len(remaining) == 2
    assert whole([], index) == []


def test_update_forgets_lines_of_a_file_that_is_gone(warcs: list[Path], index: Path) -> None:
    updated(warcs, index)
    warcs[0].unlink()
    assert updated(warcs[1:], index) == (0, [])
    assert len(all_lines(index)) == 2
    assert list(listed(index).values()) == [["b.warc.gz"]]
