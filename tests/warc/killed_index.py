"""Changes of an index, each killed one step later than the one before: a program of its own.

``python -m tests.warc.killed_index CHANGE FOLDER`` leaves an archive in ``FOLDER/<step>`` for each
step, and in ``FOLDER/whole`` one that was not killed. A step is a file that is opened, renamed or
removed; the kill comes before it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from crawler.warc.index_files import sort_lines, write_sorted
from crawler.warc.index_levels import FANOUT, file_of_warc, merge_full_levels, write_index_file
from crawler.warc.indexing import index_lines
from crawler.warc.reindex import rebuild_index, update_index
from tests.warc import files

_STEPS = ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir")


def sealed(folder: Path) -> list[Path]:
    """Return the WARC files of the archive in *folder*."""
    return sorted((folder / "warc").iterdir())


def end_run(folder: Path) -> None:
    """Seal and merge as the end of a run does: the level is full."""
    path = sealed(folder)[-1]
    seal(folder, path)
    merge_full_levels(folder / "index")


def seal(folder: Path, path: Path) -> None:
    """Write the index of the WARC file *path* as `IndexWriter` does."""
    index = folder / "index"
    lines = sort_lines(own_lines(path), index)
    write_index_file(file_of_warc(index, path.name), lines, {path.name: path.stat().st_size})


def own_lines(path: Path) -> list[str]:
    """Return the lines of the WARC file at *path*."""
    return list(index_lines(path, name=path.name, on_fault=_fail))


def update(folder: Path) -> None:
    """Bring the index into step as the start of a run does."""
    update_index(lambda: sealed(folder), folder / "index", _fail)


def rebuild(folder: Path) -> None:
    """Make the index anew as `scrapy index` does."""
    rebuild_index(lambda: sealed(folder), folder / "index", _fail)


def _fail(*what: object) -> None:
    raise AssertionError(what)


def archive(folder: Path, count: int) -> list[Path]:
    """Write *count* WARC files, of one to three captures, and an empty folder of indexes."""
    for name in ("warc", "index"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        response = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n%d" % number
        path = folder / "warc" / f"newsreel-x-{number:05d}.warc.gz"
        files.example(path, *[response] * (number % 3 + 1))
    return sealed(folder)


def full(folder: Path) -> None:
    """Write an archive whose level 0 is full but for the newest WARC file."""
    for path in archive(folder, FANOUT)[:-1]:
        seal(folder, path)


def of_version_2(folder: Path, count: int = 3) -> None:
    """Write an archive as 0.2 left it: an index of each WARC file, and one of all lines."""
    paths = archive(folder, count)
    for path in paths:
        write_sorted(folder / "index" / f"{path.name}.cdxj", sorted(own_lines(path)))
    everything = sorted(line for path in paths for line in own_lines(path))
    write_sorted(folder / "index" / "index.cdxj", everything)


def handled(folder: Path) -> None:
    """Write an archive of one merged index whose WARC files were renamed, changed and added to."""
    first, second, *_ = archive(folder, 4)
    rebuild(folder)
    first.rename(first.with_name("renamed.warc.gz"))
    files.example(second)


CHANGES: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "merge": (full, end_run),
    "take-over": (of_version_2, update),
    "handled": (handled, update),
    "rebuild": (handled, rebuild),
}
"""What is changed, and how."""


def kill_at_step(step: int) -> None:
    """Have this process killed before its step number *step*."""
    steps = count()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STEPS and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main() -> None:
    """Leave all archives that a kill can leave."""
    begin, change = CHANGES[sys.argv[1]]
    target = Path(sys.argv[2])
    begin(target / "before")
    for step in count():
        folder = target / str(step)
        shutil.copytree(target / "before", folder)
        child = os.fork()
        if not child:
            kill_at_step(step)
            change(folder)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            folder.rename(target / "whole")
            return


if __name__ == "__main__":
    main()
