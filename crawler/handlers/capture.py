"""The download handler that archives every HTTP exchange, inside Scrapy's HTTP/1.1 handler.

Scrapy hands out parsed headers and dechunked bodies; the bytes themselves pass only through
Twisted's connection. So the connection is where they are recorded (Scrapy 2.19, Twisted 25.5 to
26):

- `CaptureDownloadHandler` keeps one `ExchangeBuffer` a download, in a ContextVar;
- `CapturePool.getConnection`, called synchronously below it, attaches the buffer to the Twisted
  request, so that Twisted's silent retry on a stale connection takes the buffer along;
- `CaptureProtocol`, mixed into whatever protocol the pool's factory builds, fills it.

Twisted never pipelines: all bytes from `request` to `_finishResponse` are one exchange. The
protocol sits above TLS; the CONNECT to a proxy happens before it and is not recorded.
"""

# ruff: noqa: N802 (Twisted's names)

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable
from urllib.parse import urldefrag

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError, StopDownload
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol
from twisted.web.client import HTTPConnectionPool

from crawler.exceptions import StorageError
from crawler.extensions.signals import out_of_time
from crawler.handlers.body_budget import LARGE, body_budget
from crawler.handlers.exchange_buffer import ExchangeBuffer
from crawler.handlers.sending import hold_back
from crawler.warc.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Hashable

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
    from twisted.web.iweb import IResponse

    from crawler.handlers.body_budget import Connection
    from crawler.items import RecordRef
    from crawler.warc.exchange import Truncation

MAX_HEAD = 1 << 18
"""Bytes of a response head, 1xx responses included, and so of one line. Twisted would stop at
lines of 16,384 bytes, which real sites exceed, but at no number of lines."""

_LONGEST_FAILURE = 500

_current: ContextVar[ExchangeBuffer] = ContextVar("exchange_buffer")


@runtime_checkable
class ExchangeRecorder(Protocol):
    """The extension that archives exchanges."""

    async def record(self, exchange: Exchange) -> RecordRef:
        """Write *exchange* and return its first record. Raises OSError if it cannot be written."""


class HeadTooLongError(Exception):
    """A response head longer than `MAX_HEAD`; Scrapy reports it as DownloadFailedError."""


class RunEndedError(Exception):
    """A download that the end of the run cut short. No middleware retries it."""


class CaptureDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler, which archives every exchange before anybody learns its outcome.

    ``request.meta["archive"]`` becomes the `RecordRef` of the response, or of the request where
    no byte came back. It is absent where nothing was sent, which is archived as a failure. What
    could not be archived raises StorageError, which no middleware retries.

    At the signal `out_of_time` all downloads end at once, with `RunEndedError`, and none begins.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawler = crawler
        self._recorder = _find_recorder(crawler)
        folder = crawler.settings["ARCHIVES_DIR"]
        self._spools = Path(folder) if folder else None
        self._running: set[asyncio.Timeout] = set()
        self._ended = False
        body_budget.crawlers.add(crawler)
        crawler.signals.connect(self.end, out_of_time)
        # Changing the class adds methods alone: the pool stays as Scrapy configured it.
        self._pool.__class__ = CapturePool
        cast("CapturePool", self._pool).run = crawler
        self._pool._factory = _capturing_factory(self._pool._factory)

    async def download_request(self, request: Request) -> Response:
        if self._ended:
            raise RunEndedError("the run is ending")
        buffer = ExchangeBuffer(via_proxy=bool(request.meta.get("proxy")), folder=self._spools)
        token = _current.set(buffer)
        request.meta.pop("archive", None)
        started = datetime.now(UTC)
        try:
            response = await self._download(request)
        except Exception as error:
            if not await self._record(request, buffer, _cut_by(error), _described(error)):
                await self._record_failure(request, started, error)
            raise
        else:
            await self._record(request, buffer, _cut_by(response))
            return response
        finally:
            _current.reset(token)
            body_budget.release(buffer)

    async def _download(self, request: Request) -> Response:
        limit = asyncio.timeout(None)
        self._running.add(limit)
        try:
            async with limit:
                return await super().download_request(request)
        except TimeoutError:
            if limit.expired():
                raise RunEndedError("the run ended before the answer was whole") from None
            raise
        finally:
            self._running.remove(limit)

    def end(self) -> None:
        """End all downloads, and refuse the requests that still wait in the downloader's queues."""
        if self._ended:  # a limit that has expired takes no other
            return
        self._ended = True
        for limit in self._running:
            limit.reschedule(0)
        downloader = self._crawler.engine.downloader
        for slot in downloader.slots.values():
            slot.delay = 0
            slot.close()
            downloader._process_queue(slot)

    async def _record(
        self,
        request: Request,
        buffer: ExchangeBuffer,
        cut: Truncation | None,
        failure: str | None = None,
    ) -> bool:
        """Archive what is in *buffer*; return False if nothing was sent.

        *failure* is the error that ended the download.
        """
        uri = urldefrag(request.url)[0]
        try:
            exchange = buffer.exchange(uri, request.method, cut, failure)
            if exchange is None:
                return False
            request.meta["archive"] = await self._recorder.record(exchange)
        except OSError as error:
            raise _not_archived(uri, error) from error
        return True

    async def _record_failure(self, request: Request, started: datetime, error: Exception) -> None:
        """Archive that nothing could be sent, and why, so that a replay fails in the same way."""
        if isinstance(error, RunEndedError):
            return
        exchange = Exchange(
            uri=urldefrag(request.url)[0],
            method=request.method,
            started=started,
            request=b"",
            response=b"",
            failure=_described(error),
        )
        try:
            await self._recorder.record(exchange)
        except OSError as disk_error:
            raise _not_archived(exchange.uri, disk_error) from disk_error


