"""A proxy before a server that stalls once so many bytes went through: a slow line, to be cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_PIECE = 1 << 16


@dataclass
class StallingProxy:
    """Passes *most* bytes on to the server; then ``stalled`` is set, and no more goes through."""

    port: int
    most: int
    stalled: threading.Event = field(default_factory=threading.Event)
    ends: list[socket.socket] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)


@contextmanager
def stalling_proxy(server_port: int, most: int) -> Iterator[StallingProxy]:
    """Have such a proxy before the server at *server_port*."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = StallingProxy(listener.getsockname()[1], most)
        accepting = threading.Thread(target=_accept, args=(listener, server_port, proxy))
        accepting.start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
    for end in proxy.ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    for thread in proxy.threads:
        thread.join()
    for end in proxy.ends:
        end.close()


def _accept(listener: socket.socket, server_port: int, proxy: StallingProxy) -> None:
    with suppress(OSError):  # it was closed
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", server_port))
            proxy.ends += [client, server]
            for ends in ((client, server, proxy), (server, client, None)):
                proxy.threads.append(threading.Thread(target=_pass_on, args=ends))
                proxy.threads[-1].start()


def _pass_on(source: socket.socket, target: socket.socket, proxy: StallingProxy | None) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            if proxy and proxy.most <= 0:
                proxy.stalled.set()
                return
            if proxy:
                proxy.most -= len(piece)
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
