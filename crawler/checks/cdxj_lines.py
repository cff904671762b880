"""The check that the CDXJ index has the lines of its WARC files."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Container
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from crawler.checks.fault import FileFault
from crawler.disk import scratch_folder
from crawler.warc.archive_lines import IndexedFile
from crawler.warc.index_files import SCRATCH, SUFFIX, sort_lines
from crawler.warc.index_levels import (
    LIST_SUFFIX,
    OLD_MERGED,
    IndexFile,
    filename,
    find_index_files,
    index_lock,
    list_of,
    read_index_file,
)
from crawler.warc.reindex import lines_of_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.reindex import FindWarcs

_PLACE = re.compile(r'"length": "(\d+)", "offset": "(\d+)"')
_PAUSE = 0.2  # seconds
_FIX = "the next crawl, or scrapy index, makes it again"


def index_faults(
    folder: Path,
    warcs: Sequence[StoredFile],
    workers: int = 1,
    *,
    find: FindWarcs | None = None,
    unread: Container[str] = (),
    patience: float = 0,
) -> Iterator[FileFault]:
    """Yield the faults of the CDXJ files in *folder*, the index of the sealed files *warcs*.

    The lines are made again from the WARC files by up to *workers* processes, sorted in temporary
    files, and compared. Others may write to the index meanwhile: it is checked as it is at one
    moment, at which it may have the lines of those too that *find* finds. The lines of files
    called as in *unread* are not looked at. *patience* is how many
    seconds the index of one of *warcs* may still be on its way. Raises OSError.
    """
    if not folder.is_dir():
        if warcs:
            yield FileFault(str(folder), None, "is missing; scrapy index makes it")
        return
    with _at_one_moment(folder, {warc.name for warc in warcs}, patience) as held:
        present = {warc.name: warc for warc in (*warcs, *(find() if find else ()))}
        for fault in _index_faults(held, warcs, present, unread, workers):
            yield replace(fault, file=fault.file.replace(str(held), str(folder)))


@contextmanager
def _at_one_moment(folder: Path, wanted: set[str], patience: float) -> Iterator[Path]:
    """Yield a folder with links to the files of the index, when it has the WARC files *wanted*.

    It is *folder* itself if nothing can be written there.
    """
    with ExitStack() as links:
        held = folder
        with suppress(OSError):
            held = _linked(folder, links)
            until = time.monotonic() + patience
            while time.monotonic() < until and not wanted <= _names(held):
                time.sleep(_PAUSE)
                held = _linked(folder, links)
        yield held


def _linked(folder: Path, links: ExitStack) -> Path:
    held = links.enter_context(scratch_folder(folder, SCRATCH))
    with index_lock(folder):
        for path in folder.iterdir():
            if path.suffix in (SUFFIX, LIST_SUFFIX):
                os.link(path, held / path.name)
    return held


def _names(folder: Path) -> set[str]:
    """Return the names of the WARC files of which the index in *folder* has the lines."""
    files = map(read_index_file, find_index_files(folder))
    return {name for file in files if file for name in file.warcs}


def _index_faults(
    folder: Path,
    warcs: Sequence[StoredFile],
    present: dict[str, StoredFile],
    unread: Container[str],
    workers: int,
) -> Iterator[FileFault]:
    seen: set[str] = set()
    for path in find_index_files(folder):
        file = read_index_file(path)
        if file is None:
            what = f"has no list that fits to it, {list_of(path).name}; {_FIX}"
            yield FileFault(str(path), None, what)
        elif any(name in present and name in seen for name in file.warcs):
            what = f"has lines that a file made of it has too; {_FIX}"
            yield FileFault(str(path), None, what)
        else:
            yield from _file_faults(file, present, unread, workers)
            seen.update(file.warcs)
    yield from _missing_faults(folder, [warc for warc in warcs if warc.name not in seen])


def _file_faults(
    file: IndexFile, warcs: dict[str, StoredFile], unread: Container[str], workers: int
) -> Iterator[FileFault]:
    not_here = sorted(file.warcs.keys() - warcs.keys())
    gone = [name for name in not_here if name not in unread]
    if gone:
        what = f"is the index of {_first(gone)}, which is no sealed WARC file; {_FIX}"
        yield FileFault(str(file.path), None, what)
    indexed = [IndexedFile(warcs[name], name) for name in file.warcs if name in warcs]
    if indexed or not gone:
        # What has no line was named when the WARC files were checked.
        lines = lines_of_files(indexed, lambda path, fault: None, workers=workers)
        yield from _line_faults(file.path, lines, not_here)


def _missing_faults(folder: Path, warcs: list[StoredFile]) -> Iterator[FileFault]:
    if warcs:
        names = _first([str(warc) for warc in warcs])
        yield FileFault(str(folder), None, f"has no index of {names}; {_FIX}")
    files = [read_index_file(path) for path in find_index_files(folder)]
    if (folder / OLD_MERGED).exists() and any(file and file.has_list for file in files):
        what = "has lines that the other files have; the next crawl removes it"
        yield FileFault(str(folder / OLD_MERGED), None, what)


def _first(names: list[str]) -> str:
    return names[0] + (f" and {len(names) - 1} more" if names[1:] else "")


def _line_faults(path: Path, expected: Iterable[str], gone: Container[str]) -> Iterator[FileFault]:
    """Yield lines of the CDXJ file at *path* that are out of order, not *expected* or missing.

    Those of WARC files that are *gone* are expected.
    """
    for number, (line, following) in enumerate(pairwise(_lines(path)), 2):
        if following < line:
            what = f"line {number} stands behind one that it comes before"
            yield FileFault(str(path), None, f"{what}: {_with_place(following)}")
        elif following == line:
            what = f"line {number} is there twice: {_with_place(line)}"
            yield FileFault(str(path), None, what)
    with scratch_folder(Path(gettempdir()), "newsreel-verify-") as scratch:
        found = (line for line in _lines(path) if not gone or filename(line) not in gone)
        for line, is_there in _differences(
            sort_lines(found, scratch), sort_lines(expected, scratch)
        ):
            there = "found a line that has no match in" if is_there else "found no line for"
            what = f"{there} the records of {filename(line)}: {_with_place(line)}"
            yield FileFault(str(path), None, what)


def _with_place(line: str) -> str:
    """Return *line* with the place of its record in front: a terminal may cut the end off."""
    place = _PLACE.search(line)
    return f"byte {place[2]}, {place[1]} bytes: {line.rstrip()}" if place else line.rstrip()


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        yield from file


def _differences(found: Iterator[str], expected: Iterator[str]) -> Iterator[tuple[str, bool]]:
    """Yield lines that are in only one of two sorted streams; True for those of *found*."""
    ours, theirs = next(found, None), next(expected, None)
    while ours is not None or theirs is not None:
        if ours == theirs:
            ours, theirs = next(found, None), next(expected, None)
        elif theirs is None or (ours is not None and ours < theirs):
            yield ours or "", True
            ours = next(found, None)
        else:
            yield theirs, False
            theirs = next(expected, None)
