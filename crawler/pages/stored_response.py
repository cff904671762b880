"""An archived answer made into the response that a crawl would have seen.

Other tools may have stored it in another form: a body without the transfer or content encoding that
its head still names (pywb, browsers), an answer without HTTP (a `resource` record).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers
from scrapy.http.response import Response
from scrapy.responsetypes import responsetypes
from w3lib.http import headers_raw_to_dict

from crawler.sources.charset import with_charset
from crawler.warc.client_form import is_stored_decoded
from crawler.warc.message import head_length, is_chunked, payload_pieces, status

if TYPE_CHECKING:
    from crawler.warc.reader import Record
    from crawler.warc.spool import Buffer

_LAST_CHUNK = re.compile(rb"(?:\A|\r\n)0+[ \t]*(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*\r\n\Z")
_TRAILERS = 1 << 14  # bytes at the end of a body among which its last chunk begins
_TEXTS = ("", "text/html", "application/xhtml+xml", "text/plain", "text/xml", "application/xml")
_MORE_TEXTS = re.compile(r"application/(?:[\w.-]*\+)?(?:json|xml)|text/json")
_MOST_ENCODINGS = 2


class SkippedError(Exception):
    """A capture that holds no article; ``reason`` is its stats key below ``warc/skipped/``.

    ``evidence`` says of a page why it is none, empty where the reason says all.
    """

    def __init__(self, reason: str, evidence: str = "") -> None:
        super().__init__(reason, evidence)
        self.reason = reason
        self.evidence = evidence


def response_of(record: Record, url: str, max_size: int, *, of_any_type: bool = False) -> Response:
    """Return the answer in *record*, to a request for *url*, with its encodings undone.

    Raises `SkippedError` if its status is not 200, if it was cut short, if its body has more than
    *max_size* bytes, or, unless it may be *of_any_type*, if its media type is none that holds text.
    """
    if record.header("WARC-Truncated"):
        raise SkippedError("truncated")
    if record.type == "resource":
        headers = Headers({"Content-Type": record.header("Content-Type") or ""})
        pieces = [memoryview(record.block)]
    else:
        headers = _headers(record.block)
        pieces = _body(record.block, headers)
    if not (of_any_type or _is_text(media_type(headers))):
        raise SkippedError("media_type")
    if sum(map(len, pieces)) > max_size:
        raise SkippedError("too_large")
    return with_charset(_decoded(url, headers, b"".join(pieces), max_size))


def media_type(headers: Headers) -> str:
    """Return the media type that *headers* name, in lower case; empty where they name none."""
    value = headers.get("Content-Type") or b""
    return value.partition(b";")[0].strip().lower().decode("latin-1")


def _is_text(kind: str) -> bool:
    return kind in _TEXTS or _MORE_TEXTS.fullmatch(kind) is not None


def _headers(block: Buffer) -> Headers:
    code = status(block)
    if code is None:
        raise SkippedError("no_http")
    if code != "200":
        raise SkippedError("status")
    lines = bytes(block[: head_length(block)]).splitlines(keepends=True)[1:]
    fields = b"".join(line for line in lines if not line.startswith(b":"))
    return Headers(headers_raw_to_dict(fields))


def _body(block: Buffer, headers: Headers) -> list[memoryview]:
    """Return the body in pieces, its transfer encoding undone, unless it was cut short."""
    body = memoryview(block)[head_length(block) :]
    if is_chunked(block):
        pieces = list(payload_pieces(block))
        was_in_chunks = sum(map(len, pieces)) < len(body)
        if was_in_chunks and not _LAST_CHUNK.search(bytes(body[-_TRAILERS:])):
            raise SkippedError("truncated")
        return pieces
    length = (headers.get("Content-Length") or b"").strip()
    if length.isdigit() and len(body) < int(length[:18]):
        raise SkippedError("truncated")
    return [body]


def _decoded(url: str, headers: Headers, body: bytes, max_size: int) -> Response:
    encodings = b",".join(headers.getlist("Content-Encoding")).split(b",")
    if len(encodings) > _MOST_ENCODINGS:
        raise SkippedError("encoding")
    kind = responsetypes.from_args(headers=headers, url=url, body=body)
    response = kind(url, headers=headers, body=body)
    if not any(encodings):
        return response
    if is_stored_decoded(body, b",".join(encodings)):
        return _without_encoding(response)
    request = Request(url, meta={"download_maxsize": max_size, "download_warnsize": 0})
    try:
        found = _Compression().process_response(request, response)
    except IgnoreRequest:
        raise SkippedError("too_large") from None
    except Exception:  # noqa: BLE001 - each encoding has errors of its own
        raise SkippedError("encoding") from None
    assert isinstance(found, Response)
    if "Content-Encoding" in found.headers:
        raise SkippedError("encoding")
    return found


def _without_encoding(response: Response) -> Response:
    """Return *response* without the encoding that its head names and its body does not have."""
    headers = response.headers.copy()
    del headers["Content-Encoding"]
    kind = responsetypes.from_args(headers=headers, url=response.url, body=response.body)
    return kind(response.url, headers=headers, body=response.body)


class _Compression(HttpCompressionMiddleware):
    """Scrapy's own code that undoes encodings, made to work without a crawler."""

    def __init__(self) -> None:
        self.stats = None
        self._max_size = self._warn_size = 0  # each request has its own in its meta
