"""Functions called in processes of their own, which can be killed at any time."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

A = TypeVar("A")
R = TypeVar("R")

_CPU_LIMIT_SIGNAL = signal.SIGPROF
"""Ends a process that computes for too long, even in C code: no handler of Python's has to run."""

_EXIT_TIMEOUT = 5.0  # seconds from the end of a child's connection to its exit code
_AHEAD = 2  # calls for each process of a pool that are being answered, or answered and not taken
_MOST_WAITING = 16  # answers of a call that nobody has taken yet


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """End this process, a child of ours, if it spends more than *seconds* of CPU time in here."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def hit_cpu_limit(exit_code: int | None) -> bool:
    """Return whether a child with *exit_code* was ended by `cpu_limit`."""
    return exit_code == -_CPU_LIMIT_SIGNAL


class ChildProcess(Generic[A, R]):
    """A process that calls *answer* with each message and sends back all that it yields.

    *answer* and the messages can be pickled. The process logs nothing, ignores Ctrl-C and ends when
    the run does. It starts fast because the fork server has loaded the modules *preload*: those of
    the first process that is started, so name what the later ones need too. A process without
    threads that *may_fork* has loaded them itself.
    """

    def __init__(
        self,
        answer: Callable[[A], Iterable[R]],
        *,
        preload: Sequence[str],
        may_fork: bool = False,
    ) -> None:
        # A fork of this process would inherit its threads' locks, a new interpreter loads slowly.
        # What obstore waits for are threads that Python does not see.
        is_single = threading.active_count() == 1 and "obstore" not in sys.modules
        forks = may_fork and is_single
        context: Any = multiprocessing.get_context("fork" if forks else "forkserver")
        if not forks:
            context.set_forkserver_preload(list(preload))
        self.connection, theirs = context.Pipe()
        # A fork has our end too: as long as that is open, it would not see that we are dead.
        ours = self.connection if forks else None
        self._process = context.Process(target=_serve, args=(theirs, answer, ours), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        pid: int | None = self._process.pid
        return pid

    def is_waiting(self) -> bool:
        """Return whether the process runs and has sent nothing.

        Its end shows at the connection at once, but in `is_alive` only when the fork server has
        noticed: until then the next call would be blamed for it.
        """
        return self._process.is_alive() and not self.connection.poll()

    def send(self, message: A) -> None:
        """Send *message*. Raises OSError if the process has ended."""
        self.connection.send(message)

    def receive(self) -> R:
        """Wait for the next answer. Raises EOFError or OSError if the process has ended."""
        answer: R = self.connection.recv()
        return answer

    def kill(self) -> None:
        """Kill the process if it is alive."""
        self._process.kill()

    def end(self) -> int | None:
        """End the process; return its exit code if it ended by itself, else None."""
        self.connection.close()
        self._process.join(_EXIT_TIMEOUT)
        code: int | None = self._process.exitcode
        self._process.kill()
        self._process.join()
        return code


def _serve(
    connection: Connection, answer: Callable[[A], Iterable[R]], inherited: Connection | None
) -> None:
    """Answer what comes through *connection* until its other end, also *inherited*, is closed."""
    if inherited:
        inherited.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(_CPU_LIMIT_SIGNAL, signal.SIG_DFL)
    logging.disable()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the run is over
        while True:
            for message in answer(connection.recv()):
                connection.send(message)


class ChildEndedError(RuntimeError):
    """The process ended during a call; the message names the argument."""


class CpuLimitError(ChildEndedError):
    """A call took more than its CPU seconds; the message names the argument."""


class _CallEnd:
    """Follows the last answer to a call."""


@dataclass(slots=True, eq=False)
class _PoolCall(Generic[A, R]):
    """An argument, and what came back for it; ``error`` if its process ended."""

    argument: A
    answers: deque[R] = field(default_factory=deque)
    is_ended: bool = False
    error: ChildEndedError | None = None


class ProcessPool(Generic[A, R]):
    """Calls *answer*, which can be pickled, with many arguments in up to *size* child processes.

    The answers come in the order of the arguments; processes that are ahead wait until they are
    taken, so that few are in memory. Close it: the processes end at once.
    """

    def __init__(self, answer: Callable[[A], Iterable[R]], size: int) -> None:
        self._answer = answer
        self._size = size
        self._arguments: Iterator[A] = iter(())
        self._calls: deque[_PoolCall[A, R]] = deque()
        self._busy: dict[ChildProcess[A, R | _CallEnd], _PoolCall[A, R]] = {}
        self._idle: list[ChildProcess[A, R | _CallEnd]] = []

    def answers(self, arguments: Iterable[A]) -> Iterator[tuple[A, Iterator[R]]]:
        """Yield each of *arguments* with all answers to it, to be taken before the next.

        Those raise ChildEndedError where the process at them ended. What is not taken is dropped.
        """
        self._arguments = iter(arguments)
        self._begin_calls()
        while self._calls:
            call = self._calls[0]
            yield call.argument, self._taken(call)
            with suppress(ChildEndedError):
                deque(self._taken(call), maxlen=0)
            self._calls.popleft()
            self._begin_calls()

    def close(self) -> None:
        """End the processes."""
        children = [*self._busy, *self._idle]
        for child in children:
            child.kill()
        for child in children:
            child.end()
        self._busy.clear()
        self._idle.clear()
        self._calls.clear()

    def _taken(self, call: _PoolCall[A, R]) -> Iterator[R]:
        while True:
            while call.answers:
                yield call.answers.popleft()
            if call.is_ended:
                break
            self._receive(call)
            self._begin_calls()
        if error := call.error:
            call.error = None
            raise error

    def _begin_calls(self) -> None:
        """Give each process something to do, as far as there is anything."""
        while len(self._busy) < self._size and len(self._calls) < _AHEAD * self._size:
            try:
                argument = next(self._arguments)
            except StopIteration:
                return
            self._calls.append(self._begin(argument))

    def _begin(self, argument: A) -> _PoolCall[A, R]:
        call: _PoolCall[A, R] = _PoolCall(argument)
        child = self._living_child()
        self._busy[child] = call
        try:
            child.send(argument)
        except OSError:
            self._lose(child)
        return call

    def _living_child(self) -> ChildProcess[A, R | _CallEnd]:
        while self._idle:
            child = self._idle.pop()
            if child.is_waiting():
                return child
            child.end()
        answer = _PoolAnswer(self._answer)
        return ChildProcess(answer, preload=(self._answer.__module__,), may_fork=True)

    def _receive(self, first: _PoolCall[A, R]) -> None:
        """Take an answer from each process that has one; from those ahead no more than a few."""
        connections = {
            child.connection: child
            for child, call in self._busy.items()
            if call is first or len(call.answers) < _MOST_WAITING
        }
        for connection in wait(list(connections)):
            child = connections[connection]
            try:
                answer = child.receive()
            except (EOFError, OSError):
                self._lose(child)
                continue
            if isinstance(answer, _CallEnd):
                self._busy.pop(child).is_ended = True
                self._idle.append(child)
            else:
                self._busy[child].answers.append(answer)

    def _lose(self, child: ChildProcess[A, R | _CallEnd]) -> None:
        call = self._busy.pop(child)
        code = child.end()
        call.error = ChildEndedError(f"the process at it ended with exit code {code}")
        call.is_ended = True


@dataclass(frozen=True, slots=True)
class _PoolAnswer(Generic[A, R]):
    """The child's part of a `ProcessPool`."""

    answer: Callable[[A], Iterable[R]]

    def __call__(self, argument: A) -> Iterator[R | _CallEnd]:
        yield from self.answer(argument)
        yield _CallEnd()
