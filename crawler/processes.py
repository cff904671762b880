"""A function called in a process of its own, which is killed when a call takes too long."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import pickle
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext

A = TypeVar("A")
R = TypeVar("R")

TIME_IS_UP = signal.SIGPROF
"""Ends a worker whose page takes too long, wherever it hangs: nothing handles it."""

_LAST_MOMENTS = 5.0  # seconds from the end of a child's pipe to its exit code
_LONGEST_NAME = 500


def settle() -> None:
    """Make this process a worker: silent, and ended by the run or by its limit alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which ends us
    signal.signal(TIME_IS_UP, signal.SIG_DFL)
    logging.disable()


@contextmanager
def within(limit: float) -> Iterator[None]:
    """End this process if it spends more than *limit* CPU seconds here."""
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class ChildEndedError(RuntimeError):
    """The process that did a call came to an end in it; the message names the argument."""


class TimeIsUpError(ChildEndedError):
    """A call took more than its CPU seconds; the message names the argument."""


@dataclass(frozen=True, slots=True)
class _Returned(Generic[R]):
    value: R


class Limited(Generic[A, R]):
    """Calls *function*, which can be pickled, in a child process: one call after the other.

    Each call has *limit* CPU seconds. A child that has ended is replaced at the next call. One
    whose run has died ends with the call that it is at.
    """

    def __init__(self, function: Callable[[A], R], *, limit: float) -> None:
        self._function = function
        self._limit = limit
        # A fork of this process would inherit its threads' locks, a new interpreter loads slowly.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([function.__module__])
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="limited")
        self._child: _Child[A, R] | None = None
        self._is_closed = False

    async def __call__(self, argument: A) -> R:
        """Return what *function* makes of *argument*, which ``str`` gives a name in errors.

        Raises what *function* raises, `TimeIsUpError`, and `ChildEndedError` when the child was
        killed, could not start, or was closed.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._call, argument)

    def close(self) -> None:
        """End the child within a second, and so the calls that wait for it."""
        self._is_closed = True
        if child := self._child:
            child.kill()
        self._thread.shutdown()
        if self._child:
            self._child.end()

    def _call(self, argument: A) -> R:
        child = self._living()
        try:
            reply = child.ask(argument)
        except (EOFError, OSError):
            self._child = None
            raise self._explained(child.end(), argument) from None
        if isinstance(reply, _Returned):
            return reply.value
        raise reply

    def _living(self) -> _Child[A, R]:
        if self._child and not self._child.is_alive():
            self._child.end()
            self._child = None
        if self._child is None:
            self._child = _Child(self._context, self._function, self._limit)
        if self._is_closed:
            self._child.kill()
        return self._child

    def _explained(self, code: int | None, argument: A) -> ChildEndedError:
        name = str(argument)[:_LONGEST_NAME]
        if self._is_closed:
            return ChildEndedError(f"{name}: closed before it was done")
        if code == -TIME_IS_UP:
            return TimeIsUpError(f"{name}: took more than {self._limit:g} CPU seconds")
        return ChildEndedError(f"{name}: the process at it ended with exit code {code}")


class _Child(Generic[A, R]):
    def __init__(self, context: ForkServerContext, function: Callable[[A], R], limit: float):
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, function, limit), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, argument: A) -> _Returned[R] | Exception:
        """Raises EOFError or OSError when the child has ended."""
        self._connection.send(argument)
        reply: _Returned[R] | Exception = self._connection.recv()
        return reply

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> int | None:
        """Let the child go; returns the exit code that it had of its own, None if it had none."""
        self._connection.close()
        self._process.join(_LAST_MOMENTS)
        code = self._process.exitcode
        self._process.kill()
        self._process.join()
        return code


def _serve(connection: Connection, function: Callable[[A], R], limit: float) -> None:
    """Answer what comes through *connection* until it is closed."""
    settle()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the run is over
        while True:
            argument = connection.recv()
            connection.send(_reply(function, argument, limit))


def _reply(function: Callable[[A], R], argument: A, limit: float) -> _Returned[R] | Exception:
    try:
        with within(limit):
            return _Returned(function(argument))
    except Exception as error:  # noqa: BLE001 - raised again where the call came from
        return _portable(error)


def _portable(error: Exception) -> Exception:
    """Return *error*, or one like it if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever its class makes of it
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
