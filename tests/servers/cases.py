"""What the raw server answers, byte by byte, and what the archive must make of it."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from typing import Any, Literal

import brotli  # type: ignore[import-untyped]
from backports import zstd

TEXT = "<!doctype html><title>News</title><p>Überall Nachrichten, 每日新闻.</p>\n".encode() * 20
BIG = bytes(range(256)) * 40_960

End = Literal["keep", "close", "reset"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One exchange.

    ``answer`` is sent piece by piece, a number is a pause in seconds; then the connection is kept,
    closed or reset. ``surplus`` is how many of the last bytes are no part of the message.
    ``truncated``, ``kind`` and ``interim`` (number of 1xx heads) are what the archive must say.
    """

    answer: tuple[bytes | float, ...]
    end: End = "keep"
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    surplus: int = 0
    truncated: str | None = None
    kind: str | None = "response"
    interim: int = 0
    like_stock: bool = True


def reply(
    *fields: bytes, body: bytes = b"", status: bytes = b"200 OK", version: bytes = b"HTTP/1.1"
) -> bytes:
    """Return a message with the header lines *fields* as they are."""
    return b"\r\n".join((version + b" " + status, *fields, b"", body))


def sized(*fields: bytes, body: bytes = TEXT, status: bytes = b"200 OK") -> bytes:
    """Return a message that states the length of its body."""
    return reply(b"Content-Length: %d" % len(body), *fields, body=body, status=status)


def whole(*fields: bytes, body: bytes = TEXT, status: bytes = b"200 OK", **case: Any) -> Case:
    """Return a case with one complete message of known length."""
    return Case(answer=(sized(*fields, body=body, status=status),), **case)


# Without it, the next request may go to a connection that is about to close.
CLOSE = b"Connection: close"
CHUNKED = b"Transfer-Encoding: chunked"
FIVE_OF_TEN = reply(b"Content-Length: 10", body=b"12345")
SLOW_START = 1.0  # seconds, more than the time limit of what has them
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"

