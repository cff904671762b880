"""The processes below this one, in whatever group: what they cost, and one killed; on Linux."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._process import pss

_SAMPLE_EVERY, _LONGEST_WAIT = 0.2, 5.0  # seconds
_PAUSE = 0.02  # seconds
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Killed:
    """The command lines of what was killed."""

    commands: list[str] = field(default_factory=list)


@contextmanager
def worker_killed(above: str = "", *, busy: float = 0.2) -> Iterator[Killed]:
    """Kill, with SIGKILL, a worker that has computed for *busy* seconds.

    A worker is forked: it has the command line of its parent. Where *above* is given, the process
    above it is killed that has this in its command line.
    """
    killed, is_over = Killed(), threading.Event()
    thread = threading.Thread(target=_kill_one, args=(above, busy, killed, is_over))
    thread.start()
    try:
        yield killed
    finally:
        is_over.set()
        thread.join()


@dataclass(slots=True)
class Used:
    """What the processes below this one used, which have all ended.

    ``cpu`` in seconds; ``peak`` in KiB, the largest sum that was seen, five times a second.
    """

    cpu: float = 0.0
    peak: int = 0


@contextmanager
def usage() -> Iterator[Used]:
    """Say what the processes used that were started in here, but those still below at the end."""
    used, is_over = Used(), threading.Event()
    thread = threading.Thread(target=_watch, args=(used, is_over, set(below(os.getpid()))))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    thread.start()
    try:
        yield used
        _reap()
    finally:
        is_over.set()
        thread.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _watch(used: Used, is_over: threading.Event, others: set[int]) -> None:
    while not is_over.wait(_SAMPLE_EVERY):
        pids = set(below(os.getpid())) - others
        used.peak = max(used.peak, sum(pss(Path(f"/proc/{pid}")) for pid in pids))


def _reap() -> None:
    """Wait for processes that have become ours since their parents ended, for a moment."""
    end = time.monotonic() + _LONGEST_WAIT
    with suppress(ChildProcessError):
        while time.monotonic() < end:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(_PAUSE)


def _kill_one(above: str, busy: float, killed: Killed, is_over: threading.Event) -> None:
    while not is_over.is_set():
        for pid in below(os.getpid()):
            with suppress(OSError, ValueError, IndexError):
                if _command(pid) == _command(_parent(pid)) and _cpu(pid) >= busy:
                    victim = _above(pid, above)
                    command = _command(victim)
                    os.kill(victim, signal.SIGKILL)
                    killed.commands.append(command)
                    return
        time.sleep(_PAUSE)


def _above(pid: int, name: str) -> int:
    while name not in _command(pid):
        pid = _parent(pid)
    return pid


def below(pid: int) -> Iterator[int]:
    """Yield the processes that *pid* has started, and theirs."""
    children = ""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += f" {(task / 'children').read_text()}"
    for child in map(int, children.split()):
        yield child
        yield from below(child)


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _cpu(pid: int) -> float:
    user, system = _stat(pid)[11:13]
    return (int(user) + int(system)) / _TICKS
