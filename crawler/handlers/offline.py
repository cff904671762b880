"""The download handler that answers from the archive: no socket, but Scrapy's HTTP/1.1 code.

The bytes of an archived message go through the very parser, limits and signals that they would
go through live (Scrapy 2.19, Twisted 25.5 to 26), so that encodings, redirects, short bodies and
errors come out as they did. Only the connection is another one:

- `ReplayDownloadHandler` keeps the answer to the current request in a ContextVar;
- `ReplayPool.getConnection`, called synchronously below it, returns a connection that delivers it.
"""

# ruff: noqa: N802 (Twisted's names)

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from scrapy import exceptions
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.misc import load_object
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.web.client import HTTPConnectionPool

from crawler.exceptions import HostBusyError
from crawler.extensions import required
from crawler.extensions.replay import ReplayExtension
from crawler.handlers.capture import MAX_HEAD
from crawler.replay.playback import PlaybackAnswer, PlaybackRequest
from crawler.warc.message import has_whole_head

if TYPE_CHECKING:
    from collections.abc import Hashable

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.interfaces import IStreamClientEndpoint
    from twisted.web._newclient import HTTP11ClientProtocol
    from twisted.web.iweb import IResponse

_PIECE = 1 << 16

_current: ContextVar[PlaybackAnswer] = ContextVar("answer")

# Errors of Scrapy's that a recorded failure is raised as.
_FAILURES = {
    name: getattr(exceptions, name)
    for name in (
        "CannotResolveHostError",
        "DownloadCancelledError",
        "DownloadConnectionRefusedError",
        "DownloadFailedError",
        "DownloadTimeoutError",
        "ResponseDataLossError",
    )
}


_FAILURES[HostBusyError.__name__] = HostBusyError


class ReplayedError(Exception):
    """A download that failed, when it was archived, with an error that nobody retries."""


class ReplayDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler, answered from the archive.

    ``request.meta["archive"]`` becomes the `RecordRef` of the answer, as it does live. A download
    raises `crawler.exceptions.NotInArchive` if it was never captured, and if it failed live, what
    it raised then.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._replay = required(crawler, ReplayExtension)
        retried = map(load_object, crawler.settings.getlist("RETRY_EXCEPTIONS"))
        self._retried = {kind.__name__ for kind in retried}
        self._pool.__class__ = ReplayPool

    async def download_request(self, request: Request) -> Response:
        is_robots = request.callback is NO_CALLBACK and urlsplit(request.url).path == "/robots.txt"
        is_needed = not (is_robots or request.meta.get("may_be_missing"))
        most = getattr(self._crawler.spider, "download_maxsize", self._default_maxsize)
        most = request.meta.get("download_maxsize", most)
        answer = self._replay.answer(_playback_request(request, most), is_needed=is_needed)
        request.meta["archive"] = answer.ref
        await self._replay.wait_in_order(answer)
        failure = self._recorded_error(answer, request.meta.get("download_timeout", 0))
        if failure and not answer.message:
            raise failure
        token = _current.set(answer)
        try:
            response = await super().download_request(request)
        except Exception as error:
            if failure and not isinstance(error, type(failure)):
                raise failure from error
            raise
        finally:
            _current.reset(token)
        if failure:
            raise failure
        return response if answer.ip_address else response.replace(ip_address=None)

    def _recorded_error(self, answer: PlaybackAnswer, timeout: float) -> Exception | None:
        """Return what the download raised live, unless the bytes alone will raise it again."""
        uri = answer.ref.uri
        if answer.failure:
            return self._failure(*answer.failure.partition(": ")[::2])
        if answer.truncated == "time":
            return DownloadTimeoutError(f"Getting {uri} took longer than {timeout} seconds.")
        if answer.truncated == "length":
            is_body = has_whole_head(answer.message)
            kind = DownloadCancelledError if is_body else DownloadFailedError
            return kind(f"{uri} was too long when it was archived")
        return None

    def _failure(self, name: str, message: str) -> Exception:
        """Return the error called *name*; one that was retried live is retried again."""
        if name in _FAILURES:
            return _FAILURES[name](message)  # type: ignore[no-any-return]
        kind = DownloadFailedError if name in self._retried else ReplayedError
        return kind(f"{name}: {message}")


def _playback_request(request: Request, most: int) -> PlaybackRequest:
    headers = request.headers
    return PlaybackRequest(
        method=request.method,
        url=urldefrag(request.url)[0],
        body=request.body,
        content_type=headers.get(b"Content-Type") or b"",
        conditional=b"If-None-Match" in headers or b"If-Modified-Since" in headers,
        most=most,
    )


class ReplayPool(HTTPConnectionPool):
    """Gives out connections to the archive."""

    def getConnection(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Deferred[Any]:
        protocol = self._factory(lambda _: None, "replay").buildProtocol(None)  # type: ignore[no-untyped-call]
        return succeed(_Connection(protocol, _current.get()))


class _Connection:
    """A connection for a single request, whose answer is known."""

    def __init__(self, protocol: HTTP11ClientProtocol, answer: PlaybackAnswer) -> None:
        self._protocol = protocol
        self._transport = _Transport(protocol, answer)
        protocol.makeConnection(self._transport)  # type: ignore[no-untyped-call]

    def request(self, txrequest: Any) -> Deferred[IResponse]:
        finished = self._protocol.request(txrequest)
        if self._protocol._parser is not None:
            self._protocol._parser.MAX_LENGTH = MAX_HEAD
        # Not at once: the caller has to listen for the head before it comes.
        asyncio.get_running_loop().call_soon(self._transport.resumeProducing)
        return finished


class _Transport:
    """A transport without a socket: it ignores the request and delivers the answer."""

    disconnecting = False

    def __init__(self, protocol: HTTP11ClientProtocol, answer: PlaybackAnswer) -> None:
        self._protocol = protocol
        self._left = memoryview(answer.message)
        self._is_cut = answer.truncated is not None
        self._address = answer.ip_address or "0.0.0.0"  # noqa: S104 - nobody connects to it
        self._delivering = False
        self._paused = False
        self._closed = False

    def write(self, data: bytes) -> None:
        pass

    def writeSequence(self, pieces: list[bytes]) -> None:
        pass

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        pass

    def unregisterProducer(self) -> None:
        pass

    def getPeer(self) -> IPv4Address:
        """Return the address that answered live, 0.0.0.0 if it is not known."""
        return IPv4Address("TCP", self._address, 0)

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        if not self._delivering:
            self._delivering = True
            self._deliver()
            self._delivering = False

    def stopProducing(self) -> None:
        self._closed = True

    def loseConnection(self) -> None:
        self._closed = True

    def abortConnection(self) -> None:
        self._closed = True

    def _deliver(self) -> None:
        while not self._paused and self._is_awaited:
            if not self._left:
                self._end()
            else:
                piece, self._left = self._left[:_PIECE], self._left[_PIECE:]
                self._protocol.dataReceived(bytes(piece))  # type: ignore[no-untyped-call]
        if not self._is_awaited:
            # Transport and protocol refer to each other: free the bytes before both are collected.
            self._left = memoryview(b"")

    @property
    def _is_awaited(self) -> bool:
        return not self._closed and self._protocol.state == "WAITING"

    def _end(self) -> None:
        self._closed = True
        reason = ConnectionLost() if self._is_cut else ConnectionDone()
        self._protocol.connectionLost(Failure(reason))  # type: ignore[no-untyped-call]
