"""What the processes of a `crawler.processes.ProcessPool` do in the tests."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator


def count(argument: str) -> Iterator[str]:
    """Yield ``NAME 0``, ``NAME 1`` …: *argument* is ``NAME:COUNT``, or what happens."""
    name, _, number = argument.partition(":")
    if name == "pid":
        yield str(os.getpid())
    elif name == "dies":
        yield "dies 0"
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "hangs":
        time.sleep(600)
    for index in range(int(number or 0)):
        yield f"{name} {index}"
