"""The bytes of one exchange while they pass."""

# ruff: noqa: N802 (Twisted's names)

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crawler.warc.exchange import Exchange
from crawler.warc.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crawler.warc.exchange import Truncation


class Tape:
    """Collects the bytes of one download until it is over.

    ``cut`` is what ended the message before its end as far as the connection knows. Large
    messages are spooled in *folder*.
    """

    def __init__(self, *, via_proxy: bool, folder: Path | None = None) -> None:
        self.cut: Truncation | None = None
        self._via_proxy = via_proxy
        self._started: datetime | None = None
        self._peer: str | None = None
        self._tls: str | None = None
        self._complete = False
        self._request: list[bytes] = []
        self._response = Spool(folder)

    @property
    def size(self) -> int:
        """Number of bytes received."""
        return self._response.size

    def start(self, transport: Any) -> None:
        """Begin a request on *transport*.

        Twisted begins again on a new connection if a stale one takes the request and gives no
        byte back: what was sent in vain is forgotten.
        """
        self._request.clear()
        self.cut = None
        self._started = datetime.now(UTC)
        self._peer = transport.getPeer().host

    def teeing(self, transport: Any) -> TeeTransport:
        """*transport*, keeping what is written to it."""
        return TeeTransport(transport, self._request)

    def received(self, data: bytes, transport: Any) -> None:
        """Keep *data*, which *transport* delivered."""
        if not self.size:
            # Only now is the TLS handshake sure to be over.
            self._tls = _tls_version(transport)
        self._response.write(data)

    def finish(self, surplus: int) -> None:
        """The message is whole; the last *surplus* bytes received are no part of it."""
        self._complete = True
        if surplus:
            self._response.cut(surplus)

    def exchange(
        self, uri: str, method: str, cut: Truncation | None, failure: str | None = None
    ) -> Exchange | None:
        """What was recorded, None if nothing was sent.

        *cut* says why Scrapy ended it early, *failure* with what error.
        """
        if self._started is None or not self._request:
            return None
        return Exchange(
            uri=uri,
            method=method,
            started=self._started,
            request=b"".join(self._request),
            response=self._response.view(),
            ip_address=self._peer,
            via_proxy=self._via_proxy,
            tls=self._tls,
            truncated=None if self._complete else cut or self.cut or "unspecified",
            failure=failure,
        )


class TeeTransport:
    """A transport for writing that keeps a copy of what passes."""

    def __init__(self, transport: Any, copy: list[bytes]) -> None:
        self._transport = transport
        self._copy = copy

    def write(self, data: bytes) -> None:
        self._copy.append(data)
        self._transport.write(data)

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        pieces = list(pieces)
        self._copy.extend(pieces)
        self._transport.writeSequence(pieces)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _tls_version(transport: Any) -> str | None:
    with suppress(AttributeError):  # a plain socket has no such method
        return str(transport.getHandle().get_protocol_version_name())
    return None
