"""Child processes of a test bed: started with a log, waited for, ended by their process group."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

MAX_SOCKET_PATH = 107  # bytes in sockaddr_un.sun_path, unix(7)

Address = str | tuple[str, int]
"""Where a server listens: the path of a unix socket, or (host, port)."""

SUPERVISOR = (
    *("setpriv", "--pdeathsig", "TERM", "--"),
    *("sh", "-c", """trap 'trap "" TERM; kill 0 $!; wait' TERM; "$@" & wait $!""", "supervisor"),
)
"""Ends the whole group when whoever started it dies: workers of ``php -S`` would live on. The child
is named too, because php-fpm leaves the group."""


class BedError(RuntimeError):
    """A part of the test bed did not start or failed; the message ends with its log."""


class Process:
    """A server in its own process group, which ends with the thread that started it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        address: Address,
        log: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.address = address
        self.log = log
        supervised = [*SUPERVISOR, *command]
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                supervised,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def wait_ready(self, seconds: float = 120) -> None:
        """Return once it accepts connections; raise BedError when it ends or time is up."""
        deadline = time.monotonic() + seconds
        while not listens(self.address):
            if self._child.poll() is not None:
                raise BedError(f"{self.name} ended with {self._child.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise BedError(f"{self.name} was not ready after {seconds} s:\n{self.tail()}")
            time.sleep(0.02)

    def tail(self, size: int = 4000) -> str:
        """Return the last ``size`` bytes of the log."""
        return self.log.read_bytes()[-size:].decode(errors="replace")

    def stop(self, seconds: float = 30) -> None:
        """End the process and its workers: SIGTERM, and SIGKILL after ``seconds``."""
        if self._child.poll() is None:
            self._child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):  # then it is killed
                self._child.wait(seconds)
        with contextlib.suppress(ProcessLookupError):  # the whole group has ended by itself
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


def listens(address: Address) -> bool:
    """Return whether something accepts connections at a socket path or (host, port)."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(address) == 0


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def socket_path(path: Path) -> Path:
    """Return ``path`` if a unix socket can have it; raise BedError otherwise."""
    if len(os.fsencode(path)) > MAX_SOCKET_PATH:
        raise BedError(f"{path} is too long for a socket; use a shorter work folder")
    return path
