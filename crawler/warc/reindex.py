"""The index of a folder of WARC files, made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.disk import remove_scratch
from crawler.storage.remote_file import RemoteFile
from crawler.warc.archive_lines import IndexedFile, lines_by_file
from crawler.warc.index_files import SCRATCH, SUFFIX, UNFINISHED, sort_lines
from crawler.warc.index_levels import (
    LIST_SUFFIX,
    OLD_MERGED,
    IndexFile,
    file_of_many,
    file_of_warc,
    filename,
    find_index_files,
    index_lock,
    join,
    level_of,
    merge_full_levels,
    read_index_file,
    remove_index_file,
    write_index_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.archive_lines import OnFault


FindWarcs = Callable[[], "Iterable[StoredFile]"]
"""Finds the sealed WARC files as they are now: others may seal more at any moment."""


def rebuild_index(find: FindWarcs, folder: Path, on_fault: OnFault, *, workers: int = 1) -> None:
    """Make *folder* hold one index, of the sealed files that *find* finds; all others are removed.

    Those that others seal and index meanwhile keep theirs. *on_fault* is called for what could not
    be indexed. Up to *workers* processes read. Raises OSError.
    """
    warcs = {path: _size(path) for path in find()}
    folder.mkdir(parents=True, exist_ok=True)
    with _sorted_lines(warcs, folder, on_fault, workers) as lines, index_lock(folder):
        _remove_unfinished(folder)
        before = find_index_files(folder)
        indexed = {path.name: size for path, size in warcs.items()}
        later = {path.name: _size(path) for path in find() if path.name not in indexed}
        if warcs:
            write_index_file(file_of_many(folder, len(warcs)), lines, indexed)
        for path in before:
            file = read_index_file(path)
            if file is None or not _without_stale(file, later, folder):
                remove_index_file(path)
        (folder / OLD_MERGED).unlink(missing_ok=True)


def lines_of_files(
    files: Sequence[IndexedFile], on_fault: OnFault, *, workers: int = 1
) -> Iterator[str]:
    """Yield the index lines of *files*, in no order, as `lines_by_file` has them."""
    for _, lines in lines_by_file(files, on_fault, workers):
        yield from lines


def update_index(
    find: FindWarcs,
    folder: Path,
    on_fault: OnFault,
    sizes: Mapping[str, int] | None = None,
) -> int:
    """Index those of the sealed files that have no index, or were another size when it was.

    *find* finds them. Return how many. *sizes* are those of sealed files that are known; asking the
    disk for each takes longer. Lines of files that are gone or changed go, and the rest stays as it
    is. For *on_fault* see `rebuild_index`.
    """
    if not folder.is_dir() and not any(True for _ in find()):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    with index_lock(folder):
        _remove_unfinished(folder)
        missing = _missing(find, folder, sizes or {})
        (folder / OLD_MERGED).unlink(missing_ok=True)
    if not missing:
        return 0
    with _sorted_lines(missing, folder, on_fault) as lines, index_lock(folder):
        # Another process may have indexed them meanwhile.
        still = _missing(find, folder, sizes or {})
        missing = {path: size for path, size in missing.items() if still.get(path) == size}
        if missing:
            _put_lines(missing, lines, folder)
            merge_full_levels(folder)
    return len(missing)


def _missing(find: FindWarcs, folder: Path, known: Mapping[str, int]) -> dict[StoredFile, int]:
    """Remove what is old or not whole in *folder*; return the WARC files without lines there."""
    paths = {path.name: path for path in find()}
    now = {name: known[name] if name in known else _size(path) for name, path in paths.items()}
    indexed: set[str] = set()
    for file in _take_over(_whole_files(folder), paths, now, folder):
        indexed |= _without_stale(file, now, folder)
    return {paths[name]: size for name, size in now.items() if name not in indexed}


def _put_lines(warcs: Mapping[StoredFile, int], lines: Iterator[str], folder: Path) -> None:
    """Write those of *lines*, which are sorted, that are of *warcs* as one file."""
    names = {path.name: size for path, size in warcs.items()}
    single = file_of_warc(folder, next(iter(names)))
    path = single if len(names) == 1 else file_of_many(folder, len(names))
    write_index_file(path, (line for line in lines if filename(line) in names), names)


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
    files: list[IndexFile], paths: Mapping[str, StoredFile], sizes: Mapping[str, int], folder: Path
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


def _is_newer(file: IndexFile, paths: Mapping[str, StoredFile]) -> bool:
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


@contextmanager
def _sorted_lines(
    warcs: Iterable[StoredFile], folder: Path, on_fault: OnFault, workers: int = 1
) -> Iterator[Iterator[str]]:
    """Yield the lines of *warcs*, which have all been read when the block begins."""
    files = [IndexedFile(warc, warc.name) for warc in warcs]
    with closing(sort_lines(lines_of_files(files, on_fault, workers=workers), folder)) as lines:
        yield chain(list(islice(lines, 1)), lines)


def _size(path: StoredFile) -> int:
    if isinstance(path, RemoteFile) and path.size is not None:
        return path.size
    return path.stat().st_size


def _remove_unfinished(folder: Path) -> None:
    """Remove what a crash left in *folder*: nobody else writes to it."""
    remove_scratch(folder, SCRATCH)
    for path in folder.glob(f".*{UNFINISHED}"):
        path.unlink()
    for path in folder.glob(f"*{LIST_SUFFIX}"):
        if not path.with_name(path.name.removesuffix(LIST_SUFFIX) + SUFFIX).exists():
            path.unlink()
