"""A transaction that takes long, and is not frozen, says so."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import psycopg
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from crawler.state.postgresql.connections import Connection

_EVERY = 5.0  # seconds: the server ends who says nothing in a transaction for 30


class Pulse:
    """Asks the server for nothing on *connection* now and then, while nobody has *guard*.

    A thread does it: that of a frozen process is frozen too.
    """

    def __init__(self, connection: Connection, guard: threading.RLock) -> None:
        self._connection = connection
        self._guard = guard
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._is_over.wait(_EVERY):
            with self._guard, suppress(psycopg.Error):  # whoever asks next hears of an error
                if self._connection.info.transaction_status == TransactionStatus.INTRANS:
                    self._connection.execute("SELECT 1", prepare=False)
