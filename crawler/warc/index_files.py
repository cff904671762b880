"""CDXJ files: sorted in bounded memory, merged, replaced as a whole.

Lines end in LF and stand in the order of their bytes, as ``LC_ALL=C sort`` has them; readers
use binary search.
"""

from __future__ import annotations

import heapq
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from crawler.disk import replacement, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from typing import IO

SUFFIX = ".cdxj"
SCRATCH = ".sort-"
UNFINISHED = ".new"

_RUN_SIZE = 16 << 20  # characters of the lines that are sorted in memory at once
_MAX_OPEN_FILES = 64  # files that are open at once


def sort_lines(lines: Iterable[str], folder: Path) -> Generator[str]:
    """Yield *lines* sorted, each once; they wait in temporary files below *folder*.

    Raises OSError.
    """
    with scratch_folder(folder, SCRATCH) as scratch:
        runs = [_write_run(run, scratch) for run in _runs(lines)]
        yield from merge_files(runs, scratch)


def write_sorted(path: Path, lines: Iterable[str]) -> None:
    """Make *lines*, which are sorted, the content of *path*, on the disk, whole or not at all.

    Raises OSError; *path* is then as it was.
    """
    with replacement(path, UNFINISHED) as file:
        write_lines(file, lines)


def write_lines(file: IO[bytes], lines: Iterable[str]) -> None:
    """Write *lines*; bytes that were no UTF-8 are as they were. Raises OSError."""
    file.writelines(line.encode(errors="surrogateescape") for line in lines)


def merge_files(paths: list[Path], folder: Path) -> Iterator[str]:
    """Yield the lines of the sorted files *paths* in their order, each once.

    Of many files, those between wait in *folder*. Raises OSError.
    """
    while len(paths) > _MAX_OPEN_FILES:
        merged = _write_run(_merge_open_files(paths[:_MAX_OPEN_FILES]), folder)
        paths = [*paths[_MAX_OPEN_FILES:], merged]
    yield from _merge_open_files(paths)


def _runs(lines: Iterable[str]) -> Iterator[list[str]]:
    run: list[str] = []
    size = 0
    for line in lines:
        run.append(line)
        size += len(line)
        if size > _RUN_SIZE:
            yield sorted(run)
            run, size = [], 0
    if run:
        yield sorted(run)


def _write_run(lines: Iterable[str], folder: Path) -> Path:
    with NamedTemporaryFile("wb", dir=folder, delete=False) as file:
        write_lines(file, lines)
    return Path(file.name)


def _merge_open_files(paths: Iterable[Path]) -> Iterator[str]:
    with ExitStack() as stack:
        files = [
            stack.enter_context(path.open(encoding="utf-8", errors="surrogateescape", newline="\n"))
            for path in paths
        ]
        for line, _ in groupby(heapq.merge(*files)):
            yield line
