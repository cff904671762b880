"""The index of a whole folder of WARC files, made anew from them."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from crawler.warc.index_files import MERGED, SCRATCH, SUFFIX, merge, sort_lines, write_sorted
from crawler.warc.indexing import index_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from crawler.warc.reader import Fault


def reindex(warcs: Iterable[Path], folder: Path, on_fault: Callable[[Path, Fault], None]) -> None:
    """Make *folder* hold an index of each of the sealed files *warcs*, and the merged one.

    Index files of other WARCs are removed. *on_fault* is told what could not be indexed. Raises
    OSError.
    """
    warcs = list(warcs)
    _tidy(warcs, folder)
    for path in warcs:
        _index(path, folder, on_fault)
    merge(folder)


def all_lines(
    files: Iterable[tuple[str, Path]], on_fault: Callable[[Path, Fault], None]
) -> Iterator[str]:
    """The lines of *files*, WARCs with the names that the lines give them, in no order.

    *on_fault* is told what could not be indexed. Raises OSError.
    """
    for name, path in files:
        yield from index_lines(path, name=name, on_fault=partial(on_fault, path))


def mend(warcs: Iterable[Path], folder: Path, on_fault: Callable[[Path, Fault], None]) -> int:
    """Index those of the sealed files *warcs* that are newer than their index, or have none.

    Returns how many. As `reindex` for the rest; the merged index is written if it is not the
    newest, or lines go.
    """
    warcs = list(warcs)
    gone = _tidy(warcs, folder)
    behind = [path for path in warcs if _written(folder / (path.name + SUFFIX)) < _written(path)]
    for path in behind:
        _index(path, folder, on_fault)
    newest = max(map(_written, folder.glob(f"*{SUFFIX}")), default=0)
    if gone or _written(folder / MERGED) < newest:
        merge(folder)
    return len(behind)


def _index(path: Path, folder: Path, on_fault: Callable[[Path, Fault], None]) -> None:
    lines = all_lines([(path.name, path)], on_fault)
    write_sorted(folder / (path.name + SUFFIX), sort_lines(lines, folder))


def _tidy(warcs: list[Path], folder: Path) -> int:
    """Remove what a crash left in *folder*, and the indexes of other WARCs; their number."""
    folder.mkdir(parents=True, exist_ok=True)
    for scratch in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(scratch)
    wanted = {MERGED, *(path.name + SUFFIX for path in warcs)}
    stale = [path for path in folder.glob(f"*{SUFFIX}") if path.name not in wanted]
    for path in stale:
        path.unlink()
    return len(stale)


def _written(path: Path) -> int:
    """When the file was last written, in nanoseconds; -1 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return -1
