"""Takes every HTTP exchange off the wire, inside Scrapy's HTTP/1.1 download handler.

Scrapy hands out parsed headers and dechunked bodies; the bytes themselves pass only through
Twisted's connection. So the connection is where we listen (Scrapy 2.19, Twisted 25.5 to 26):

- `CaptureDownloadHandler` keeps one `Tape` a download, in a ContextVar;
- `TapedPool.getConnection`, called synchronously below it, puts the tape on the Twisted request,
  so that Twisted's silent retry on a stale connection takes the tape along;
- `Tap`, mixed into whatever protocol the pool's factory builds, records what passes.

Twisted never pipelines: all bytes from `request` to `_finishResponse` are one exchange. The tap
sits above TLS; the CONNECT to a proxy happens before it and is not recorded.
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
from crawler.handlers.exchange_buffer import Tape
from crawler.warc.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Hashable

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
    from twisted.web.iweb import IResponse

    from crawler.items import RecordRef
    from crawler.warc.exchange import Truncation

MAX_HEAD = 1 << 18
"""Bytes of a response head, 1xx responses included, and so of one line. Twisted would stop at
lines of 16,384 bytes, which real sites exceed, but at no number of lines."""

_LONGEST_FAILURE = 500

_current: ContextVar[Tape] = ContextVar("tape")


@runtime_checkable
class Recorder(Protocol):
    """The run's archive: the extension that keeps exchanges."""

    async def record(self, exchange: Exchange) -> RecordRef:
        """Keep *exchange*; where its first record lies. Raises OSError when it cannot be kept."""


class HeadTooLongError(Exception):
    """A response head longer than `MAX_HEAD`; Scrapy reports it as DownloadFailedError."""


class RunEndedError(Exception):
    """A download that the end of the run cut short. No middleware retries it."""


class CaptureDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler, and every exchange in the archive before its outcome is known.

    ``request.meta["archive"]`` becomes the `RecordRef` of the response, or of the request where
    no byte came back. It is absent where nothing was sent, which is archived as a failure. Raises
    StorageError, which no middleware retries, when the exchange could not be archived.

    At `out_of_time` all downloads end at once, with `RunEndedError`, and none begins.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawler = crawler
        self._recorder = _recorder(crawler)
        folder = crawler.settings["ARCHIVES_DIR"]
        self._spools = Path(folder) if folder else None
        self._running: set[asyncio.Timeout] = set()
        self._ended = False
        crawler.signals.connect(self.end, out_of_time)
        # Both classes only add methods, so that the pool stays as Scrapy configured it.
        self._pool.__class__ = TapedPool
        self._pool._factory = _tapped_factory(self._pool._factory)

    async def download_request(self, request: Request) -> Response:
        if self._ended:
            raise RunEndedError("the run is ending")
        tape = Tape(via_proxy=bool(request.meta.get("proxy")), folder=self._spools)
        token = _current.set(tape)
        request.meta.pop("archive", None)
        asked = datetime.now(UTC)
        try:
            response = await self._downloaded(request)
        except Exception as error:
            if not await self._record(request, tape, _cut_by(error), _described(error)):
                await self._record_failure(request, asked, error)
            raise
        finally:
            _current.reset(token)
        await self._record(request, tape, _cut_by(response))
        return response

    async def _downloaded(self, request: Request) -> Response:
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
        """End all downloads, and let those that wait for their turn come now, to be refused."""
        self._ended = True
        for limit in self._running:
            limit.reschedule(0)
        downloader = self._crawler.engine.downloader
        for slot in downloader.slots.values():
            slot.delay = 0
            slot.close()
            downloader._process_queue(slot)

    async def _record(
        self, request: Request, tape: Tape, cut: Truncation | None, failure: str | None = None
    ) -> bool:
        """Archive what is on *tape*; False if nothing was sent. *failure* ended the download."""
        exchange = tape.exchange(urldefrag(request.url)[0], request.method, cut, failure)
        if exchange is None:
            return False
        request.meta["archive"] = await self._archived(exchange)
        return True

    async def _record_failure(self, request: Request, asked: datetime, error: Exception) -> None:
        """Archive that no connection came about, and why: a replay has to know."""
        if isinstance(error, RunEndedError):
            return
        exchange = Exchange(
            uri=urldefrag(request.url)[0],
            method=request.method,
            started=asked,
            request=b"",
            response=b"",
            failure=_described(error),
        )
        await self._archived(exchange)

    async def _archived(self, exchange: Exchange) -> RecordRef:
        try:
            return await self._recorder.record(exchange)
        except OSError as error:
            # An OSError would be retried: by default it is in RETRY_EXCEPTIONS.
            raise StorageError(f"{exchange.uri} could not be archived: {error}") from error


