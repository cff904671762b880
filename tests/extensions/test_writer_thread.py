"""The thread that writes: order, groups, a bounded queue, and failures that reach every caller."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any, cast

import pytest

from crawler.archive.recorder import Recorder
from crawler.exceptions import StorageError
from crawler.extensions.writer_thread import Limits, WriterThread

LONG = 600.0  # seconds that no test waits for
SOON = 100.0  # seconds within which everything must have happened


class Noting:
    """A recorder that notes its calls."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.times: list[float] = []
        self.uncommitted = 0
        self.failing: str | None = None
        self.go = threading.Event()
        self.go.set()

    def write(self, what: Any) -> None:
        self.go.wait(SOON)
        self._fail("write")
        self._note(what)
        self.uncommitted += 1

    def commit(self) -> None:
        if self.uncommitted:
            self._fail("commit")
            self._note("commit")
            self.uncommitted = 0

    def finish(self) -> None:
        self.commit()
        self._fail("finish")
        self.events.append("finish")

    def _note(self, event: Any) -> None:
        self.events.append(event)
        self.times.append(time.monotonic())

    def _fail(self, name: str) -> None:
        if self.failing == name:
            raise OSError(f"disk full at {name}")


class Run:
    """A thread on a noting recorder, and the failures that it reported."""

    def __init__(self, **limits: Any) -> None:
        self.recorder = Noting()
        self.failures: list[StorageError] = []
        recorder = cast("Recorder", self.recorder)
        self.thread = WriterThread(recorder, Limits(**limits), self.failures.append)

    async def queue(self, what: Any, size: int = 1) -> None:
        await asyncio.wait_for(self.thread.queue(self._writing(what), size), SOON)

    async def commit(self, what: Any) -> None:
        await asyncio.wait_for(self.thread.commit(self._writing(what)), SOON)

    def _writing(self, what: Any) -> Callable[[Recorder], None]:
        return lambda recorder: cast("Noting", recorder).write(what)

    async def close(self, seconds: float = SOON) -> bool:
        return await asyncio.to_thread(self.thread.close, seconds)


@asynccontextmanager
async def running(**limits: Any) -> AsyncIterator[Run]:
    run = Run(**{"group": 1000, "interval": LONG} | limits)
    try:
        yield run
    finally:
        run.recorder.go.set()
        assert await run.close()


def events(story: Callable[[Run], Any], **limits: Any) -> list[Any]:
    """Return the calls of the recorder during *story* and at the end."""

    async def record_events() -> list[Any]:
        async with running(**limits) as run:
            await story(run)
        return run.recorder.events

    return asyncio.run(record_events())


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.005)


def test_jobs_are_done_in_the_order_in_which_they_come() -> None:
    async def story(run: Run) -> None:
        waiting = []
        for number in range(50):
            await run.queue(number)
            if number % 7 == 0:
                waiting.append(asyncio.ensure_future(run.commit(f"c{number}")))
                await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    done = [event for event in events(story) if event not in ("commit", "finish")]
    expected: list[Any] = []
    for number in range(50):
        expected += [number, f"c{number}"] if number % 7 == 0 else [number]
    assert done == expected


def test_a_group_makes_a_commit() -> None:
    async def story(run: Run) -> None:
        for number in range(7):
            await run.queue(number)

    assert events(story, group=3) == [0, 1, 2, "commit", 3, 4, 5, "commit", 6, "commit", "finish"]


def test_an_interval_makes_a_commit() -> None:
    async def story(run: Run) -> None:
        await run.queue("first")
        begun = time.monotonic()
        await until(lambda: "commit" in run.recorder.events)
        assert time.monotonic() - begun < SOON
        assert run.recorder.events == ["first", "commit"]

    assert events(story, interval=0.05)[-1] == "finish"


def test_an_interval_is_counted_from_the_first_write_of_a_group() -> None:
    async def story(run: Run) -> None:
        for number in range(40):
            await run.queue(number)
            await asyncio.sleep(0.01)
        noted = list(zip(run.recorder.events, run.recorder.times, strict=True))
        commits = [at for event, at in noted if event == "commit"]
        assert len(commits) >= 3, noted
        pairs = pairwise([("commit", 0.0), *noted])
        firsts = [at for (before, _), (_, at) in pairs if before == "commit"]
        for first, committed in zip(firsts, commits, strict=False):
            assert committed - first > 0.09, noted

    events(story, interval=0.1)


def test_a_lone_job_is_committed_at_once() -> None:
    async def story(run: Run) -> None:
        await run.commit("alone")
        assert run.recorder.events == ["alone", "commit"]

    events(story)


def test_jobs_that_wait_together_are_released_by_one_commit() -> None:
    async def story(run: Run) -> None:
        run.recorder.go.clear()
        waiting = [asyncio.ensure_future(run.commit(number)) for number in range(20)]
        await asyncio.sleep(0.05)
        assert not any(one.done() for one in waiting)
        run.recorder.go.set()
        await asyncio.gather(*waiting)
        assert run.recorder.events == [*range(20), "commit"]

    events(story)


def test_none_is_released_before_the_commit() -> None:
    async def story(run: Run) -> None:
        seen = []

        async def one(number: int) -> None:
            await run.commit(number)
            seen.append(list(run.recorder.events))

        await asyncio.gather(*map(one, range(30)))
        for number, found in enumerate(seen):
            position = found.index(number)
            assert "commit" in found[position:]

    events(story, group=4)


