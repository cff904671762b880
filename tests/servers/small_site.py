"""Small sites on a loopback port, whose pages a test answers by their path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, TypeVar

from tests.servers.plain import answering


class _Served(Protocol):
    home: str

    def __call__(self, head: bytes, out: BinaryIO) -> None: ...


S = TypeVar("S", bound=_Served)


@dataclass
class SmallSite:
    """A site at ``home``, which notes the paths that were ``requested``."""

    home: str = field(default="", kw_only=True)
    requested: list[str] = field(default_factory=list, kw_only=True)

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        path = head.split(b" ", 2)[1].decode()
        self.requested.append(path)
        out.write(self._answer(path))

    def _answer(self, path: str) -> bytes:
        raise NotImplementedError


@contextmanager
def serving(site: S, host: str = "127.0.0.1") -> Iterator[S]:
    """Serve *site* at the loopback address *host*; it learns its own."""
    with answering(site, host) as home:
        site.home = home
        yield site


def page(body: bytes, status: str = "200 OK", kind: str = "text/html", more: str = "") -> bytes:
    """Return an answer, byte by byte; *more* are whole header lines."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body
