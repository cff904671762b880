"""A run that is forked is what a run that is started would be."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import forking
from tests.forking import LIMIT, ROOT

PROGRAM = """
import atexit, os, signal, sys, threading, time
atexit.register(print, "at the end")
sys.stdout.reconfigure(errors="backslashreplace")
print(sys.argv[1:], os.getcwd(), os.environ.get("SAID"), __name__)
print(sys.stdout.line_buffering, sys.stdout.seekable(), sys.stderr.seekable())
print("€", file=sys.stderr)
match sys.argv[1]:
    case "raise":
        raise LookupError
    case "die":
        os.kill(os.getpid(), signal.SIGKILL)
    case "last":
        threading.Thread(target=lambda: (time.sleep(0.1), print("late"))).start()
    case "hang":
        time.sleep(600)
    case code:
        sys.exit(int(code))
"""


def forked(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return forking.run(args[0], args[1:], {**os.environ, **env})


def started(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *args],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Write ``program``; return the variable with which ``python -m program`` can be run."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "program.py").write_text(PROGRAM)
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("what", ["0", "3", "die", "last"])
def test_output_and_exit_code(program: Mapping[str, str], what: str) -> None:
    one = forked("program", what, "ä", SAID="hello", **program)
    other = started("program", what, "ä", SAID="hello", **program)
    assert (one.returncode, one.stdout, one.stderr) == (
        other.returncode,
        other.stdout,
        other.stderr,
    )


def test_an_exception(program: Mapping[str, str]) -> None:
    run = forked("program", "raise", **program)
    assert run.returncode == 1
    assert run.stderr.endswith("\nLookupError\n")
    assert run.stdout.endswith("at the end\n")


def test_a_run_that_takes_too_long_is_killed(program: Mapping[str, str]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forking.run("program", ["hang"], {**os.environ, **program}, 0.5)


def test_many_at_once(program: Mapping[str, str]) -> None:
    with ThreadPoolExecutor(8) as threads:
        runs = threads.map(lambda n: forked("program", str(n), **program), range(40))
        assert [run.returncode for run in runs] == list(range(40))
    assert threading.active_count() < 8


@pytest.mark.parametrize("args", [["list"], ["crawl", "nobody"], ["crawl", "wordpress"]], ids=str)
def test_scrapy(args: list[str]) -> None:
    one, other = forked("scrapy", *args), started("scrapy", *args)
    assert (one.returncode, one.stdout) == (other.returncode, other.stdout)
    assert one.stderr.splitlines()[-1:] == other.stderr.splitlines()[-1:]
