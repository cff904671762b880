"""The bytes of one exchange, collected while they pass through the connection."""

# ruff: noqa: N802 (Twisted's names)

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crawler.warc.exchange import Exchange
from crawler.warc.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crawler.warc.exchange import Truncation


class ExchangeBuffer:
    """Collects the bytes of one download until it is over.

    ``cut`` says what ended the message early, as far as the connection knows. Large messages are
    spooled to a file in *folder*. A disk that does not take them shows as OSError in `exchange`:
    in a callback of Twisted's it would end as one more connection error, which is retried.
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
        self._disk_error: OSError | None = None

    @property
    def size(self) -> int:
        """Number of bytes received."""
        return self._response.size

    def start(self, transport: Any) -> None:
        """Begin a request on *transport*.

        When a stale connection takes the request and gives no byte back, Twisted sends it again on
        a new one: so what was sent before is forgotten.
        """
        self._request.clear()
        self.cut = None
        self._started = datetime.now(UTC)
        self._peer = transport.getPeer().host

    def tee(self, transport: Any) -> TeeTransport:
        """Return *transport* so that what is written to it is kept as the request."""
        return TeeTransport(transport, self._request)

    def receive(self, data: bytes, transport: Any) -> bool:
        """Keep *data*, which *transport* delivered; return False if the disk does not take it."""
        if not self.size:
            # Only with the first byte is the TLS handshake sure to be over.
            self._tls = _tls_version(transport)
        try:
            self._response.write(data)
        except OSError as error:
            self._disk_error = error
        return self._disk_error is None

    def finish(self, surplus: int) -> None:
        """Note that the message is whole; the last *surplus* bytes received are no part of it."""
        self._complete = True
        if surplus:
            try:
                self._response.cut(surplus)
            except OSError as error:
                self._disk_error = error

    def exchange(
        self, uri: str, method: str, cut: Truncation | None, failure: str | None = None
    ) -> Exchange | None:
        """Return what was recorded, None if nothing was sent.

        *cut* says why Scrapy ended it early, *failure* with what error. Raises OSError if the disk
        did not take all of it.
        """
        if self._disk_error:
            raise self._disk_error
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
    """A transport that keeps a copy of what is written to it."""

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
    handle = transport.getHandle()
    version = getattr(handle, "get_protocol_version_name", None)  # a plain socket has none
    return str(version()) if version else None
