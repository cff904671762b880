"""Procrastinate's connection to PostgreSQL, which outlives a restart of the server."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, LiteralString, TypeVar

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException

from crawler.exceptions import StorageError
from crawler.jobs.queue_schema import make_tables, search_path
from crawler.state.postgresql.server import Server

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_TIMEOUT = 10.0  # seconds: a connection takes no longer
_AGAIN = 1.0


class QueueConnector(PsycopgConnector):
    """Waits while the *server* of the ledger does not answer, until ``gives_up``, a monotonic time.

    No answer is waited for longer than ``patience`` seconds. What was asked is asked again then: it
    may have been done already. *name* is that of its connections, as PostgreSQL shows it.
    """

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name
        self._schema = f"{server.schema}_queue"
        super().__init__(
            conninfo=server.conninfo(),
            kwargs={"application_name": name},
            min_size=1,
            timeout=_TIMEOUT,
            configure=self._configure,
        )
        self.gives_up = self.patience = math.inf
        self._is_away = False

    async def _configure(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.set_autocommit(True)
        await connection.execute(search_path(self._schema, self._server.schema))

    async def prepare(self) -> None:
        """Make or upgrade the tables. Raises StorageError if the database cannot be used."""
        try:
            connection = await psycopg.AsyncConnection.connect(
                self._server.conninfo(), application_name=self._name, autocommit=True
            )
            async with connection:
                await make_tables(connection, self._schema)
        except psycopg.Error as error:
            message = f"{self._server.shown}: the queue cannot be opened: {error}"
            raise StorageError(self._server.hide(message)) from error

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        await self._patiently(super().execute_query_async, query, arguments)

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        return await self._patiently(super().execute_query_one_async, query, arguments)

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        return await self._patiently(super().execute_query_all_async, query, arguments)

    async def _patiently(
        self, execute: Callable[..., Awaitable[_T]], query: LiteralString, arguments: dict[str, Any]
    ) -> _T:
        asked = time.monotonic()
        while True:
            try:
                result = await execute(query, **arguments)
            except ConnectorException as error:
                is_away = isinstance(error.__cause__, psycopg.OperationalError)
                if not is_away or time.monotonic() >= min(self.gives_up, asked + self.patience):
                    raise
                self._note_away(error.__cause__)
                await asyncio.sleep(_AGAIN)
            else:
                self._note_back()
                return result

    def _note_away(self, error: BaseException | None) -> None:
        if not self._is_away:
            message = self._server.hide(str(error))
            logger.warning("The queue does not answer, it is asked again: %s", message)
        self._is_away = True

    def _note_back(self) -> None:
        if self._is_away:
            logger.warning("The queue answers again")
        self._is_away = False
