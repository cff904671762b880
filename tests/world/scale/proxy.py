"""A server between a client and PostgreSQL, which cuts a connection at a word of the client."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """Forwards connections to *port*.

    ``word``: a connection is cut where the client says it, as often as ``cuts`` tells: before the
    server hears it, or with ``hears`` after the server has answered, whose answer gets lost. With
    ``stays`` the server is not told that the client is gone. While it ``refuses``, no new one gets
    to the server.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.word = b""
        self.cuts = 0
        self.hears = False
        self.stays = False
        self.refuses = False
        self._open: list[socket.socket] = []
        self._servers: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def address(self, uri: str) -> str:
        """Return *uri* with the proxy in the place of the server."""
        return uri.replace(f":{urlsplit(uri).port}/", f":{self.port}/")

    def abandon(self) -> None:
        """Close all clients' connections; the server keeps what it has."""
        for client in self._open:
            _end(client)

    def close(self) -> None:
        _end(self._listener)
        for connection in (*self._open, *self._servers):
            _end(connection)
        self._thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refuses:
                    _end(client)
                    continue
                server = socket.create_connection(("127.0.0.1", self._port))
                self._open.append(client)
                self._servers.append(server)
                gone = threading.Event()
                for work in (self._forward, self._answer):
                    args = (client, server, gone)
                    threading.Thread(target=work, args=args, daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket, gone: threading.Event) -> None:
        with suppress(OSError):
            while said := client.recv(65536):
                if self.cuts and self.word and self.word in said:
                    self.cuts -= 1
                    gone.set()
                    if self.hears:
                        server.sendall(said)
                        return  # `_answer` ends both once the server has answered
                    _end(client)
                    break
                server.sendall(said)
        if not self.stays:
            _end(server)

    def _answer(self, client: socket.socket, server: socket.socket, gone: threading.Event) -> None:
        with suppress(OSError):
            while answer := server.recv(65536):
                if gone.is_set():
                    _end(client)
                    _end(server)
                    return
                client.sendall(answer)
        _end(client)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def proxy_to(uri: str) -> Iterator[Proxy]:
    port = urlsplit(uri).port
    assert port
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