def test_a_full_queue_makes_callers_wait() -> None:
    async def story(run: Run) -> None:
        run.recorder.go.clear()
        await run.queue("fits", 100)
        waiting = asyncio.ensure_future(run.queue("too much", 1))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        run.recorder.go.set()
        await waiting
        assert run.recorder.events[0] == "fits"
        await run.queue("fits again", 100)

    events(story, queued=100)


def test_many_large_ones_never_lock_up() -> None:
    async def story(run: Run) -> None:
        await asyncio.gather(*(run.queue(number, 1000) for number in range(200)))

    found = events(story, queued=10)
    assert [event for event in found if isinstance(event, int)] == list(range(200))


def test_what_was_queued_is_bounded_while_many_come_one_by_one() -> None:
    async def story(run: Run) -> None:
        most = 0
        for number in range(300):
            await run.queue(number, 10)
            most = max(most, number + 1 - len([e for e in run.recorder.events if e != "commit"]))
        assert most <= 11, "100 bytes were to wait, and the one that brought too much"

    events(story, queued=100)


async def _refused(call: Any) -> None:
    with pytest.raises(StorageError, match="the archive cannot be written: disk full"):
        await call


@pytest.mark.parametrize("failing", ["write", "commit"])
def test_a_failure_reaches_every_caller_and_is_reported_once(failing: str) -> None:
    async def story(run: Run) -> None:
        await run.commit("before")
        run.recorder.go.clear()
        waiting = [asyncio.ensure_future(run.commit(number)) for number in range(5)]
        await asyncio.sleep(0.02)
        run.recorder.failing = failing
        run.recorder.go.set()
        for one in waiting:
            await _refused(one)
        for _ in range(2):
            await _refused(run.commit("later"))
            await _refused(run.queue("later"))
        assert len(run.failures) == 1
        assert isinstance(run.failures[0].__cause__, OSError)
        assert "later" not in run.recorder.events
        run.recorder.failing = None

    found = events(story)
    assert found[:2] == ["before", "commit"]
    assert found[-1] == "finish", "what is whole is sealed"


def test_a_failure_in_the_background_is_reported_without_a_caller() -> None:
    async def story(run: Run) -> None:
        run.recorder.failing = "commit"
        await run.queue("one")
        await until(lambda: run.failures)
        await _refused(run.queue("two"))
        run.recorder.failing = None

    events(story, interval=0.02)


def test_a_caller_that_waits_for_room_is_refused_too() -> None:
    async def story(run: Run) -> None:
        run.recorder.go.clear()
        await run.queue("fits", 100)
        waiting = asyncio.ensure_future(run.queue("too much", 1))
        await asyncio.sleep(0.02)
        run.recorder.failing = "write"
        run.recorder.go.set()
        await _refused(waiting)
        run.recorder.failing = None

    events(story, queued=100)


def test_any_exception_is_a_failure() -> None:
    async def story(run: Run) -> None:
        with pytest.raises(StorageError, match="cannot be written: 5") as raised:
            await run.thread.commit(lambda _: {}[5])  # type: ignore[index]
        assert isinstance(raised.value.__cause__, KeyError)
        assert len(run.failures) == 1

    events(story)


def test_a_caller_that_was_cancelled_harms_nobody() -> None:
    async def story(run: Run) -> None:
        run.recorder.go.clear()
        gone, stays = (asyncio.ensure_future(run.commit(name)) for name in ("gone", "stays"))
        await asyncio.sleep(0.02)
        gone.cancel()
        run.recorder.go.set()
        await stays
        assert run.failures == []

    assert {"gone", "stays"} <= set(events(story))


def test_closing_does_what_is_queued_and_seals() -> None:
    async def story(run: Run) -> None:
        run.recorder.go.clear()
        for number in range(3):
            await run.queue(number)
        closing = asyncio.ensure_future(run.close())
        await asyncio.sleep(0.02)
        run.recorder.go.set()
        assert await closing

    assert events(story) == [0, 1, 2, "commit", "finish"]


def test_closing_again_is_nothing() -> None:
    async def story(run: Run) -> None:
        assert await run.close()
        assert await run.close()

    assert events(story) == ["finish"]


def test_closing_in_time_that_is_too_short_says_so() -> None:
    async def story(run: Run) -> None:
        run.recorder.go.clear()
        await run.queue("slow")
        begun = time.monotonic()
        assert not await run.close(0.05)
        assert time.monotonic() - begun < SOON / 2
        run.recorder.go.set()
        assert await run.close()

    assert events(story) == ["slow", "commit", "finish"]


def test_a_seal_that_fails_is_reported() -> None:
    async def story(run: Run) -> None:
        await run.commit("one")
        run.recorder.failing = "finish"
        assert await run.close()
        await until(lambda: run.failures)
        run.recorder.failing = None

    assert events(story) == ["one", "commit"]


def test_what_comes_after_the_end_is_refused() -> None:
    """Check that nobody waits for a thread that has ended."""

    async def story(run: Run) -> None:
        assert await run.close()
        with pytest.raises(StorageError):
            await asyncio.wait_for(run.commit("late"), 2)

    events(story)
