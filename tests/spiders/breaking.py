"""The demonstration site behind a line that breaks: each answer comes whole when asked again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

from demo.messages import Request
from demo.server import respond
from demo.site import Site
from tests.servers.plain import answering

PATIENCE = 3  # seconds; the client is to have less than that stalls
KINDS = ("silence", "head", "body", "chunks", "garbage", "stall")


@contextmanager
def breaking(site: Site) -> Iterator[str]:
    """Serve *site* and yield its home; first answers break as KINDS says, one after the other."""
    kinds = cycle(KINDS)
    broken: set[str] = set()

    def answer(head: bytes, client: BinaryIO) -> None:
        target = head.split(b" ")[1].decode()
        message, body = _answer(site, target)
        if target in broken:
            client.write(message + body)
            return
        broken.add(target)
        _break(next(kinds), message, body, client)

    with answering(answer) as site.origin:
        yield site.home


def _answer(site: Site, target: str) -> tuple[bytes, bytes]:
    """Return the head and the body of an answer."""
    parts = urlsplit(target)
    query = parse_qsl(parts.query, keep_blank_values=True)
    with site.lock:
        answer = respond(
            site,
            Request(method="GET", target=target, path=unquote(parts.path), query=query, headers={}),
        )
    headers = [*answer.headers, ("Content-Length", str(len(answer.body))), ("Connection", "close")]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {answer.status} Said\r\n{lines}\r\n".encode(), answer.body


def _break(kind: str, head: bytes, body: bytes, client: BinaryIO) -> None:
    half = body[: len(body) // 2]
    match kind:
        case "silence":
            pass
        case "head":
            client.write(head[:-9])
        case "body":
            client.write(head + half)
        case "chunks":
            chunked = head.replace(b"Content-Length:", b"Transfer-Encoding: chunked\r\nX-Length:")
            client.write(b"%b%x\r\n%b\r\n" % (chunked, len(half), half))
        case "garbage":
            client.write(b"\x00\xff SSH-2.0 not here\r\n\r\n" + half)
        case "stall":
            client.write(head + half)
            client.flush()
            time.sleep(PATIENCE)
