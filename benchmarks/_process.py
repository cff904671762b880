"""The cost of a command and of all the processes that it starts; on Linux."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, https://man7.org/linux/man-pages/man2/prctl.2.html
_GROUP = 2  # pgrp, counted from behind the name in /proc/PID/stat
_PAUSE = 0.02  # seconds
_SAMPLE_EVERY = 0.2
_MOST_SAID = 800


class CommandError(Exception):
    """A command that failed; the message ends with its last output."""


class TooSlowError(CommandError):
    """A command that was ended because it took too long."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """``wall`` and ``cpu`` in seconds, from the start of the process to the end of the last one.

    ``peak_rss`` in KiB is the largest sum that was seen at one time, five times a second; pages
    that processes share count once (``Pss``).
    """

    wall: float
    cpu: float
    peak_rss: int


def measure(
    command: Sequence[str],
    folder: Path,
    timeout: float,
    *,
    env: Mapping[str, str] | None = None,
    codes: Collection[int] = (0,),
) -> Cost:
    """Run *command* in *folder*, where its output becomes the file ``output``.

    *codes* are the exit codes of a run that counts. Raises CommandError: `TooSlowError` when it
    takes more than *timeout* seconds.
    """
    _adopt_orphans()
    output = folder / "output"
    with output.open("wb") as file:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code, cpu, peak = _awaited(process.pid, timeout)
            wall = time.perf_counter() - began
        finally:
            _end(process)
    if code not in codes:
        said = output.read_text(encoding="utf-8", errors="replace")[-_MOST_SAID:]
        raise CommandError(f"{command[0]} ended with {code}: …{said}")
    return Cost(wall=wall, cpu=cpu, peak_rss=peak)


def _adopt_orphans() -> None:
    """Make processes whose parents have ended our children, so that they can be counted."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def _awaited(leader: int, timeout: float) -> tuple[int, float, int]:
    """Return the exit code of the *leader*, CPU seconds and peak memory of its whole group."""
    deadline = time.perf_counter() + timeout
    code, cpu, peak, next_sample = 0, 0.0, 0, 0.0
    while True:
        try:
            pid, status, usage = os.wait4(-leader, os.WNOHANG)
        except ChildProcessError:
            return code, cpu, peak
        if pid:
            cpu += usage.ru_utime + usage.ru_stime
            code = os.waitstatus_to_exitcode(status) if pid == leader else code
            continue
        if (now := time.perf_counter()) > deadline:
            raise TooSlowError(f"took more than {timeout:.0f} s")
        if now > next_sample:
            peak, next_sample = max(peak, _memory(leader)), now + _SAMPLE_EVERY
        time.sleep(_PAUSE)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-process.pid, 0)
    process.returncode = 0  # waited for here


def _memory(group: int) -> int:
    """Return the KiB that the processes of *group* hold together."""
    processes = (path for path in Path("/proc").iterdir() if path.name.isdecimal())
    return sum(pss(process) for process in processes if _is_in(process, group))


def _is_in(process: Path, group: int) -> bool:
    try:
        stat = (process / "stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return False
    return int(stat.rpartition(b")")[2].split()[_GROUP]) == group


def pss(process: Path) -> int:
    """Return the KiB that a process holds, given its folder in /proc; 0 if it has ended."""
    try:
        lines = (process / "smaps_rollup").read_bytes().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(b"Pss:")), 0)
