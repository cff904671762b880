"""Functions that are called in a few child processes, which all runs of this process share."""

from __future__ import annotations

import asyncio
import os
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from crawler.processes import (
    ChildEndedError,
    ChildProcess,
    CpuLimitError,
    cpu_limit,
    hit_cpu_limit,
)

A = TypeVar("A")
R = TypeVar("R")

_LONGEST_NAME = 500
_FEWEST = 2  # children for calls that are soon done: one page that hangs leaves another to the rest
_MORE = 4
_SLOW = 3.0  # seconds, after which a call no longer counts as one of those
_MOST = 16  # children, with those at slow calls
_MOST_CALLS = 5_000  # of one child: what it holds on to is given back at last


@contextmanager
def shared_processes_held() -> Iterator[None]:
    """Keep the children in here, whoever uses them: a run that ends leaves them to the next one."""
    holder = object()
    children = _SharedProcesses.joined(holder, ())
    try:
        yield
    finally:
        children.leave(holder)


class LimitedFunction(Generic[A, R]):
    """Calls *function*, which can be pickled, in a child process: one call after the other.

    Each call has *limit* CPU seconds. All `LimitedFunction`s of this process share the children and
    take turns at them, so that one with many calls does not hold up the others. A child that has
    ended is replaced at the next call. If this process dies, a child ends after the call that it is
    in. *preload* names the modules of functions that others will call. Close it: the last one that
    is closed ends the children.
    """

    def __init__(
        self, function: Callable[[A], R], *, limit: float, preload: Sequence[str] = ()
    ) -> None:
        self._limited = _LimitedCall(function, limit)
        self._limit = limit
        self._children = _SharedProcesses.joined(self, (function.__module__, *preload))
        self._turn = asyncio.Lock()
        self._lock = threading.Lock()
        self._at_work: set[_Child] = set()
        self._is_closed = False

    async def __call__(self, argument: A) -> R:
        """Return ``function(argument)``; ``str`` gives *argument* a name in errors.

        Raises what *function* raises, `CpuLimitError`, and `ChildEndedError` when the child was
        killed, could not start, or this was closed.
        """
        async with self._turn:
            if self._is_closed:
                raise self._closed_error(argument)
            return await self._children.run(lambda: self.wait_for(argument))

    def close(self) -> None:
        """End the calls that are under way or wait; a second call does nothing."""
        with self._lock:
            self._is_closed = True
            for child in self._at_work:
                child.kill()
        self._children.leave(self)

    def wait_for(self, argument: A) -> R:
        """Do the same where nothing else waits: this thread does."""
        child = self._children.take()
        with self._lock:
            self._at_work.add(child)
            if self._is_closed:
                child.kill()
        try:
            child.send((self._limited, argument))
            answer = child.receive()
        except (EOFError, OSError):
            with self._lock:
                self._at_work.remove(child)
            raise self._ended_error(self._children.end(child), argument) from None
        self._give_back(child)
        if isinstance(answer, _Returned):
            value: R = answer.value
            return value
        raise answer

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            self._at_work.remove(child)
            is_killed = self._is_closed
        if is_killed:  # the next call would be blamed for its end
            self._children.end(child)
        else:
            self._children.give_back(child)

    def _ended_error(self, exit_code: int | None, argument: A) -> ChildEndedError:
        if self._is_closed:
            return self._closed_error(argument)
        if hit_cpu_limit(exit_code):
            seconds = f"{self._limit:g} CPU seconds"
            return CpuLimitError(f"{_name(argument)}: took more than {seconds}")
        ended = f"the process at it ended with exit code {exit_code}"
        return ChildEndedError(f"{_name(argument)}: {ended}")

    @staticmethod
    def _closed_error(argument: A) -> ChildEndedError:
        return ChildEndedError(f"{_name(argument)}: closed before it was done")


def _name(argument: object) -> str:
    return str(argument)[:_LONGEST_NAME]


class _SharedProcesses:
    """The children of this process, from the first user to the last one that leaves.

    A few are enough for calls that are soon done. Each call that takes longer may have one more
    started in its stead, so that a site whose pages hang does not hold up the others.
    """

    _current: ClassVar[_SharedProcesses | None] = None

    def __init__(self) -> None:
        self._size = max(_FEWEST, min(os.cpu_count() or 1, _MORE))
        self._users: set[object] = set()
        self._preload: dict[str, None] = {}
        self._quick = asyncio.Semaphore(self._size)
        self._threads = ThreadPoolExecutor(_MOST, thread_name_prefix="limited")
        self._idle: list[_Child] = []
        # What one thread asks about a child of its own, `multiprocessing` asks about all children
        # when another thread starts one; the exit code goes to one of them only.
        self._lock = threading.Lock()

    @classmethod
    def joined(cls, user: object, modules: Sequence[str]) -> _SharedProcesses:
        """Return the children of this process, which stay until *user* leaves."""
        children = cls._current = cls._current or cls()
        children._users.add(user)
        children._preload |= dict.fromkeys(modules)
        return children

    def leave(self, user: object) -> None:
        """Let *user* go, and end the children within a second if it was the last one."""
        self._users.discard(user)
        if not self._users and _SharedProcesses._current is self:
            _SharedProcesses._current = None
            self._close()

    async def run(self, call: Callable[[], R]) -> R:
        """Return what *call* returns in a thread, when it is its turn."""
        loop = asyncio.get_running_loop()
        async with self._quick:
            future = loop.run_in_executor(self._threads, call)
            try:
                await asyncio.wait([future], timeout=_SLOW)
            except asyncio.CancelledError:
                future.cancel()
                raise
        return await future

    def take(self) -> _Child:
        """Return a child that waits for a call: the one that was last at work, or a new one."""
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_waiting():
                    return child
                child.end()
            return _Child(_answers, preload=tuple(self._preload))

    def give_back(self, child: _Child) -> None:
        """Keep *child* for the next call, if it is needed."""
        child.calls += 1
        if len(self._idle) < self._size and child.calls < _MOST_CALLS:
            self._idle.append(child)
        else:
            self.end(child)

    def end(self, child: _Child) -> int | None:
        """End *child*; return its exit code if it ended by itself, else None."""
        with self._lock:
            return child.end()

    def _close(self) -> None:
        self._threads.shutdown()
        for child in self._idle:
            child.kill()
        while self._idle:
            self._idle.pop().end()


@dataclass(frozen=True, slots=True)
class _Returned:
    value: Any


@dataclass(frozen=True, slots=True)
class _LimitedCall(Generic[A, R]):
    """The child's part of a `LimitedFunction`."""

    function: Callable[[A], R]
    limit: float

    def __call__(self, argument: A) -> _Returned | Exception:
        try:
            with cpu_limit(self.limit):
                return _Returned(self.function(argument))
        except Exception as error:  # noqa: BLE001 - raised again where the call came from
            return _picklable(error)


_Message = tuple[_LimitedCall[Any, Any], Any]


class _Child(ChildProcess[_Message, _Returned | Exception]):
    """A child, and how many calls it has answered."""

    calls = 0


def _answers(message: _Message) -> list[_Returned | Exception]:
    call, argument = message
    return [call(argument)]


def _picklable(error: Exception) -> Exception:
    """Return *error*, or one like it if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever its class makes of it
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
