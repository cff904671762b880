"""The index of an archive: sorted CDXJ files in a few levels, merged upward as they fill.

The lines of a new WARC file are a file of their own, on level 0. When a level has `FANOUT` files,
they become one of the next, so that a line is written once a level, however many runs there are.
Beside each CDXJ file its list, ``NAME.warcs``, says of which WARC files it has all lines, and how
large both were. It is written first, and removed last: a file without a list that fits to it was
never finished, or was damaged, and its lines are made again. Of files with the same lines the one
with the highest number counts: it was made of the others.

Several processes may write to the folder: whoever adds, merges or removes files holds `index_lock`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.disk import replacement, scratch_folder
from crawler.warc.index_files import SCRATCH, SUFFIX, UNFINISHED, merge_files, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FANOUT = 8
"""How many files of a level become one of the next."""

LIST_SUFFIX = ".warcs"

OLD_MERGED = "index.cdxj"
"""The file that had all lines once more up to 0.2; what it was made from had no lists."""

UNKNOWN = -1
"""The size of a WARC file in an index without a list: its time tells whether it is up to date."""

_NAME = re.compile(r"level-([1-9]\d?)-(\d{1,12})\.cdxj")


@dataclass(frozen=True, slots=True)
class IndexFile:
    """The CDXJ file at ``path``; ``warcs`` are the WARC files that it has the lines of.

    They are named with the sizes that they had then.
    """

    path: Path
    warcs: Mapping[str, int]

    @property
    def has_list(self) -> bool:
        """Whether it is one of levels, and none of up to 0.2."""
        return UNKNOWN not in self.warcs.values()


@contextmanager
def index_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the index in *folder*, which is there; wait for it. Raises OSError."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def is_indexed(folder: Path, name: str, since: int) -> bool:
    """Return whether *folder* has the lines of the WARC file *name*.

    Files of many WARC files are not looked at if they are older than *since* (``st_mtime_ns``).
    Raises OSError.
    """
    for path in find_index_files(folder):
        if path == file_of_warc(folder, name):
            return True
        if path.stat().st_mtime_ns >= since:
            file = read_index_file(path)
            if file and name in file.warcs:
                return True
    return False


def find_index_files(folder: Path) -> list[Path]:
    """Return the CDXJ files in *folder*: those that count first if lines are in several."""
    found = (path for path in folder.glob(f"*{SUFFIX}") if path.name != OLD_MERGED)
    return sorted(found, key=lambda path: (-_place(path)[1], path.name))


def read_index_file(path: Path) -> IndexFile | None:
    """Return what the list of the CDXJ file at *path* says; None if it does not fit to the file.

    An index of one WARC file needs no list. Raises OSError.
    """
    try:
        found = _read_list(list_of(path).read_bytes())
    except FileNotFoundError:
        warc = path.name.removesuffix(SUFFIX)
        return None if _place(path)[0] else IndexFile(path, {warc: UNKNOWN})
    if found is None or found["size"] != path.stat().st_size:
        return None
    return IndexFile(path, found["warcs"])


def write_index_file(path: Path, lines: Iterable[str], warcs: Mapping[str, int]) -> None:
    """Make *lines*, which are sorted, an index of *warcs*, on the disk; *path* is to be free.

    Raises OSError.
    """
    with replacement(path, UNFINISHED) as file:
        write_lines(file, lines)
        content = json.dumps({"size": file.tell(), "warcs": dict(warcs)})
        with replacement(list_of(path), UNFINISHED) as listed:
            listed.write(content.encode())


def remove_index_file(path: Path) -> None:
    """Remove the CDXJ file at *path*, then its list. Raises OSError."""
    path.unlink(missing_ok=True)
    list_of(path).unlink(missing_ok=True)


def list_of(path: Path) -> Path:
    """Return where the list of the CDXJ file at *path* is."""
    return path.with_name(path.name.removesuffix(SUFFIX) + LIST_SUFFIX)


def file_of_warc(folder: Path, name: str) -> Path:
    """Return the file of level 0 with the lines of the WARC file *name*."""
    return folder / (name + SUFFIX)


def file_of_many(folder: Path, count: int, level: int = 1) -> Path:
    """Return a new file of *level* or above, as high as an index of *count* WARC files belongs."""
    while FANOUT**level < count:
        level += 1
    number = 1 + max((_place(path)[1] for path in folder.glob(f"*{SUFFIX}")), default=0)
    return folder / f"level-{level}-{number:06d}{SUFFIX}"


def merge_full_levels(folder: Path) -> None:
    """Merge the files of each level in *folder* that is full. Raises OSError."""
    level, highest = 0, 0
    while level <= highest:
        paths = find_index_files(folder)
        highest = max((_place(path)[0] for path in paths), default=0)
        paths = [path for path in paths if _place(path)[0] == level]
        files = [file for file in map(read_index_file, paths) if file] if _is_full(paths) else []
        if _is_full(files):
            join(files, folder, level + 1)
        level += 1


def join(
    files: Iterable[IndexFile],
    folder: Path,
    level: int = 1,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """Make *files* one of *level* or above, and remove them.

    With *sizes* only the lines of these WARC files, which are that large, are taken over. Raises
    OSError.
    """
    files = list(files)
    warcs = {name: size for file in files for name, size in file.warcs.items()}
    if sizes is not None:
        warcs = {name: sizes[name] for name in warcs if name in sizes}
    with scratch_folder(folder, SCRATCH) as scratch:
        lines = merge_files([file.path for file in files], scratch)
        if sizes is not None:
            lines = (line for line in lines if filename(line) in warcs)
        write_index_file(file_of_many(folder, len(warcs), level), lines, warcs)
    for file in files:
        remove_index_file(file.path)


def level_of(path: Path) -> int:
    """Return the level of the CDXJ file at *path*."""
    return _place(path)[0]


def filename(line: str) -> str | None:
    """Return the WARC file that the index line *line* names; None if it is no such line."""
    try:
        return str(json.loads(line.split(" ", 2)[2])["filename"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _place(path: Path) -> tuple[int, int]:
    """Return level and number; an index of one WARC file is named after that, and has neither."""
    found = _NAME.fullmatch(path.name)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _is_full(files: Iterable[object]) -> bool:
    return sum(1 for _ in files) >= FANOUT


def _read_list(content: bytes) -> dict[str, Any] | None:
    """Return the list *content*; None if it is not as `write_index_file` writes it."""
    try:
        found = json.loads(content)
        sizes = [found["size"], *found["warcs"].values()]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return found if all(type(size) is int and size >= 0 for size in sizes) else None
