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

from crawler import shared_processes
from crawler.processes import ChildEndedError, CpuLimitError
from crawler.shared_processes import LimitedFunction, shared_processes_held
from tests.limited_calls import act, act_twice
from tests.process_state import ends, is_alive
from tests.running import ROOT

T = TypeVar("T")
SOON = 10.0  # seconds: what ends at once, on a busy machine; what a child does lasts 30

DYING_RUN = """
import asyncio, os
from crawler.shared_processes import LimitedFunction
from tests.limited_calls import act

async def main():
    print(await LimitedFunction(act, limit=5)("pid"), flush=True)
    os.kill(os.getpid(), 9)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
def limited() -> Iterator[LimitedFunction[str, object]]:
    limited = LimitedFunction(act, limit=0.3)
    yield limited
    limited.close()


def run(call: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(call, 60))


def test_results_come_back_from_one_other_process(limited: LimitedFunction[str, Any]) -> None:
    assert run(limited("abc")) == "cba"
    assert run(limited("x" * 10_000_000)) == "x" * 10_000_000
    pids = {run(limited("pid")), run(limited("pid"))}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_calls_at_once_are_done_one_after_the_other(limited: LimitedFunction[str, Any]) -> None:
    async def many() -> list[Any]:
        return await asyncio.gather(*(limited(f"{n:03d}") for n in range(50)))

    assert run(many()) == [f"{n:03d}"[::-1] for n in range(50)]


def test_what_the_function_raises_is_raised(limited: LimitedFunction[str, Any]) -> None:
    pid = run(limited("pid"))
    with pytest.raises(LookupError) as caught:
        run(limited("refuse"))
    assert caught.value.args == ("no such page", 404)
    with pytest.raises(RuntimeError, match="OddError: 1 and 2"):
        run(limited("odd"))
    assert run(limited("pid")) == pid


def test_a_call_that_takes_too_long_is_named_and_the_next_one_goes_on(
    limited: LimitedFunction[str, Any],
) -> None:
    pid = run(limited("pid"))
    with pytest.raises(CpuLimitError, match=r"^hang: took more than 0\.3 CPU seconds$"):
        run(limited("hang"))
    assert not is_alive(pid)
    assert run(limited("abc")) == "cba"


def test_a_child_that_dies_is_named_and_replaced(limited: LimitedFunction[str, Any]) -> None:
    with pytest.raises(ChildEndedError, match=r"^die: .* exit code -9$") as caught:
        run(limited("die"))
    assert not isinstance(caught.value, CpuLimitError)
    pid = run(limited("pid"))
    os.kill(pid, 9)
    assert ends(pid, SOON)
    assert run(limited("abc")) == "cba"


def test_a_call_is_not_blamed_for_a_child_that_died_before_it(
    limited: LimitedFunction[str, Any],
) -> None:
    """Check the case that the fork server, which knows of a child's end, is slow to notice it."""
    pid = run(limited("pid"))
    os.kill(pid, 9)
    assert ends(pid, SOON)
    with mock.patch.object(BaseProcess, "is_alive", return_value=True):
        assert run(limited("abc")) == "cba"


def test_the_loop_goes_on_while_a_call_is_under_way(limited: LimitedFunction[str, Any]) -> None:
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
    limited: LimitedFunction[str, Any] = LimitedFunction(act, limit=5)

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
    with mock.patch("crawler.shared_processes._Child") as child:
        LimitedFunction(act, limit=1).close()
    child.assert_not_called()


@pytest.fixture
def other() -> Iterator[LimitedFunction[str, list[object]]]:
    other = LimitedFunction(act_twice, limit=60)
    yield other
    other.close()


def test_several_functions_share_a_child(
    limited: LimitedFunction[str, Any], other: LimitedFunction[str, list[Any]]
) -> None:
    assert run(limited("abc")) == "cba"
    assert run(other("abc")) == ["cba", "cba"]
    assert run(other("pid")) == [run(limited("pid"))] * 2


