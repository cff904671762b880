"""Index files: sorted, whole, merged."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc import index_files
from crawler.warc.index_files import merge_files, sort_lines, write_sorted

LINES = st.lists(st.text("ab,)/?&=% {}", max_size=8).map("{}\n".format))


@given(lines=LINES, run=st.integers(1, 50), fan_in=st.integers(2, 4))
def test_sorted_as_bytes_each_once_in_any_number_of_runs(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], run: int, fan_in: int
) -> None:
    folder = tmp_path_factory.mktemp("sort")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_files, "_RUN_SIZE", run)
        patch.setattr(index_files, "_MAX_OPEN_FILES", fan_in)
        found = list(sort_lines(iter(lines), folder))
    assert found == sorted(set(lines), key=str.encode)
    assert not list(folder.iterdir())


def test_the_order_is_that_of_sort(tmp_path: Path) -> None:
    lines = [
        f"{key} {n} {{}}\n" for n in (2, 1) for key in ("b,a)/", "b)/", "b-c)/", "B)/", "b)/é")
    ]
    path = tmp_path / "x.cdxj"
    write_sorted(path, sort_lines(lines, tmp_path))
    check = ["sort", "--check", str(path)]
    assert subprocess.run(check, env={"LC_ALL": "C"}, check=False).returncode == 0


def test_what_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.cdxj"
    write_sorted(path, ["old\n"])

    def failing() -> Iterator[str]:
        yield "new\n"
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_sorted(path, failing())
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_merged_from_more_files_than_may_be_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_files, "_MAX_OPEN_FILES", 3)
    paths = [tmp_path / f"{number}.cdxj" for number in range(20)]
    for number, path in enumerate(paths):
        write_sorted(path, [f"a {number:02d}\n", "z\n"])
    (tmp_path / "scratch").mkdir()
    expected = [f"a {number:02d}\n" for number in range(20)] + ["z\n"]
    assert list(merge_files(paths, tmp_path / "scratch")) == expected


@pytest.mark.parametrize("fan_in", [2, 64])
def test_bytes_that_are_no_text_are_merged_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fan_in: int
) -> None:
    monkeypatch.setattr(index_files, "_MAX_OPEN_FILES", fan_in)
    contents = [b"a\nb\xff\n", b"a\nc\n", b"d\xc3\n"]
    paths = [tmp_path / f"{number}.cdxj" for number in range(3)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    write_sorted(tmp_path / "all", merge_files(paths, tmp_path))
    assert (tmp_path / "all").read_bytes() == b"a\nb\xff\nc\nd\xc3\n"
