"""Functions for a child process to call in the tests, which it imports."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from functools import partial


class OddError(Exception):
    """Cannot be unpickled: its arguments are not those that it was made with."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def act(what: str) -> object:
    """Do what *what* names, or return it reversed."""
    return ACTIONS.get(what, lambda: what[::-1])()


def act_twice(what: str) -> list[object]:
    """Do it twice."""
    return [act(what), act(what)]


def _odd() -> object:
    raise OddError(1, 2)


def _refuse() -> object:
    raise LookupError("no such page", 404)


def _hang_in_c() -> object:
    return re.fullmatch("(a|a|a|a|a|a)*b", "a" * 40)  # no byte code runs: only a signal ends it


def _sleep(seconds: float) -> object:
    time.sleep(seconds)
    return "slept"


def _compute() -> object:
    until = time.process_time() + 0.5
    while time.process_time() < until:
        pass
    return "computed"


def _slow_pid() -> object:
    time.sleep(1)
    return os.getpid()


ACTIONS: dict[str, Callable[[], object]] = {
    "pid": os.getpid,
    "refuse": _refuse,
    "odd": _odd,
    "hang": _hang_in_c,
    "compute": _compute,
    "pid, slowly": _slow_pid,
    "sleep": partial(_sleep, 30),
    "sleep a moment": partial(_sleep, 0.2),
    "sleep long": partial(_sleep, 300),
    "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
}
