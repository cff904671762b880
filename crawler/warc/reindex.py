"""The index of a folder of WARC files, made from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crawler.disk import remove_scratch
from crawler.warc.archive_lines import IndexedFile, lines_by_file
from crawler.warc.index_files import SCRATCH, SUFFIX, UNFINISHED, sort_lines
from crawler.warc.index_levels import (
    LIST_SUFFIX,
    OLD_MERGED,
    IndexFile,
    file_of_many,
    file_of_warc,
    find_index_files,
    join,
    level_of,
    merge_full_levels,
    read_index_file,
    remove_index_file,
    write_index_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crawler.warc.archive_lines import OnFault


def rebuild_index(
    warcs: Iterable[Path], folder: Path, on_fault: OnFault, *, workers: int = 1
) -> None:
    """Make *folder* hold one index, of the sealed files *warcs*; all others are removed.

    *on_fault* is called for what could not be indexed. Up to *workers* processes read. Raises
    OSError.
    """
    warcs = {path: path.stat().st_size for path in warcs}
    folder.mkdir(parents=True, exist_ok=True)
    _remove_unfinished(folder)
    before = find_index_files(folder)
    if warcs:
        _index(file_of_many(folder, len(warcs)), warcs, on_fault, workers)
    for path in before:
        remove_index_file(path)
    (folder / OLD_MERGED).unlink(missing_ok=True)


def lines_of_files(
    files: Sequence[IndexedFile], on_fault: OnFault, *, workers: int = 1
) -> Iterator[str]:
    """Yield the index lines of *files*, in no order, as `lines_by_file` has them."""
    for _, lines in lines_by_file(files, on_fault, workers):
        yield from lines


def update_index(
    warcs: Iterable[Path],
    folder: Path,
    on_fault: OnFault,
    sizes: Mapping[str, int] | None = None,
) -> int:
    """Index those of the sealed files *warcs* that have no index, or were another size when it was.

    Return how many. *sizes* are those that are known; asking the disk for each takes longer.
    Lines of files that are gone or changed go, and the rest stays as it is. For *on_fault* see
    `rebuild_index`.
    """
    paths = {path.name: path for path in warcs}
    if not paths and not folder.is_dir():
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    known = sizes or {}
    now = {name: known[name] if name in known else _size(path) for name, path in paths.items()}
    _remove_unfinished(folder)
    indexed: set[str] = set()
    for file in _take_over(_whole_files(folder), paths, now, folder):
        indexed |= _without_stale(file, now, folder)
    missing = {paths[name]: size for name, size in now.items() if name not in indexed}
    if missing:
        single = file_of_warc(folder, next(iter(missing)).name)
        path = single if len(missing) == 1 else file_of_many(folder, len(missing))
        _index(path, missing, on_fault)
        merge_full_levels(folder)
    (folder / OLD_MERGED).unlink(missing_ok=True)
    return len(missing)


def _whole_files(folder: Path) -> list[IndexFile]:
    """Return the index files that are whole, and remove all others.

    What was merged last has the lines of what it was made of, which a crash may have left.
    """
    files: list[IndexFile] = []
    known: set[str] = set()
    for path in find_index_files(folder):
        file = read_index_file(path)
        if file is None or not known.isdisjoint(file.warcs):
            remove_index_file(path)
        else:
            files.append(file)
            known.update(file.warcs)
    return files


def _take_over(
    files: list[IndexFile], paths: Mapping[str, Path], sizes: Mapping[str, int], folder: Path
) -> list[IndexFile]:
    """Join the files of an archive of up to 0.2, which have no lists; return all others."""
    old = [file for file in files if not file.has_list]
    stale = [file for file in old if not _is_newer(file, paths)]
    for file in stale:
        remove_index_file(file.path)
    if len(old) == len(stale):
        return [file for file in files if file.has_list]
    join([file for file in old if file not in stale], folder, sizes=sizes)
    return _whole_files(folder)


def _is_newer(file: IndexFile, paths: Mapping[str, Path]) -> bool:
    """Return whether *file*, of one WARC file and without a list, is newer than that."""
    (name,) = file.warcs
    return name in paths and file.path.stat().st_mtime_ns >= paths[name].stat().st_mtime_ns


def _without_stale(file: IndexFile, sizes: Mapping[str, int], folder: Path) -> set[str]:
    """Remove the lines of WARC files that are gone or changed; return the files that stay."""
    staying = {name: size for name, size in file.warcs.items() if sizes.get(name) == size}
    if not staying:
        remove_index_file(file.path)
    elif len(staying) < len(file.warcs):
        join([file], folder, level_of(file.path), staying)
    return set(staying)


def _index(path: Path, warcs: Mapping[Path, int], on_fault: OnFault, workers: int = 1) -> None:
    files = [IndexedFile(warc, warc.name) for warc in warcs]
    lines = sort_lines(lines_of_files(files, on_fault, workers=workers), path.parent)
    write_index_file(path, lines, {warc.name: size for warc, size in warcs.items()})


def _size(path: Path) -> int:
    return path.stat().st_size


def _remove_unfinished(folder: Path) -> None:
    """Remove what a crash left in *folder*: nobody else writes to it."""
    remove_scratch(folder, SCRATCH)
    for path in folder.glob(f".*{UNFINISHED}"):
        path.unlink()
    for path in folder.glob(f"*{LIST_SUFFIX}"):
        if not path.with_name(path.name.removesuffix(LIST_SUFFIX) + SUFFIX).exists():
            path.unlink()
