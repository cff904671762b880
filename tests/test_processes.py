"""Calls in a killable child: what comes back, whatever happens there."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar
from unittest import mock

import pytest

from crawler.processes import ChildEndedError, CpuLimitError, LimitedProcess
from tests.limited_calls import act
from tests.process_state import ends, is_alive
from tests.running import ROOT

T = TypeVar("T")
SOON = 10.0  # seconds: what ends at once, on a busy machine; what a child does lasts 30

DYING_RUN = """
import asyncio, os
from crawler.processes import LimitedProcess
from tests.limited_calls import act

async def main():
    print(await LimitedProcess(act, limit=5)("pid"), flush=True)
    os.kill(os.getpid(), 9)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
def limited() -> Iterator[LimitedProcess[str, object]]:
    limited = LimitedProcess(act, limit=0.3)
    yield limited
    limited.close()


def run(call: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(call, 60))


def test_results_come_back_from_one_other_process(limited: LimitedProcess[str, Any]) -> None:
    assert run(limited("abc")) == "cba"
    assert run(limited("x" * 10_000_000)) == "x" * 10_000_000
    pids = {run(limited("pid")), run(limited("pid"))}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_calls_at_once_are_done_one_after_the_other(limited: LimitedProcess[str, Any]) -> None:
    async def many() -> list[Any]:
        return await asyncio.gather(*(limited(f"{n:03d}") for n in range(50)))

    assert run(many()) == [f"{n:03d}"[::-1] for n in range(50)]


def test_what_the_function_raises_is_raised(limited: LimitedProcess[str, Any]) -> None:
    pid = run(limited("pid"))
    with pytest.raises(LookupError) as caught:
        run(limited("refuse"))
    assert caught.value.args == ("no such page", 404)
    with pytest.raises(RuntimeError, match="OddError: 1 and 2"):
        run(limited("odd"))
    assert run(limited("pid")) == pid


def test_a_call_that_takes_too_long_is_named_and_the_next_one_goes_on(
    limited: LimitedProcess[str, Any],
) -> None:
    pid = run(limited("pid"))
    with pytest.raises(CpuLimitError, match=r"^hang: took more than 0\.3 CPU seconds$"):
        run(limited("hang"))
    assert not is_alive(pid)
    assert run(limited("abc")) == "cba"


def test_a_child_that_dies_is_named_and_replaced(limited: LimitedProcess[str, Any]) -> None:
    with pytest.raises(ChildEndedError, match=r"^die: .* exit code -9$") as caught:
        run(limited("die"))
    assert not isinstance(caught.value, CpuLimitError)
    pid = run(limited("pid"))
    os.kill(pid, 9)
    assert ends(pid, SOON)
    assert run(limited("abc")) == "cba"


def test_a_call_is_not_blamed_for_a_child_that_died_before_it(
    limited: LimitedProcess[str, Any],
) -> None:
    """Check the case that the fork server, which knows of a child's end, is slow to notice it."""
    pid = run(limited("pid"))
    os.kill(pid, 9)
    assert ends(pid, SOON)
    with mock.patch.object(BaseProcess, "is_alive", return_value=True):
        assert run(limited("abc")) == "cba"


def test_the_loop_goes_on_while_a_call_is_under_way(limited: LimitedProcess[str, Any]) -> None:
    async def beats() -> int:
        call = asyncio.create_task(limited("hang"))
        count = 0
        while not call.done():
            await asyncio.sleep(0.01)
            count += 1
        with pytest.raises(CpuLimitError):
            await call
        return count

    assert run(limited("abc")) == "cba"  # the child is up
    assert run(beats()) > 10


def test_close_ends_what_waits() -> None:
    limited: LimitedProcess[str, Any] = LimitedProcess(act, limit=5)

    async def closed() -> float:
        pid = await limited("pid")
        calls = [asyncio.create_task(limited(name)) for name in ("sleep", "behind")]
        await asyncio.sleep(0.1)
        began = time.monotonic()
        limited.close()
        took = time.monotonic() - began
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [str(result) for result in results] == [
            "sleep: closed before it was done",
            "behind: closed before it was done",
        ]
        assert not is_alive(pid)
        return took

    assert run(closed()) < SOON
    limited.close()
    with pytest.raises(RuntimeError):
        run(limited("abc"))


def test_a_child_that_was_never_needed_was_never_started() -> None:
    with mock.patch("crawler.processes.ChildProcess") as child:
        LimitedProcess(act, limit=1).close()
    child.assert_not_called()


def test_the_child_ends_when_the_run_dies() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DYING_RUN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -9
    assert ends(int(done.stdout), SOON)
