"""The locks of runs on many machines: advisory locks of a session, on a connection of their own.

They end with the connection. When that is lost, they are taken again; whose lock another run has by
then is told so.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.state.postgresql.connections import (
    Connection,
    ConnectionLostError,
    connect,
    drop,
    server_errors,
    try_again,
)
from crawler.state.postgresql.server import Server, application_name
from crawler.state.run_locks import OnLost

logger = logging.getLogger(__name__)

_LOOK_EVERY = 2.0  # seconds: so long two runs may have a source after a server was restarted
_TRY = "SELECT pg_try_advisory_lock($1)"
_RELEASE = "SELECT pg_advisory_unlock($1)"
_HOLDER = """
SELECT pid, application_name, coalesce(host(client_addr), 'this machine')
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND classid::bigint = $1 AND objid::bigint = $2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TERMINATE = "SELECT pg_terminate_backend($1::int, 5000)"


@dataclass(slots=True, frozen=True)
class _Wanted:
    number: int
    name: str
    on_lost: OnLost | None = None


class AdvisoryLock:
    """Some of *locks* that are held together."""

    def __init__(self, locks: AdvisoryLocks, wanted: Iterable[_Wanted]) -> None:
        self._locks = locks
        self._held: list[_Wanted] = []
        try:
            for one in wanted:
                locks.take(one)
                self._held.append(one)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Release them: the next run may begin."""
        while self._held:
            self._locks.give_back(self._held.pop())


class AdvisoryLocks:
    """The `crawler.state.run_locks.RunLocks` of the ledger on *server*, for *node*."""

    def __init__(self, server: Server, node: str) -> None:
        self._server = server
        self._name = application_name(node)
        self._mutex = threading.RLock()
        self._held: dict[int, _Wanted] = {}
        self._connection: Connection | None = None
        self._session = self._lost_session = 0
        self._lost: list[tuple[_Wanted, str]] = []
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def source(self, source: str, on_lost: OnLost | None = None) -> AdvisoryLock:
        """Lock *source*; *on_lost* hears if another run has it all the same."""
        number = self._server.lock_number("source", source)
        return AdvisoryLock(self, [_Wanted(number, source, on_lost)])

    def hosts(self, hosts: Iterable[str]) -> AdvisoryLock:
        """Lock all of *hosts*, or none."""
        numbers = ((self._server.lock_number("host", host), host) for host in sorted(hosts))
        return AdvisoryLock(self, [_Wanted(*pair) for pair in numbers])

    def close(self) -> None:
        """Release what is held."""
        self._closed.set()
        with self._mutex:
            self._held.clear()
            if self._connection:
                drop(self._connection)
                self._connection = None
        if self._watcher and self._watcher is not threading.current_thread():
            self._watcher.join()

    def take(self, wanted: _Wanted) -> None:
        """Take one lock. Raises BlockingIOError naming who has it, and OSError."""
        with self._mutex:
            if wanted.number in self._held:
                raise self._is_held(wanted, f"process {os.getpid()}")
            if holder := try_again(self._server, lambda: self._try(wanted)):
                raise self._is_held(wanted, holder)
            self._held[wanted.number] = wanted
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="locks", daemon=True)
                self._watcher.start()

    def give_back(self, wanted: _Wanted) -> None:
        """Release one lock; if the connection is lost, so is the lock."""
        with self._mutex:
            if self._held.pop(wanted.number, None) and self._connection:
                try:
                    self._ask(_RELEASE, wanted.number)
                except ConnectionLostError:
                    pass  # and so is the lock
                except OSError as error:
                    logger.warning("%s", error)

    def _is_held(self, wanted: _Wanted, holder: str) -> BlockingIOError:
        return BlockingIOError(f"{wanted.name!r} in {self._server.shown} is held by {holder}")

    def _try(self, wanted: _Wanted) -> str:
        """Take one lock, and return who has it if that is another one."""
        self._connected()
        return self._lock(wanted)

    def _lock(self, wanted: _Wanted) -> str:
        while self._ask(_TRY, wanted.number) != [(True,)]:
            halves = (wanted.number >> 32) & 0xFFFFFFFF, wanted.number & 0xFFFFFFFF
            for session, name, machine in self._ask(_HOLDER, *halves):
                if (session, name) != (self._lost_session, self._name):
                    return f"{name} at {machine}"
                self._ask(_TERMINATE, session)  # the server has not noticed that it is lost
        return ""

    def _ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        connection = self._connection
        assert connection
        with server_errors(self._server, connection):
            return connection.execute(query, values).fetchall()

    # A lost connection

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_EVERY):
            with self._mutex:
                try:
                    if self._held:
                        self._connected()
                        self._ask("SELECT 1")
                except OSError as error:
                    logger.warning("Locks are lost, and will be taken again: %s", error)
                lost, self._lost = self._lost, []
            for wanted, holder in lost:
                self._tell(wanted, holder)

    def _tell(self, wanted: _Wanted, holder: str) -> None:
        message = f"{self._is_held(wanted, holder)}: it was taken while the connection was lost"
        logger.warning("%s", message)
        if wanted.on_lost:
            wanted.on_lost(message)

    def _connected(self) -> None:
        """Connect if that is to be done, and take again what was held."""
        if self._connection and not self._connection.closed:
            return
        if self._closed.is_set():
            raise OSError(f"{self._server.shown}: the locks are closed")
        self._lost_session = self._session
        self._connection = connect(self._server, self._name)
        self._session = self._connection.info.backend_pid
        try:
            for wanted in list(self._held.values()):
                if holder := self._lock(wanted):
                    del self._held[wanted.number]
                    self._lost.append((wanted, holder))
        except BaseException:  # else the others would be taken for held
            drop(self._connection)
            raise
