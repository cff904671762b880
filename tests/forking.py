"""``python -m MODULE`` in a process forked from one that has imported most of it already.

Scrapy, Twisted and the house take more time to import than most runs of the tests take for all
else. So one process imports them, and forks another for every run, which has arguments,
environment and output of its own, runs the module as its main program, and ends as the interpreter
does. Variables ``PYTHON…`` work when an interpreter starts: each set of them has a server.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import multiprocessing
import os
import pkgutil
import resource
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_PACKAGES = ("crawler", "spiders", "pipelines", "scrapy.commands")
_WARMED = "tests.warmed"
_FOR_CHILDREN = (
    "crawler.crawling.wire.link_pages",
    "crawler.foreign.capture_reader",
    "crawler.foreign.archive_worker",
    "crawler.pages.page_job",
    "crawler.rounds.link_page_parser",
    _WARMED,
)
"""Modules that children of runs call functions of."""
LIMIT = 300  # seconds; every run of the tests is far shorter, on a busy machine too
_PREFIX = 4  # bytes before a job: its length
_NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@dataclass(frozen=True)
class _Job:
    """What a forked process is to run."""

    module: str
    args: Sequence[str]
    env: Mapping[str, str]

    def run(self) -> None:
        sys.argv = [self.module, *self.args]
        runpy.run_module(self.module, run_name="__main__", alter_sys=True)


def run(
    module: str,
    args: Sequence[str],
    env: Mapping[str, str] | None = None,
    timeout: float = LIMIT,
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m MODULE ARGS`` in the project's root, and return what it printed.

    *env* is all of its environment, without one that of this process. Raises
    `subprocess.TimeoutExpired` if it takes more than *timeout* seconds.
    """
    env = dict(os.environ) if env is None else env
    # A limit that is on now is not on there, and elsewhere libraries may not survive a fork.
    if resource.getrlimit(resource.RLIMIT_FSIZE) != _NO_LIMIT or sys.platform != "linux":
        command = [sys.executable, "-m", module, *args]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    of_the_start = frozenset(item for item in env.items() if item[0].startswith("PYTHON"))
    with _STARTING:
        if (server := _SERVERS.get(of_the_start)) is None:
            server = _SERVERS[of_the_start] = _Server(env)
    return server.run(_Job(module, args, env), timeout)


class _Server:
    """A process that forks others, until this one ends."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair()
        self._sending = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forking", str(theirs.fileno())],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,  # as runs have: Python looks at its start what they are
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self._close)

    def run(self, job: _Job, timeout: float) -> subprocess.CompletedProcess[str]:
        (out, *_), (err, *_), (status, *_) = pipes = [os.pipe() for _ in range(3)]
        self._send(json.dumps(asdict(job)).encode(), [write for _, write in pipes])
        for _, write in pipes:
            os.close(write)
        with ThreadPoolExecutor(2) as readers, os.fdopen(status) as told:
            texts = [readers.submit(_read, pipe) for pipe in (out, err)]
            pid = int(told.readline() or self._failed())
            if not (is_over := bool(select.select([told], [], [], timeout)[0])):
                os.kill(pid, signal.SIGKILL)
            code = int(told.readline())
        if not is_over:
            raise subprocess.TimeoutExpired([job.module, *job.args], timeout)
        return subprocess.CompletedProcess(job.args, code, *(text.result() for text in texts))

    def _send(self, job: bytes, pipes: Sequence[int]) -> None:
        with self._sending:
            socket.send_fds(self._control, [len(job).to_bytes(_PREFIX, "big")], pipes)
            self._control.sendall(job)

    def _failed(self) -> str:
        raise RuntimeError(f"the process that forks has ended: {self._close()}")

    def _close(self) -> str:
        """End the process; return what it printed itself."""
        self._control.close()
        return self._process.communicate()[1].decode()


_SERVERS: dict[frozenset[tuple[str, str]], _Server] = {}
_STARTING = threading.Lock()


def _read(pipe: int) -> str:
    with os.fdopen(pipe) as stream:
        return stream.read()


def _serve(control: socket.socket) -> _Job | None:
    """Fork a process for every job; return the job in that process, None here at the end."""
    for job, pipes in _jobs(control):
        if not os.fork():
            control.close()
            return _keep(job, *pipes)
        for pipe in pipes:
            os.close(pipe)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    return None


def _jobs(control: socket.socket) -> Iterator[tuple[_Job, list[int]]]:
    while True:
        prefix, pipes, *_ = socket.recv_fds(control, _PREFIX, 3)
        if not prefix:
            return
        size, data = int.from_bytes(prefix, "big"), b""
        while len(data) < size:
            data += control.recv(size - len(data))
        yield _Job(**json.loads(data)), pipes


def _keep(job: _Job, out: int, err: int, status: int) -> _Job:
    """Fork the process of *job* and return there; here, tell its id, its exit code, and end."""
    os.environ.clear()
    os.environ.update(job.env)
    if child := os.fork():
        os.close(out)
        os.close(err)
        os.write(status, b"%d\n" % child)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(status, b"%d\n" % code)
        os._exit(0)
    os.close(status)
    if restart := getattr(sys.modules.get("sitecustomize"), "restart", None):
        restart()
    for number, pipe in enumerate((out, err), start=1):
        os.dup2(pipe, number)
        os.close(pipe)
    return job


def _import() -> None:
    """Import all rooms, and the components that Scrapy has by default."""
    from scrapy.settings import default_settings
    from scrapy.utils.misc import load_object

    for name in _PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
    for path in _paths(vars(default_settings).values()):
        load_object(path)
    importlib.import_module(_WARMED)
    assert "twisted.internet.reactor" not in sys.modules  # which a run installs


def _paths(values: Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            yield from _paths([*value, *value.values()])
        elif isinstance(value, str) and value.startswith("scrapy."):
            yield value


def _start_child_server() -> None:
    """Start the process that the children of all runs are forked from: each run would start one.

    Its children end with the connection to their own run, as otherwise.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(_FOR_CHILDREN))
    forkserver.ensure_running()
    # A run would ask for an exit code, which its parent alone can have.
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[method-assign]


if __name__ == "__main__":
    _import()
    _start_child_server()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as _control:
        _job = _serve(_control)
    if _job:
        _job.run()