CASES: dict[str, Case] = {
    # complete: content and transfer encodings
    "plain": whole(b"Content-Type: text/html; charset=utf-8"),
    "gzip": whole(b"Content-Encoding: gzip", body=gzip.compress(TEXT, mtime=0)),
    "deflate": whole(b"Content-Encoding: deflate", body=zlib.compress(TEXT)),
    "br": whole(b"Content-Encoding: br", body=brotli.compress(TEXT)),
    "zstd": whole(b"Content-Encoding: zstd", body=zstd.compress(TEXT)),
    "chunked": Case(answer=(reply(CHUNKED, body=b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),)),
    "chunk-extensions": Case(answer=(reply(CHUNKED, body=b'5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n'),)),
    "chunk-trailers": Case(
        answer=(
            reply(CHUNKED, b"Trailer: X-Sum", body=b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n"),
        )
    ),
    "chunked-gzip": Case(
        answer=(
            reply(
                CHUNKED,
                b"Content-Encoding: gzip",
                body=b"%x\r\n" % len(gzip.compress(TEXT, mtime=0)),
            ),
            gzip.compress(TEXT, mtime=0),
            b"\r\n0\r\n\r\n",
        )
    ),
    "chunked-in-pieces": Case(
        answer=(reply(CHUNKED, body=b"5\r"), 0.05, b"\nhe", 0.05, b"llo\r\n0\r\n\r\n")
    ),
    "chunked-and-length": Case(
        answer=(reply(CHUNKED, CLOSE, b"Content-Length: 3", body=b"5\r\nhello\r\n0\r\n\r\n"),),
        end="close",
    ),
    "no-length": Case(answer=(reply(b"Content-Type: text/plain", body=TEXT),), end="close"),
    "empty": whole(body=b""),
    "big": whole(b"Content-Type: application/octet-stream", body=BIG),
    # complete: status lines
    "301": whole(b"Location: /plain", body=b"moved", status=b"301 Moved Permanently"),
    "302": whole(b"Location: //other.test/%C3%BC", body=b"", status=b"302 Found"),
    "307": whole(b"Location: /\xc3\xbc", body=b"", status=b"307 Temporary Redirect"),
    "204": Case(answer=(reply(b"X-A: b", status=b"204 No Content"),)),
    "304": Case(answer=(reply(b'ETag: "x"', b"Content-Length: 999", status=b"304 Not Modified"),)),
    "404": whole(body=b"gone", status=b"404 Not Found"),
    "500": whole(body=b"oops", status=b"500 Internal Server Error"),
    "599": whole(body=b"?", status=b"599 Whatever"),
    "no-reason": whole(status=b"200"),
    "empty-reason": whole(status=b"200 "),
    "odd-reason": whole(status=b"200 \xdcber: OK!  "),
    "http10": Case(answer=(reply(body=TEXT, version=b"HTTP/1.0"),), end="close"),
    "lower-case-http": Case(
        answer=(reply(CLOSE, b"content-length: 2", body=b"ok", version=b"http/1.1"),), end="close"
    ),
    # complete: heads
    "repeated": whole(b"Set-Cookie: a=1", b"X-R: 1", b"Set-Cookie: b=2", b"x-r: 2", b"X-R: 1"),
    "odd-case-and-order": whole(b"zZ: 1", b"CONTENT-type: text/plain", b"aA: 2", b"dATE: never"),
    "latin1": whole(b"X-Name: M\xfcnchen \x80\xff", b"X-Utf8: \xe6\x97\xa5"),
    "no-space": whole(b"X-A:b", b"X-B:\t c \t", b"X-Empty:"),
    "folded": whole(b"X-Long: one\r\n two\r\n\tthree", b"X-After: x"),
    "no-colon": whole(b"this line has no colon", b"X-After: x"),
    "lf-only": Case(answer=(b"HTTP/1.1 200 OK\nContent-Length: 2\nX-A: b\n\nok",)),
    "many-fields": whole(*(b"X-%d: %d" % (n, n) for n in range(1_500))),
    "long-line": whole(b"X-Long: " + b"x" * 200_000, like_stock=False),
    "in-pieces": Case(
        answer=(b"HT", 0.05, b"TP/1.1 200 OK\r", 0.05, b"\nContent-Length: 2\r\n\r\no", 0.05, b"k")
    ),
    "early-hints": Case(answer=(EARLY, 0.05, sized()), interim=1),
    "continue-twice": Case(answer=(b"HTTP/1.1 100 Continue\r\n\r\n" + EARLY + sized(),), interim=2),
    "surplus": Case(answer=(sized(CLOSE, body=b"12345") + b"SURPLUS",), end="close", surplus=7),
    "surplus-after-304": Case(
        answer=(reply(CLOSE, status=b"304 Not Modified") + b"body!",), end="close", surplus=5
    ),
    # complete: methods
    "head": Case(answer=(reply(b"Content-Length: 4711"),), method="HEAD"),
    "post": Case(
        answer=(sized(),),
        method="POST",
        body=b"q=\xff\x00&r=1",
        headers={"Content-Type": "application/octet-stream"},
    ),
    "post-empty": whole(method="POST"),
    # cut by the server
    "cut-body": Case(answer=(FIVE_OF_TEN,), end="close", truncated="disconnect"),
    "cut-body-accepted": Case(
        answer=(FIVE_OF_TEN,),
        end="close",
        meta={"download_fail_on_dataloss": False},
        truncated="disconnect",
    ),
    "cut-chunk": Case(
        answer=(reply(CHUNKED, body=b"a\r\nhello"),), end="close", truncated="disconnect"
    ),
    "cut-head": Case(
        answer=(b"HTTP/1.1 200 OK\r\nContent-Le",), end="close", truncated="disconnect"
    ),
    "cut-after-hints": Case(answer=(EARLY,), end="close", kind=None, interim=1),
    "reset-body": Case(answer=(FIVE_OF_TEN, 0.1), end="reset", truncated="disconnect"),
    "reset-no-length": Case(
        answer=(reply(body=b"12345"), 0.1), end="reset", truncated="disconnect"
    ),
    "reset-head": Case(answer=(b"HTTP/1.1 200 OK\r\n", 0.1), end="reset", truncated="disconnect"),
    "silent-close": Case(answer=(), end="close", kind=None),
    # cut by us: after the time limit, which does not count until they stall
    "stall-body": Case(
        answer=(SLOW_START, FIVE_OF_TEN, 30.0), meta={"download_timeout": 0.8}, truncated="time"
    ),
    "stall-head": Case(
        answer=(SLOW_START, b"HTTP/1.1 200", 30.0), meta={"download_timeout": 0.8}, truncated="time"
    ),
    "stall-at-once": Case(answer=(30.0,), meta={"download_timeout": 0.8}, kind=None),
    "too-big-announced": Case(
        answer=(reply(b"Content-Length: 1540"), 30.0),
        meta={"download_maxsize": 100},
        truncated="length",
    ),
    "too-big-found": Case(
        answer=(reply(b"X-A: b"), TEXT, 0.1, TEXT, 30.0),
        meta={"download_maxsize": 100},
        truncated="length",
    ),
    "stopped-at-head": Case(
        answer=(sized(body=TEXT * 50),), meta={"stop": "headers_received"}, truncated="unspecified"
    ),
    "stopped-in-body": Case(
        answer=(sized(body=TEXT * 1000),), meta={"stop": "bytes_received"}, truncated="unspecified"
    ),
    "endless-head": Case(
        answer=(b"HTTP/1.1 200 OK\r\n", *[b"X-Line: %s\r\n" % (b"y" * 1000)] * 400, 30.0),
        truncated="length",
        like_stock=False,
    ),
    # hardly HTTP, or not at all
    "garbage": Case(
        answer=(b"\x00\x01\x02 garbage\r\n\r\n\xff\xfe",),
        end="close",
        truncated="unspecified",
        kind="resource",
    ),
    "ssh": Case(
        answer=(b"SSH-2.0-OpenSSH_9.2\r\n",), end="close", truncated="unspecified", kind="resource"
    ),
    "bad-status": Case(
        answer=(b"HTTP/1.1 abc OK\r\n\r\n",), end="close", truncated="unspecified", kind="resource"
    ),
    "two-lengths": Case(
        answer=(reply(b"Content-Length: 5", b"Content-Length: 6", body=b"123456"),),
        end="close",
        truncated="unspecified",
    ),
    "odd-transfer-encoding": Case(
        answer=(reply(b"Transfer-Encoding: gzip", body=b"x"),), end="close", truncated="unspecified"
    ),
    "space-before-colon": whole(b"X-C :d", truncated="unspecified"),
    "bad-chunk": Case(
        answer=(reply(CHUNKED, body=b"zz\r\nhello\r\n0\r\n\r\n"),),
        end="close",
        truncated="unspecified",
    ),
}
