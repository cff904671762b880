"""A server of raw bytes: no HTTP library, so that nothing tidies what it sends or receives.

Run as ``python -m tests.servers.raw LOG CERT KEY``: prints its ports as one JSON line and serves
`CASES` on loopback until its standard input closes. Listeners: ``http`` (also a plain proxy: it
answers absolute-form requests itself), ``https``, ``connect`` (a CONNECT proxy to any loopback
port) and, where there is IPv6, ``http6``. Each exchange becomes one JSON line in LOG.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
import ssl
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.cases import CASES, sized

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

_TARGET = re.compile(rb"\A\S+ (?:https?://[^/]*)?/([^? ]*)\??(\S*) ")
_LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Exchange:
    """What passed, as the server saw it; ``query`` tells requests for one case apart."""

    listener: str
    case: str
    query: str
    received: bytes
    sent: bytearray = field(default_factory=bytearray)

    def as_json(self) -> str:
        """One line for the log."""
        texts = {"listener": self.listener, "case": self.case, "query": self.query}
        blobs = {"received": self.received, "sent": bytes(self.sent)}
        coded = {name: base64.b64encode(blob).decode() for name, blob in blobs.items()}
        return json.dumps({**texts, **coded}) + "\n"


class RawServer:
    """Answers requests for ``/<case>``; a request behind ``/stale`` gets no byte."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("a", buffering=1)

    async def serve(self, listener: str, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection of HTTP requests."""
        stale = False
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                exchange = await self._receive(listener, reader)
                end = await self._answer(exchange, writer, stale=stale)
                stale = exchange.case == "stale"
                if end == "reset":
                    _reset(writer)
                if end != "keep":
                    break
        writer.close()

    async def tunnel(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One CONNECT, then bytes both ways."""
        head = await reader.readuntil(b"\r\n\r\n")
        port = int(head.split(b" ")[1].rpartition(b":")[2])
        self._write(Exchange("connect", "CONNECT", "", head))
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_pump(reader, upstream_writer), _pump(upstream_reader, writer))

    async def _receive(self, listener: str, reader: StreamReader) -> Exchange:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        target = _TARGET.match(head)
        assert target, head
        return Exchange(listener, target[1].decode(), target[2].decode(), head + body)

    async def _answer(self, exchange: Exchange, writer: StreamWriter, *, stale: bool) -> str:
        try:
            if stale:
                return "close"
            if exchange.case == "stale":
                await _send(exchange, writer, sized())
                return "keep"
            case = CASES[exchange.case]
            for piece in case.answer:
                await _send(exchange, writer, piece)
            return case.end
        finally:
            self._write(exchange)

    def _write(self, exchange: Exchange) -> None:
        self._log.write(exchange.as_json())


async def _send(exchange: Exchange, writer: StreamWriter, piece: bytes | float) -> None:
    if isinstance(piece, bytes):
        writer.write(piece)
        exchange.sent += piece
        await writer.drain()
    else:
        await asyncio.sleep(piece)


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        _reset(writer)
    else:
        writer.close()


def _reset(writer: StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def main(log: Path, cert: str, key: str) -> None:
    """Listen, print the ports, and serve until standard input ends."""
    server = RawServer(log)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)

    async def plain(reader: StreamReader, writer: StreamWriter) -> None:
        await server.serve("http", reader, writer)

    async def encrypted(reader: StreamReader, writer: StreamWriter) -> None:
        await server.serve("https", reader, writer)

    listeners = {
        "http": await asyncio.start_server(plain, "127.0.0.1", 0),
        "https": await asyncio.start_server(encrypted, "127.0.0.1", 0, ssl=tls),
        "connect": await asyncio.start_server(server.tunnel, "127.0.0.1", 0),
    }
    with suppress(OSError):
        listeners["http6"] = await asyncio.start_server(plain, "::1", 0)
    ports = {name: one.sockets[0].getsockname()[1] for name, one in listeners.items()}
    print(json.dumps(ports), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
