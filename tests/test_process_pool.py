"""Many calls in a few processes: what comes back, in which order, and what dies with whom."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from crawler.processes import ChildEndedError, ProcessPool
from tests.pool_calls import count
from tests.process_state import ends
from tests.running import LIMIT, ROOT
from tests.warc import files

Pool = ProcessPool[str, str]
SOON = 30.0  # seconds


@pytest.fixture
def pool() -> Iterator[Pool]:
    with closing(ProcessPool(count, 2)) as pool:
        yield pool


def test_answers_come_in_the_order_of_the_arguments(pool: Pool) -> None:
    arguments = [
        f"{name}:{number}" for name, number in zip("abcdef", (900, 1, 0, 50, 1, 3), strict=True)
    ]
    taken = [(argument, list(answers)) for argument, answers in pool.answers(arguments)]
    expected = [(a, [f"{a[0]} {n}" for n in range(int(a[2:]))]) for a in arguments]
    assert taken == expected


def test_there_are_as_many_processes_as_asked_for(pool: Pool) -> None:
    pids = {answer for _, answers in pool.answers(["pid"] * 20) for answer in answers}
    assert len(pids) == 2
    assert str(os.getpid()) not in pids


def test_few_arguments_are_taken_ahead(pool: Pool) -> None:
    taken = []

    def arguments() -> Iterator[str]:
        for number in range(100):
            taken.append(number)
            yield f"x:{number}"

    next(pool.answers(arguments()))
    assert len(taken) <= 4


def test_what_is_not_taken_is_dropped(pool: Pool) -> None:
    found = [next(answers) for _, answers in pool.answers(["a:500", "b:500", "c:1"])]
    assert found == ["a 0", "b 0", "c 0"]


def test_a_process_that_dies_costs_its_own_call_alone(pool: Pool) -> None:
    found: list[str] = []
    for argument, answers in pool.answers(["a:3", "dies", "b:2", "dies", "c:1"]):
        if argument == "dies":
            found.append(next(answers))
            with pytest.raises(ChildEndedError, match="exit code -9"):
                next(answers)
        else:
            found += answers
    assert found == ["a 0", "a 1", "a 2", "dies 0", "b 0", "b 1", "dies 0", "c 0"]


def test_the_processes_end_with_the_pool() -> None:
    pool: Pool = ProcessPool(count, 2)
    answers = pool.answers(["pid", "pid"])
    pids = [int(next(found)) for _, found in islice(answers, 2)]
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 10
    assert all(ends(pid, SOON) for pid in pids)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_verify_and_all_its_processes(tmp_path: Path, sign: signal.Signals) -> None:
    body = b"HTTP/1.1 200 OK\r\n\r\n" + b"sea " * 2_000_000
    files.example(tmp_path / "x.warc", *[body] * 30)
    command = [sys.executable, "-m", "scrapy", "verify", str(tmp_path), "-s", "WARC_WORKERS=2"]
    run = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + LIMIT
    while len(workers := _children(run.pid)) < 2:
        assert time.monotonic() < deadline
        assert run.poll() is None, "it ended before there were processes"
        time.sleep(0.02)
    run.send_signal(sign)
    _, said = run.communicate(timeout=LIMIT)
    assert "Traceback" not in said
    if sign == signal.SIGINT:
        assert (run.returncode, said) == (130, "scrapy verify: stopped\n")
    assert all(ends(pid, SOON) for pid in workers)


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]
