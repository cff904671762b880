"""Bytes that come piece by piece: the same whether they are in memory or in a file."""

from __future__ import annotations

import gc
import mmap
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.spool import MEMORY_LIMIT, Spool
from tests.limits import small_files

# Few different bytes many times: sizes on both sides of the limit cost nothing to draw.
PIECE = st.builds(
    lambda byte, count: bytes([byte]) * count,
    st.integers(0, 255),
    st.sampled_from([0, 1, 2, 1000, MEMORY_LIMIT - 1, MEMORY_LIMIT, MEMORY_LIMIT + 1]),
)


def files_open_in(folder: Path) -> list[str]:
    """Return the files below *folder* that this process has open, unnamed ones too."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder itself was open while it was read
            found.append(str(link.readlink()))
    return [name for name in found if name.startswith(str(folder))]


@given(
    st.lists(st.tuples(PIECE, st.floats(0, 1)), min_size=1, max_size=5),
    st.sampled_from([0, 1, 7]),
)
def test_what_went_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[bytes, float]], rest: int
) -> None:
    spool, expected = Spool(tmp_path_factory.getbasetemp()), b"head"
    spool.write(expected)
    for piece, part in pieces:
        spool.write(piece)
        surplus = min(int(len(piece) * part), len(piece))
        spool.cut(surplus)
        expected += piece[: len(piece) - surplus]
    expected += b"x" * rest
    spool.write(b"x" * rest)
    assert spool.size == len(expected)
    assert spool.view()[:] == expected


def test_up_to_the_limit_nothing_touches_the_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(b"x" * MEMORY_LIMIT)
    assert isinstance(spool.view(), bytes)
    assert files_open_in(tmp_path) == []


def test_above_it_is_a_read_only_map_of_a_file_without_a_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(b"x" * MEMORY_LIMIT)
    spool.write(b"y")
    view = spool.view()
    assert isinstance(view, mmap.mmap)
    assert memoryview(view).readonly
    assert len(files_open_in(tmp_path)) >= 1
    assert list(tmp_path.iterdir()) == []


def test_a_view_outlives_its_spool_and_the_file_does_not_outlive_both(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(b"z" * (MEMORY_LIMIT + 1))
    view = spool.view()
    del spool
    gc.collect()
    assert view[-1:] == b"z"
    del view
    gc.collect()
    assert files_open_in(tmp_path) == []


def test_cut_to_nothing_and_filled_again() -> None:
    spool = Spool()
    spool.write(b"abc")
    spool.cut(3)
    assert (spool.size, spool.view()) == (0, b"")
    spool.write(b"d")
    assert spool.view() == b"d"


def test_a_large_one_cut_to_nothing_is_empty(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(b"x" * (MEMORY_LIMIT + 1))
    spool.cut(spool.size)
    assert spool.view()[:] == b""


def test_a_full_disk_is_an_os_error(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(OSError, match=r"\[Errno"), small_files(MEMORY_LIMIT // 2):
        spool.write(b"x" * (3 * MEMORY_LIMIT))


def test_a_folder_that_is_gone_is_an_os_error(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "gone")
    spool.write(b"x")
    with pytest.raises(FileNotFoundError):
        spool.write(b"x" * MEMORY_LIMIT)
