"""The check that the CDXJ index has the lines of its WARC files."""

from __future__ import annotations

import re
from itertools import chain, pairwise
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from crawler.checks.fault import FileFault
from crawler.disk import scratch_folder
from crawler.warc.archive_lines import IndexedFile, lines_by_file
from crawler.warc.index_files import MERGED, SUFFIX, sort_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PLACE = re.compile(r'"length": "(\d+)", "offset": "(\d+)"')


def index_faults(folder: Path, warcs: Sequence[Path], workers: int = 1) -> Iterator[FileFault]:
    """Yield the faults of the CDXJ files in *folder*, the index of the sealed files *warcs*.

    The lines are made again from the WARC files by up to *workers* processes, sorted in temporary
    files, and compared. Raises OSError.
    """
    if warcs and not folder.is_dir():
        yield FileFault(str(folder), None, "is missing; scrapy index makes it")
        return
    present = {path.name for path in folder.glob(f"*{SUFFIX}")} - {MERGED}
    for warc in warcs:
        if (name := warc.name + SUFFIX) not in present:
            yield FileFault(str(folder / name), None, f"is missing; it is the index of {warc}")
    indexed = [IndexedFile(warc, warc.name) for warc in warcs if warc.name + SUFFIX in present]
    # What has no line was named when the WARC files were checked.
    for file, lines in lines_by_file(indexed, lambda path, fault: None, workers):
        yield from _line_faults(folder / (file.name + SUFFIX), lines, f"records of {file.path}")
    for name in sorted(present - {warc.name + SUFFIX for warc in warcs}):
        yield FileFault(str(folder / name), None, "is the index of no sealed WARC file")
    if (folder / MERGED).exists():
        lines = chain.from_iterable(_lines(folder / name) for name in sorted(present))
        yield from _line_faults(folder / MERGED, lines, "lines of the other files")
    elif present:
        yield FileFault(str(folder / MERGED), None, "is missing; scrapy index makes it")


def _line_faults(path: Path, expected: Iterable[str], what: str) -> Iterator[FileFault]:
    """Yield lines of the CDXJ file at *path* that are out of order, not *expected* or missing."""
    for number, (line, following) in enumerate(pairwise(_lines(path)), 2):
        if following < line:
            place = _with_place(following)
            disorder = f"line {number} stands behind one that it comes before: {place}"
            yield FileFault(str(path), None, disorder)
    with scratch_folder(Path(gettempdir()), "newsreel-verify-") as scratch:
        for line, is_there in _differences(
            sort_lines(_lines(path), scratch), sort_lines(expected, scratch)
        ):
            there = "found a line that has no match in" if is_there else "found no line for"
            yield FileFault(str(path), None, f"{there} the {what}: {_with_place(line)}")


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
