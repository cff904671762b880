"""A server that sends what a test says, byte by byte, on a loopback port."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

Answer = Callable[[bytes, BinaryIO], None]
"""Takes the head of a request, and the stream that goes to the client."""


@contextmanager
def answering(answer: Answer, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve one request a connection with *answer* at *host*; give the URL without a path."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return
                head += line
            with suppress(ConnectionError):
                answer(head, cast("BinaryIO", self.wfile))

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False
        request_queue_size = 64

    with Server((host, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://{host}:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
