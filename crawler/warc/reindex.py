"""The index of a folder of WARC files, made from them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.warc.archive_lines import IndexedFile, lines_by_file
from crawler.warc.index_files import MERGED, SCRATCH, SUFFIX, merge, sort_lines, write_sorted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crawler.warc.archive_lines import OnFault


def rebuild_index(
    warcs: Iterable[Path], folder: Path, on_fault: OnFault, *, workers: int = 1
) -> None:
    """Make *folder* hold an index of each of the sealed files *warcs*, and the merged one.

    Index files of other WARCs are removed. *on_fault* is called for what could not be indexed. Up
    to *workers* processes read. Raises OSError.
    """
    warcs = list(warcs)
    _remove_stale(warcs, folder)
    _index(warcs, folder, on_fault, workers)
    merge(folder)


def lines_of_files(
    files: Sequence[IndexedFile], on_fault: OnFault, *, workers: int = 1
) -> Iterator[str]:
    """Yield the index lines of *files*, in no order, as `lines_by_file` has them."""
    for _, lines in lines_by_file(files, on_fault, workers):
        yield from lines


def update_index(warcs: Iterable[Path], folder: Path, on_fault: OnFault) -> int:
    """Index those of the sealed files *warcs* that are newer than their index, or have none.

    Return how many. For the rest see `rebuild_index`; the merged index is written if it is not the
    newest, or if indexes were removed.
    """
    warcs = list(warcs)
    removed = _remove_stale(warcs, folder)
    outdated = [p for p in warcs if _modified_at(_index_of(p, folder)) < _modified_at(p)]
    _index(outdated, folder, on_fault)
    newest = max(map(_modified_at, folder.glob(f"*{SUFFIX}")), default=0)
    if removed or _modified_at(folder / MERGED) < newest:
        merge(folder)
    return len(outdated)


def _index(warcs: Iterable[Path], folder: Path, on_fault: OnFault, workers: int = 1) -> None:
    files = [IndexedFile(path, path.name) for path in warcs]
    for file, lines in lines_by_file(files, on_fault, workers):
        write_sorted(_index_of(file.path, folder), sort_lines(lines, folder))


def _index_of(path: Path, folder: Path) -> Path:
    return folder / (path.name + SUFFIX)


def _remove_stale(warcs: list[Path], folder: Path) -> int:
    """Remove what a crash left in *folder* and the indexes of other WARCs; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    for scratch in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(scratch)
    wanted = {MERGED, *(path.name + SUFFIX for path in warcs)}
    stale = [path for path in folder.glob(f"*{SUFFIX}") if path.name not in wanted]
    for path in stale:
        path.unlink()
    return len(stale)


def _modified_at(path: Path) -> int:
    """Return when the file was last written, in nanoseconds; -1 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return -1
