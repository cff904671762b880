"""Both sites on loopback, in one process: the pages at one port, the captures at another."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.export.web.host_check import AsgiApp, Receive, Scope, Send

LOOPBACK = "127.0.0.1"


class TwoPorts:
    """Passes what comes in at *replay_port* to *replay*, all else to *pages*."""

    def __init__(self, pages: AsgiApp, replay: AsgiApp, replay_port: int) -> None:
        self._pages = pages
        self._replay = replay
        self._replay_port = replay_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The port is that of the socket: nothing that is sent can change it.
        server = scope.get("server") if scope["type"] != "lifespan" else None
        chosen = self._replay if server and server[1] == self._replay_port else self._pages
        await chosen(scope, receive, send)


def listening(port: int) -> tuple[socket.socket, socket.socket]:
    """Return sockets on loopback at *port* and the one behind it; for 0, at any two.

    Raises OSError.
    """
    first = _bound(port)
    try:
        return first, _bound(port + 1 if port else 0)
    except OSError:
        first.close()
        raise


def _bound(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((LOOPBACK, port))
    except OSError:
        found.close()
        raise
    return found


def serve(app: AsgiApp, sockets: tuple[socket.socket, ...], on_start: Callable[[], None]) -> int:
    """Answer at *sockets* until a signal ends it, and return that; *on_start* when it begins."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )
    return asyncio.run(_Server(config, on_start).serve_until_signal(list(sockets)))


class _Server(uvicorn.Server):
    """A server that ends in order at a signal: uvicorn raises it again, and scratch files stay."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._signal = 0

    async def serve_until_signal(self, sockets: list[socket.socket]) -> int:
        """Serve; return the number of the signal that ended it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end, number)
        await self.serve(sockets)
        return self._signal

    def _end(self, number: int) -> None:
        self._signal = number
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve_until_signal`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when it has begun."""
        await super().startup(sockets)
        if self.started:
            self._on_start()