class TapedPool(HTTPConnectionPool):
    """Binds the tape of the download that asks for a connection to its Twisted request."""

    def getConnection(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Deferred[Any]:
        tape = _current.get()
        connection: Deferred[Any] = super().getConnection(key, endpoint)
        return connection.addCallback(_Binding, tape)


class _Binding:
    """A connection, or Twisted's retrying wrapper around one, for a single request."""

    def __init__(self, protocol: HTTP11ClientProtocol, tape: Tape) -> None:
        self._protocol = protocol
        self._tape = tape

    def request(self, txrequest: Any) -> Deferred[IResponse]:
        txrequest.tape = self._tape
        return self._protocol.request(txrequest)


class Tap(HTTP11ClientProtocol):
    """Records on the tape of the current request what this connection sends and receives."""

    _tape: Tape | None = None

    def request(self, request: Any) -> Deferred[IResponse]:
        tape: Tape = request.tape
        self._tape = tape
        tape.start(self.transport)

        def write_to(transport: Any) -> Any:
            # Else request and function hold each other, and all that was received, until the
            # garbage collector comes: that tripled its runs.
            del request.writeTo
            return request.writeTo(tape.teeing(transport))

        request.writeTo = write_to
        finished = super().request(request)
        if self._parser is not None:
            self._parser.MAX_LENGTH = MAX_HEAD
        return finished

    def dataReceived(self, data: bytes) -> None:
        tape = self._tape
        if tape is not None:
            tape.received(data, self.transport)
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        if tape is not None and self._in_head() and tape.size > MAX_HEAD:
            tape.cut = "length"
            self._give_up(HeadTooLongError(f"no end of head after {tape.size} bytes"))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._tape is not None and self._parser is not None:
            self._tape.cut = "disconnect"
            if not isinstance(reason.value, ConnectionDone):
                # A reset is no end, even of a body that lasts until the connection closes.
                self._tape = None
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def _finishResponse(self, rest: bytes) -> None:
        if self._tape is not None:
            self._tape.finish(surplus=len(rest))
            self._tape = None
        super()._finishResponse(rest)

    def _give_up(self, error: Exception) -> None:
        self._giveUp(Failure(error))  # type: ignore[no-untyped-call]

    def _in_head(self) -> bool:
        return self._parser is not None and self._parser.state in (STATUS, HEADER)


def _tapped_factory(factory: Any) -> Any:
    """*factory*, with `Tap` mixed into what it builds."""

    class TappedFactory(factory):  # type: ignore[misc]
        def buildProtocol(self, addr: IAddress | None) -> Any:
            protocol = super().buildProtocol(addr)
            protocol.__class__ = _tapped(protocol.__class__)
            return protocol

    return TappedFactory


@cache
def _tapped(protocol_class: Any) -> Any:
    return type(f"Tapped{protocol_class.__name__}", (Tap, protocol_class), {})


def _recorder(crawler: Crawler) -> Recorder:
    recorder = crawler.get_extension(cast("type[Any]", Recorder))
    if recorder is None:
        raise RuntimeError(
            f"{CaptureDownloadHandler.__name__} found no extension with a method record(exchange);"
            " add the archive to EXTENSIONS, or set ARCHIVE_MODE=off"
        )
    return cast("Recorder", recorder)


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_LONGEST_FAILURE]


def _cut_by(outcome: Response | Exception) -> Truncation | None:
    """Why Scrapy itself cut a message, if it did; the tape knows about the connection."""
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