def _not_archived(uri: str, error: OSError) -> StorageError:
    """Return what is raised for *error*: OSError is by default in RETRY_EXCEPTIONS."""
    return StorageError(f"{uri} could not be archived: {error}")


class CapturePool(HTTPConnectionPool):
    """A pool whose connections know the buffer of the download that they are for, and its run."""

    run: Crawler

    def getConnection(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Deferred[Any]:
        buffer = _current.get()
        connection: Deferred[Any] = super().getConnection(key, endpoint)
        return connection.addCallback(_BoundConnection, buffer, self.run)


class _BoundConnection:
    """A connection, or Twisted's retrying wrapper around one, for one request of *run*."""

    def __init__(
        self, protocol: HTTP11ClientProtocol, buffer: ExchangeBuffer, run: Crawler
    ) -> None:
        self._protocol = protocol
        self._buffer = buffer
        self._run = run

    def request(self, txrequest: Any) -> Deferred[IResponse]:
        txrequest.exchange_buffer = self._buffer
        txrequest.run = self._run
        return self._protocol.request(txrequest)


class CaptureProtocol(HTTP11ClientProtocol):
    """A connection that keeps what it sends and receives in the current request's buffer."""

    _exchange_buffer: ExchangeBuffer | None = None

    def request(self, request: Any) -> Deferred[IResponse]:
        buffer: ExchangeBuffer = request.exchange_buffer
        self._exchange_buffer = buffer
        buffer.start(self.transport)
        hold_back(self.transport, request.run)

        def write_to(transport: Any) -> Any:
            # Without this, request and function hold each other and all that was received until
            # the garbage collector comes, which then runs three times as often.
            del request.writeTo
            return request.writeTo(buffer.tee(transport))

        request.writeTo = write_to
        finished = super().request(request)
        if self._parser is not None:
            self._parser.MAX_LENGTH = MAX_HEAD
        return finished

    def dataReceived(self, data: bytes) -> None:
        buffer = self._exchange_buffer
        if buffer is not None and not buffer.receive(data, self.transport):
            self._give_up(StorageError("the disk does not take the answer"))
            return
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        if buffer is not None and self._in_head() and buffer.size > MAX_HEAD:
            buffer.cut = "length"
            self._give_up(HeadTooLongError(f"no end of head after {buffer.size} bytes"))
        elif buffer is not None and buffer is self._exchange_buffer and buffer.size > LARGE:
            body_budget.take(buffer, buffer.size, cast("Connection", self.transport))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._exchange_buffer is not None and self._parser is not None:
            self._exchange_buffer.cut = "disconnect"
            if not isinstance(reason.value, ConnectionDone):
                # A reset does not end a message, not even a body that lasts until the close.
                self._exchange_buffer = None
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def _finishResponse(self, rest: bytes) -> None:
        if self._exchange_buffer is not None:
            self._exchange_buffer.finish(surplus=len(rest))
            self._exchange_buffer = None
        super()._finishResponse(rest)

    def _give_up(self, error: Exception) -> None:
        self._giveUp(Failure(error))  # type: ignore[no-untyped-call]

    def _in_head(self) -> bool:
        return self._parser is not None and self._parser.state in (STATUS, HEADER)


def _capturing_factory(factory: Any) -> Any:
    """Return *factory* with `CaptureProtocol` mixed into the protocols that it builds."""

    class CapturingFactory(factory):  # type: ignore[misc]
        def buildProtocol(self, addr: IAddress | None) -> Any:
            protocol = super().buildProtocol(addr)
            protocol.__class__ = _capturing(protocol.__class__)
            return protocol

    return CapturingFactory


@cache
def _capturing(protocol_class: Any) -> Any:
    return type(f"Capturing{protocol_class.__name__}", (CaptureProtocol, protocol_class), {})


def _find_recorder(crawler: Crawler) -> ExchangeRecorder:
    recorder = crawler.get_extension(cast("type[Any]", ExchangeRecorder))
    if recorder is None:
        raise RuntimeError(
            f"{CaptureDownloadHandler.__name__} found no extension with a method record(exchange);"
            " add the archive to EXTENSIONS, or set ARCHIVE_MODE=off"
        )
    return cast("ExchangeRecorder", recorder)


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_LONGEST_FAILURE]


def _cut_by(outcome: Response | Exception) -> Truncation | None:
    """Return why Scrapy itself cut a message, if it did; the buffer knows about the connection."""
    match outcome:
        case DownloadTimeoutError() | RunEndedError():
            return "time"
        case DownloadCancelledError():
            return "length"
        case StopDownload():
            return "unspecified"
        case Exception():
            return None
        case _:
            return "unspecified" if "download_stopped" in outcome.flags else None
