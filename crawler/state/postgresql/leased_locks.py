"""The locks of runs on many machines: rows in the ledger's database, under a lease.

A process has its locks as long as it is heard of. Nobody takes one before the lease of its holder
is over by the server's clock; the holder is not sure of it from a little earlier on, by its own. So
whether a connection is cut, a server started anew, or a process frozen: one of them asks.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Iterable
from pathlib import Path

from crawler.state.lease import Lease, lease_clock
from crawler.state.postgresql.connections import (
    Connection,
    ConnectionLostError,
    connect,
    drop,
    server_errors,
    try_again,
)
from crawler.state.postgresql.server import Server, application_name
from crawler.state.postgresql.upgrading import bring_up_to_date
from crawler.state.process_file import ProcessFile, is_alive
from crawler.state.run_locks import OnLost

logger = logging.getLogger(__name__)

_BEATS = 6  # in the time after which this process is taken for dead
_TAKE = "SELECT * FROM take_run_locks($1, $2, $3::bigint[])"
_RENEW = "SELECT renew_run_locks($1, $2, $3, $4, $5, $6::bigint[])"
_GIVE_BACK = "SELECT give_back_run_locks($1, $2, $3::bigint[])"
_END = "SELECT end_run_locks($1, $2)"


class LeasedLock:
    """Some of *locks* that are held together: *names* by their numbers."""

    def __init__(self, locks: LeasedLocks, names: dict[int, str], on_lost: OnLost | None) -> None:
        self._locks = locks
        self.names = names
        self.on_lost = on_lost
        locks.take(self)

    @property
    def is_sure(self) -> bool:
        """Whether nobody else can have any of them."""
        return self._locks.is_sure(self)

    def release(self) -> None:
        """Release them: the next run may begin."""
        self._locks.give_back(self)


class LeasedLocks:
    """The `crawler.state.run_locks.RunLocks` of the ledger on *server*, for *node* in *folder*.

    Others may take them when nothing was heard of this process for so many *seconds*.
    """

    def __init__(self, server: Server, folder: Path, node: str, seconds: float) -> None:
        self._server = server
        self._folder = folder
        self._node = node
        self._seconds = seconds
        self._name = application_name(node)
        self._holder = secrets.token_hex(8)
        self._number = server.lock_number("run locks")
        self._lease = Lease(seconds)
        self._mutex = threading.RLock()
        self._held: dict[int, LeasedLock] = {}
        self._lost: list[tuple[LeasedLock, str]] = []
        self._connection: Connection | None = None
        self._file: ProcessFile | None = None
        self._is_away = False
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def source(self, source: str, on_lost: OnLost | None = None) -> LeasedLock:
        """Lock *source*; *on_lost* hears if another run has it all the same."""
        return LeasedLock(self, {self._server.lock_number("source", source): source}, on_lost)

    def hosts(self, hosts: Iterable[str], on_lost: OnLost | None = None) -> LeasedLock:
        """Lock all of *hosts*, or none; *on_lost* hears if another run has one all the same."""
        names = {self._server.lock_number("host", host): host for host in sorted(hosts)}
        return LeasedLock(self, names, on_lost)

    def close(self) -> None:
        """Release what is held."""
        self._closed.set()
        with self._mutex:
            self._held.clear()
            if self._connection:
                self._tell(_END)
                drop(self._connection)
                self._connection = None
            if self._file:
                self._file.release()
                self._file = None
        if self._watcher and self._watcher is not threading.current_thread():
            self._watcher.join()

    def is_sure(self, lock: LeasedLock) -> bool:
        """Return whether nobody else can have any of *lock*."""
        return self._lease.is_valid and all(self._held.get(n) is lock for n in lock.names)

    def take(self, lock: LeasedLock) -> None:
        """Take all of *lock*. Raises BlockingIOError naming who has one of them, and OSError."""
        with self._mutex:
            for number in lock.names.keys() & self._held.keys():
                raise self._is_held(lock.names[number], f"process {os.getpid()}")
            if found := try_again(self._server, lambda: self._try(list(lock.names))):
                raise self._is_held(lock.names[found[0]], found[1])
            self._held |= dict.fromkeys(lock.names, lock)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="locks", daemon=True)
                self._watcher.start()

    def give_back(self, lock: LeasedLock) -> None:
        """Release *lock*, now or with the next heartbeat."""
        with self._mutex:
            mine = [number for number in lock.names if self._held.get(number) is lock]
            for number in mine:
                del self._held[number]
            if mine and self._connection:
                self._tell(_GIVE_BACK, mine)

    def _is_held(self, name: str, holder: str) -> BlockingIOError:
        return BlockingIOError(f"{name!r} in {self._server.shown} is held by {holder}")

    def _try(self, numbers: list[int]) -> tuple[int, str] | None:
        """Take the locks with *numbers*; if somebody has one, return that, and whom."""
        if not self._lease.is_valid:
            self._renew()
        while found := self._ask(_TAKE, numbers):
            ((number, holder, name, node),) = found
            if not node or node != self._node or is_alive(self._folder, str(holder)):
                return int(str(number)), str(name)
            self._ask(_END, holder=str(holder))  # a process that was here, and died
        return None

    # The server

    def _ask(self, query: str, *values: object, holder: str = "") -> list[tuple[object, ...]]:
        connection = self._connected()
        with server_errors(self._server, connection):
            every = [self._number, holder or self._holder, *values]
            return connection.execute(query, every).fetchall()

    def _tell(self, query: str, *values: object) -> None:
        """Ask what the next heartbeat, or the end of the lease, brings about too."""
        try:
            self._ask(query, *values)
        except ConnectionLostError:
            pass
        except OSError as error:
            logger.warning("%s", error)

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            connection = connect(self._server, self._name)
            try:
                bring_up_to_date(self._server, connection)
            except BaseException:
                drop(connection)
                raise
            self._connection = connection
        return self._connection

    # Being alive

    def _watch(self) -> None:
        while not self._closed.wait(self._seconds / _BEATS):
            with self._mutex:
                try:
                    if self._held:
                        self._renew()
                    self._is_away = False
                except OSError as error:
                    if not self._is_away:
                        logger.warning("The locks of runs cannot be renewed now: %s", error)
                    self._is_away = True
                lost, self._lost = self._lost, []
            for lock, message in lost:
                logger.warning("%s", message)
                if lock.on_lost:
                    lock.on_lost(message)

    def _renew(self) -> None:
        """Say that this process is alive; note which locks are another one's by now."""
        if self._closed.is_set():
            raise OSError(f"{self._server.shown}: the locks are closed")
        if self._file is None:
            self._file = ProcessFile(self._folder, self._holder)
        asked = lease_clock()
        who = (self._name, self._node, self._seconds)
        ((mine,),) = self._ask(_RENEW, *who, list(self._held))
        assert isinstance(mine, list)
        for number in self._held.keys() - mine:
            lock = self._held[number]
            if found := self._try_again(number):
                del self._held[number]
                held = self._is_held(lock.names[number], found)
                message = f"{held}: it was taken while nothing was heard of this process"
                self._lost.append((lock, message))
        self._lease.renew(asked)

    def _try_again(self, number: int) -> str:
        """Take a lock that is not noted any more; if somebody has it, return who."""
        found = self._ask(_TAKE, [number])
        return str(found[0][2]) if found else ""
