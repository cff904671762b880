"""Disturbances at an exact system call, by strace (https://strace.io, ``-e inject``)."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.world.faults.trial import SkippedError

TRACED = (
    *("write", "writev", "pwrite64", "fsync", "fdatasync", "ftruncate"),
    *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"),
)
_CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)")
_STRUCK = re.compile(r"= \?$|\(INJECTED\)$")
_KIND = re.compile(r"/([\w/]*#|warc|text|index|reports|ledger)")
FAILS = {
    "write": ("ENOSPC", "EIO"),
    "pwrite64": ("ENOSPC", "EIO"),
    "fsync": ("EIO",),
    "fdatasync": ("EIO",),
    "rename": ("ENOSPC", "EIO"),
    "ftruncate": ("EIO",),
}
"""How each call may fail on a disk that is full or broken."""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call on a file of the archive: the *number*-th of its *name* in its thread.

    ``kind`` is the part of the archive: warc, ledger, text, index, reports, or spool, for files
    without a name.
    """

    name: str
    number: int
    kind: str


def strace(log: Path, *injection: str) -> list[str]:
    """Return the command under which calls are written to *log*, and one of them tampered with.

    Raises SkippedError where there is no strace.
    """
    program = shutil.which("strace")
    if program is None:
        raise SkippedError("there is no strace")
    # No --seccomp-bpf: strace 6.1 then drops the signals that it is to inject.
    return [
        program,
        "-f",
        "-y",
        "-qq",
        "-o",
        str(log),
        "-e",
        "trace=" + ",".join(TRACED),
        *injection,
    ]


def killing(call: Call) -> list[str]:
    """Return the options that kill the process as it enters *call*, which is not executed."""
    return ["-e", f"inject={call.name}:signal=SIGKILL:when={call.number}"]


def failing(call: Call, error: str) -> list[str]:
    """Return the options that make *call* fail, once."""
    return ["-e", f"inject={call.name}:error={error}:when={call.number}"]


def calls(log: Path, archives: Path) -> Iterator[Call]:
    """Yield every call on a file in *archives* that *log* has, in order."""
    numbers: Counter[tuple[str, str]] = Counter()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := _CALL.match(line):
            numbers[match["thread"], match["name"]] += 1
            if kind := _kind(match["rest"], archives):
                number = numbers[match["thread"], match["name"]]
                yield Call(match["name"], number, kind)


def hit_files(log: Path, archives: Path) -> list[str]:
    """Return the kind of file of each call that was tampered with; empty if it was on none.

    Calls are counted thread by thread, so that there may be more than one.
    """
    under_way: dict[str, str] = {}
    kinds = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        thread = line.partition(" ")[0]
        if _CALL.match(line):
            under_way[thread] = line  # its end may have a line of its own
        if _STRUCK.search(line):
            kinds.append(_kind(under_way.get(thread, ""), archives))
    return kinds


def _kind(text: str, archives: Path) -> str:
    _, found, path = text.partition(str(archives))
    if not found or not (match := _KIND.match(path)):
        return ""
    return "spool" if match[1].endswith("#") else match[1]