def test_each_function_has_its_own_limit(
    limited: LimitedFunction[str, Any], other: LimitedFunction[str, list[Any]]
) -> None:
    assert len(run(other("compute"))) == 2  # more CPU seconds than the other function has
    with pytest.raises(CpuLimitError):
        run(limited("hang"))


def test_functions_take_turns() -> None:
    """A run with many pages does not hold up one with few."""

    async def many() -> list[str]:
        done = []

        async def call(function: LimitedFunction[str, Any], what: str) -> None:
            await function(what)
            done.append(what)

        flood: LimitedFunction[str, Any] = LimitedFunction(act, limit=60)
        few: LimitedFunction[str, Any] = LimitedFunction(act, limit=60)
        calls = [call(flood, f"many {number}") for number in range(50)]
        await asyncio.gather(*calls, call(few, "few"))
        flood.close()
        few.close()
        return done

    with mock.patch.multiple(shared_processes, _FEWEST=1, _MORE=1):
        assert run(many()).index("few") <= 2


def test_calls_that_hang_do_not_hold_up_the_others(limited: LimitedFunction[str, Any]) -> None:
    async def hang() -> None:
        stuck: list[LimitedFunction[str, Any]] = [LimitedFunction(act, limit=60) for _ in range(6)]
        calls = [asyncio.create_task(function("sleep long")) for function in stuck]
        await asyncio.sleep(0)
        assert await limited("abc") == "cba"
        assert not any(call.done() for call in calls)
        for function in stuck:
            function.close()
        assert {type(end) for end in await asyncio.gather(*calls, return_exceptions=True)} == {
            ChildEndedError
        }

    with mock.patch.object(shared_processes, "_SLOW", 0.1):
        run(hang())


def test_closing_one_lets_the_calls_of_others_go_on(limited: LimitedFunction[str, Any]) -> None:
    async def close_one() -> None:
        ended: LimitedFunction[str, Any] = LimitedFunction(act, limit=60)
        calls = [asyncio.create_task(ended(name)) for name in ("sleep long", "behind")]
        going_on = asyncio.create_task(limited("pid, slowly"))
        await asyncio.sleep(0.1)
        ended.close()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [str(result) for result in results] == [
            "sleep long: closed before it was done",
            "behind: closed before it was done",
        ]
        assert await going_on == await limited("pid")

    run(close_one())


def test_a_call_that_is_cancelled_leaves_its_turn_to_the_next(
    limited: LimitedFunction[str, Any],
) -> None:
    async def cancel() -> None:
        call = asyncio.create_task(limited("sleep a moment"))
        behind = asyncio.create_task(limited("abc"))
        await asyncio.sleep(0)
        call.cancel()
        assert await behind == "cba"
        assert call.cancelled()

    run(cancel())


def test_children_that_are_held_stay_from_one_run_to_the_next() -> None:
    def pid_in_a_run() -> int:
        limited: LimitedFunction[str, Any] = LimitedFunction(act, limit=60)
        pid: int = run(limited("pid"))
        limited.close()
        return pid

    with shared_processes_held():
        pids = [pid_in_a_run() for _ in range(3)]
        assert len(set(pids)) == 1
        assert is_alive(pids[0])
    assert not is_alive(pids[0])
    assert pid_in_a_run() != pids[0]


def test_children_that_are_no_longer_needed_end() -> None:
    async def busy() -> list[int]:
        functions: list[LimitedFunction[str, Any]] = [
            LimitedFunction(act, limit=60) for _ in range(6)
        ]
        pids = await asyncio.gather(*(function("pid, slowly") for function in functions))
        assert len(set(pids)) > 4
        for function in functions:
            await function("abc")
            function.close()
        return [pid for pid in pids if is_alive(pid)]

    with mock.patch.object(shared_processes, "_SLOW", 0.01), shared_processes_held():
        assert len(run(busy())) <= 4


def test_a_child_is_replaced_after_many_calls(limited: LimitedFunction[str, Any]) -> None:
    with mock.patch.object(shared_processes, "_MOST_CALLS", 3):
        pids = [run(limited("pid")) for _ in range(7)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


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
