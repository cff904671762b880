"""An index in levels: every line once, few files, whatever happens to them."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.warc.index_levels import (
    FANOUT,
    file_of_many,
    file_of_warc,
    find_index_files,
    level_of,
    list_of,
    merge_full_levels,
    read_index_file,
    write_index_file,
)
from tests.warc.index_folder import all_lines, listed
from tests.warc.killed_index import CHANGES, of_version_2, own_lines, seal, sealed, update
from tests.warc.killed_index import archive as archive_of

ROOT = Path(__file__).parents[2]


def expected(folder: Path) -> list[str]:
    return sorted(line for path in sealed(folder) for line in own_lines(path))


def written_at(path: Path) -> tuple[int, int]:
    return path.stat().st_ino, path.stat().st_mtime_ns


def line(warc: str, number: int = 0) -> str:
    fields = {"url": f"https://a.test/{warc}", "offset": str(number), "filename": warc}
    return f"test,a)/{warc} 20240411 {json.dumps(fields)}\n"


def written(folder: Path, warc: str, lines: int = 1) -> list[str]:
    """Write the index of a WARC file of that many captures as a run does; return its lines."""
    made = sorted(line(warc, number) for number in range(lines))
    write_index_file(file_of_warc(folder, warc), made, {warc: lines})
    merge_full_levels(folder)
    return made


@given(runs=st.lists(st.lists(st.integers(0, 3), max_size=20), max_size=12))
@settings(max_examples=40, deadline=None)
def test_any_runs_give_each_line_once_in_few_files(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[int]]
) -> None:
    """A run writes any number of WARC files; of some there are no lines."""
    folder = tmp_path_factory.mktemp("index")
    lines: list[str] = []
    names: list[str] = []
    for number, run in enumerate(runs):
        for part, count in enumerate(run):
            names.append(f"{number:02d}-{part:02d}.warc.gz")
            lines += written(folder, names[-1], count)
        found = listed(folder)
        assert all_lines(folder) == sorted(lines)
        assert sorted(name for files in found.values() for name in files) == names
        levels = 1 + max((level_of(folder / name) for name in found), default=0)
        assert FANOUT ** (levels - 1) <= max(1, len(names))
        assert len(found) <= (FANOUT - 1) * levels


def test_a_line_is_written_once_a_level(tmp_path: Path) -> None:
    """What a run writes beside its own lines does not depend on how many runs there were."""
    count, bytes_written, most_files = FANOUT**3, 0, 0
    for number in range(count):
        before = {path.name for path in tmp_path.glob("*.cdxj")}
        written(tmp_path, f"{number:05d}.warc.gz")
        new = [path for path in tmp_path.glob("*.cdxj") if path.name not in before]
        bytes_written += len(line("00000.warc.gz")) + sum(
            path.stat().st_size for path in new if level_of(path)
        )
        most_files = max(most_files, len(list(tmp_path.glob("*.cdxj"))))
    own = count * len(line("00000.warc.gz"))
    assert bytes_written <= own * (1 + round(math.log(count, FANOUT)))
    assert most_files <= (FANOUT - 1) * 3 + 1


def test_no_file_is_touched_that_takes_no_part_in_a_merge(tmp_path: Path) -> None:
    for number in range(FANOUT + 3):
        written(tmp_path, f"{number:02d}.warc.gz")
    before = {path: written_at(path) for path in tmp_path.iterdir()}
    written(tmp_path, "new.warc.gz")
    assert {path: written_at(path) for path in before} == before


@pytest.mark.parametrize("change", CHANGES)
def test_killed_at_any_step_nothing_is_lost_or_double(change: str, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.warc.killed_index", change, str(tmp_path)],
        cwd=ROOT,
        timeout=120,
        check=True,
    )
    killed = [path for path in tmp_path.iterdir() if path.name.isdecimal()]
    assert len(killed) >= 10
    for folder in [*killed, tmp_path / "whole"]:
        update(folder)
        assert all_lines(folder / "index") == expected(folder), folder
        indexed = [name for files in listed(folder / "index").values() for name in files]
        assert sorted(indexed) == [path.name for path in sealed(folder)], folder
        before = {path: written_at(path) for path in (folder / "index").iterdir()}
        update(folder)
        assert {path: written_at(path) for path in (folder / "index").iterdir()} == before


@pytest.mark.parametrize("count", [1, 3, FANOUT + 2])
def test_an_archive_of_version_2_is_taken_over(tmp_path: Path, count: int) -> None:
    of_version_2(tmp_path, count)
    update(tmp_path)
    index = tmp_path / "index"
    assert listed(index).popitem()[1] == [path.name for path in sealed(tmp_path)]
    assert len(listed(index)) == 1
    assert all_lines(index) == expected(tmp_path)


def test_what_is_old_in_an_archive_of_version_2_is_made_again(tmp_path: Path) -> None:
    of_version_2(tmp_path)
    index, (old, gone, _) = tmp_path / "index", sealed(tmp_path)
    (index / f"{old.name}.cdxj").write_text("what was there\n")
    os.utime(index / f"{old.name}.cdxj", ns=(0, 0))
    gone.unlink()
    update(tmp_path)
    assert all_lines(index) == expected(tmp_path)


def test_a_version_that_knows_no_levels_finds_its_way_back(tmp_path: Path) -> None:
    """0.2 removes what it does not know, and leaves lists of indexes that it made anew."""
    archive_of(tmp_path, 2)
    update(tmp_path)
    seal(tmp_path, sealed(tmp_path)[0])
    index = tmp_path / "index"
    for path in index.glob("level-*.cdxj"):
        path.unlink()
    for path in sealed(tmp_path):
        (index / f"{path.name}.cdxj").write_text("".join(sorted(own_lines(path))))
    update(tmp_path)
    assert all_lines(index) == expected(tmp_path)


SPOILT = {
    "cut": b'{"size": ',
    "empty": b"",
    "a number": b"1",
    "no sizes": b'{"warcs": {}}',
    "of another file": b'{"size": 1, "warcs": {"a.warc.gz": 1}}',
    "a list": b'{"size": 1, "warcs": ["a.warc.gz"]}',
    "text": b'{"size": "1", "warcs": {"a.warc.gz": "1"}}',
    "true": b'{"size": true, "warcs": {}}',
    "deep": b"[" * 100_000,
    "no UTF-8": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
def test_a_file_whose_list_does_not_fit_is_made_again(tmp_path: Path, content: bytes) -> None:
    archive_of(tmp_path, 2)
    update(tmp_path)
    (path,) = find_index_files(tmp_path / "index")
    list_of(path).write_bytes(content)
    assert read_index_file(path) is None
    update(tmp_path)
    assert all_lines(tmp_path / "index") == expected(tmp_path)


@pytest.mark.parametrize("content", [b"", b"com,a)/ 2024 {}\n", b"\xff" * 99])
def test_a_file_that_is_cut_or_written_over_is_made_again(tmp_path: Path, content: bytes) -> None:
    archive_of(tmp_path, 2)
    update(tmp_path)
    (path,) = find_index_files(tmp_path / "index")
    path.write_bytes(content)
    update(tmp_path)
    assert all_lines(tmp_path / "index") == expected(tmp_path)


def test_damaged_lines_do_not_stop_a_merge(tmp_path: Path) -> None:
    """Their file is as large as it was: `verify` names it, and `scrapy index` mends it."""
    archive_of(tmp_path, FANOUT)
    for path in sealed(tmp_path):
        seal(tmp_path, path)
    path = find_index_files(tmp_path / "index")[0]
    path.write_bytes(b"\xff" * (path.stat().st_size - 1) + b"\n")
    merge_full_levels(tmp_path / "index")
    sealed(tmp_path)[-1].unlink()
    update(tmp_path)
    lost = own_lines(sealed(tmp_path)[0])
    assert all_lines(tmp_path / "index") == [x for x in expected(tmp_path) if x not in lost]


def test_files_without_a_list_take_no_part_in_a_merge(tmp_path: Path) -> None:
    for number in range(FANOUT):
        path = file_of_many(tmp_path, 1)
        write_index_file(path, [line(f"{number}.warc.gz")], {f"{number}.warc.gz": 1})
    list_of(path).unlink()
    merge_full_levels(tmp_path)
    assert len(find_index_files(tmp_path)) == FANOUT


def test_a_level_that_overflowed_is_merged_at_once(tmp_path: Path) -> None:
    """Runs that were killed at their end left their files; 0.2 left one for each run."""
    for number in range(FANOUT**2 + 5):
        warc = f"{number:03d}.warc.gz"
        write_index_file(file_of_warc(tmp_path, warc), [line(warc)], {warc: 1})
    merge_full_levels(tmp_path)
    (path,) = find_index_files(tmp_path)
    assert level_of(path) == 3
    shutil.rmtree(tmp_path)
