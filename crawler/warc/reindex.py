"""The index of a folder of WARC files, made from them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.warc.index_files import MERGED, SCRATCH, SUFFIX, merge, sort_lines, write_sorted
from crawler.warc.indexing import index_lines
from crawler.warc.reader import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OnFault = Callable[[Path, Fault], None]


def rebuild_index(warcs: Iterable[Path], folder: Path, on_fault: OnFault) -> None:
    """Make *folder* hold an index of each of the sealed files *warcs*, and the merged one.

    Index files of other WARCs are removed. *on_fault* is called for what could not be indexed.
    Raises OSError.
    """
    warcs = list(warcs)
    _remove_stale(warcs, folder)
    for path in warcs:
        _index(path, folder, on_fault)
    merge(folder)


def lines_of_files(files: Iterable[tuple[str, Path]], on_fault: OnFault) -> Iterator[str]:
    """Yield the index lines of *files*, in no order: of each WARC the name that it is given there.

    *on_fault* is called for what could not be indexed. Raises OSError.
    """
    for name, path in files:
        yield from index_lines(path, name=name, on_fault=partial(on_fault, path))


def update_index(warcs: Iterable[Path], folder: Path, on_fault: OnFault) -> int:
    """Index those of the sealed files *warcs* that are newer than their index, or have none.

    Return how many. For the rest see `rebuild_index`; the merged index is written if it is not the
    newest, or if indexes were removed.
    """
    warcs = list(warcs)
    removed = _remove_stale(warcs, folder)
    outdated = [p for p in warcs if _modified_at(_index_of(p, folder)) < _modified_at(p)]
    for path in outdated:
        _index(path, folder, on_fault)
    newest = max(map(_modified_at, folder.glob(f"*{SUFFIX}")), default=0)
    if removed or _modified_at(folder / MERGED) < newest:
        merge(folder)
    return len(outdated)


def _index(path: Path, folder: Path, on_fault: OnFault) -> None:
    lines = lines_of_files([(path.name, path)], on_fault)
    write_sorted(_index_of(path, folder), sort_lines(lines, folder))


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
