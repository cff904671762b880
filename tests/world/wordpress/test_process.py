"""Processes of the test bed are waited for, explained when they fail, and ended."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.world.wordpress.installed import missing
from tests.world.wordpress.process import BedError, Process, free_port, listens, socket_path

NOWHERE = ("127.0.0.1", 1)
PROJECT = Path(__file__).parents[3]


def python(code: str, log: Path, address: tuple[str, int] = NOWHERE) -> Process:
    return Process("child", [sys.executable, "-c", code], address=address, log=log)


def closes(port: int, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while listens(("127.0.0.1", port)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_failed_start_shows_the_log(tmp_path: Path) -> None:
    child = python("raise SystemExit('no disk')", tmp_path / "log")
    with pytest.raises(BedError, match=r"child ended with 1:\nno disk"):
        child.wait_ready()
    child.stop()


def test_a_start_has_a_time_limit(tmp_path: Path) -> None:
    child = python("import time; time.sleep(60)", tmp_path / "log")
    with pytest.raises(BedError, match=r"not ready after 0\.2 s"):
        child.wait_ready(0.2)
    child.stop()


def test_stop_ends_workers_that_ignore_sigterm(tmp_path: Path) -> None:
    port = free_port()
    code = (
        "import os, signal, socket, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"server = socket.create_server(('127.0.0.1', {port}))\n"
        "os.fork()\n"
        "time.sleep(60)\n"
    )
    child = python(code, tmp_path / "log", ("127.0.0.1", port))
    child.wait_ready()
    child.stop(seconds=0.2)
    assert closes(port)


def test_socket_paths_are_short(tmp_path: Path) -> None:
    assert socket_path(tmp_path / "s") == tmp_path / "s"
    with pytest.raises(BedError, match="too long for a socket"):
        socket_path(tmp_path / ("x" * 120))


def test_missing_names_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEWSREEL_WORDPRESS_CACHE", str(tmp_path))
    reason = missing()
    assert reason is not None
    assert "an unpacked WordPress" in reason
    assert "install.sh" in reason
    assert "\n" not in reason


def test_processes_end_with_whoever_started_them(tmp_path: Path) -> None:
    port = free_port()
    server = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
    starter = (
        "import sys, pathlib\n"
        "from tests.world.wordpress.process import Process\n"
        f"child = Process('child', [sys.executable, '-c', {server!r}],\n"
        f"    address=('127.0.0.1', {port}), log=pathlib.Path({str(tmp_path / 'log')!r}))\n"
        "child.wait_ready()\n"
        "print('ready', flush=True)\n"
        "input()\n"
    )
    command = [sys.executable, "-c", starter]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, cwd=PROJECT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.kill()
    assert closes(port)
