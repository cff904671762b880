"""WARC/1.1 records, built and not yet written (ISO 28500:2017).

Each builder returns a warcio record with a raw block and ``http_headers=None``: given parsed
headers, warcio writes the HTTP head anew and changes its bytes. Both digests are computed here.

URIs are made safe by percent-encoding; any other field with a control character, line separator
or direction mark is refused with ValueError, since warcio writes field values unchecked.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

from crawler.warc.exchange import without_userinfo
from crawler.warc.message import is_response, payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.items import RecordRef
    from crawler.warc.exchange import Exchange

WARC_VERSION = "WARC/1.1"
REDACTED_FIELD = "Newsreel-Redacted"
"""Our own field (readers skip names they do not know, WARC/1.1, 4): what `redact` took out."""

_URI_SAFE = "!#$%&'()*+,-./:;=?@[\\]^_`{|}~\""
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

_VISIBLE = re.compile(r"[!-;=?-~]+")

Fields = list[tuple[str, str]]


def exchange_records(exchange: Exchange) -> list[ArcWarcRecord]:
    """All records of *exchange*, the one to refer to first.

    That is the response (a ``resource`` where the answer was not HTTP), or the request alone
    where nothing came back. The heads of 1xx responses follow as ``metadata`` records.
    """
    if not exchange.response:
        return [request(exchange), *_interim(exchange, concurrent_to=None)]
    answer = response(exchange)
    answer_id = record_id(answer)
    return [
        answer,
        request(exchange, concurrent_to=answer_id),
        *_interim(exchange, concurrent_to=answer_id),
    ]


def warcinfo(filename: str, fields: Mapping[str, str]) -> ArcWarcRecord:
    """The first record of a file: *fields* as ``application/warc-fields``."""
    lines = [f"{name}: {_checked(name, value)}\r\n" for name, value in fields.items()]
    return _record(
        "warcinfo",
        "".join(lines).encode(),
        date=datetime.now(UTC),
        content_type="application/warc-fields",
        fields=[("WARC-Filename", filename)],
    )


def response(exchange: Exchange) -> ArcWarcRecord:
    """What came back in *exchange*, byte for byte: a ``resource`` where it is not HTTP."""
    is_http = is_response(exchange.response)
    http_type = "application/http; msgtype=response"
    return _record(
        "response" if is_http else "resource",
        exchange.response,
        date=exchange.started,
        content_type=http_type if is_http else "application/octet-stream",
        uri=exchange.uri,
        fields=_carrier(exchange) + _optional("WARC-Truncated", exchange.truncated),
        entity=payload(exchange.response) if is_http else exchange.response,
    )


def request(exchange: Exchange, concurrent_to: str | None = None) -> ArcWarcRecord:
    """The request of *exchange*, byte for byte but for what was redacted."""
    fields = _carrier(exchange) + _optional("WARC-Concurrent-To", concurrent_to)
    if exchange.redacted:
        fields.append((REDACTED_FIELD, ", ".join(exchange.redacted)))
    return _record(
        "request",
        exchange.request,
        date=exchange.started,
        content_type="application/http; msgtype=request",
        uri=exchange.uri,
        fields=fields,
        entity=payload(exchange.request),
    )


def resource(uri: str, block: bytes, content_type: str, date: datetime) -> ArcWarcRecord:
    """A thing that came without HTTP, or whose HTTP could not be read."""
    return _record("resource", block, date=date, content_type=content_type, uri=uri, entity=block)


def conversion(
    uri: str,
    block: bytes,
    *,
    date: datetime,
    refers_to: RecordRef | None = None,
    content_type: str = "text/plain; charset=utf-8",
) -> ArcWarcRecord:
    """Another form of the content of the record *refers_to*, where that is archived."""
    return _record(
        "conversion",
        block,
        date=date,
        content_type=content_type,
        uri=uri,
        fields=_refers(refers_to) if refers_to else [],
        entity=block,
    )


def metadata(
    uri: str,
    block: bytes,
    *,
    date: datetime,
    refers_to: RecordRef | None = None,
    concurrent_to: str | None = None,
    content_type: str = "application/json",
) -> ArcWarcRecord:
    """What is known about a record, or about the *uri*."""
    fields = _refers(refers_to) if refers_to else []
    fields += _optional("WARC-Concurrent-To", concurrent_to)
    return _record("metadata", block, date=date, content_type=content_type, uri=uri, fields=fields)


def serialised(record: ArcWarcRecord) -> bytes:
    """*record* as it stands in an uncompressed file.

    warcio's own writer would add a payload digest to metadata records, which have no payload.
    """
    head: bytes = record.rec_headers.to_bytes(encoding="utf-8")
    return b"".join((head, record.raw_stream.getvalue(), b"\r\n\r\n"))


def record_id(record: ArcWarcRecord) -> str:
    """The WARC-Record-ID of *record*, ``<urn:uuid:…>``."""
    return str(record.rec_headers.get_header("WARC-Record-ID"))


def warc_date(moment: datetime) -> str:
    """*moment* as a WARC-Date in UTC with microseconds (WARC/1.1, 5.4)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def digest(data: bytes) -> str:
    """``sha1:`` and base32, the form that pywb and most archives use."""
    sha1 = hashlib.sha1(data, usedforsecurity=False)
    return "sha1:" + base64.b32encode(sha1.digest()).decode("ascii")


def safe_uri(uri: str) -> str:
    """*uri* in visible ASCII and without credentials: all else is percent-encoded as UTF-8."""
    uri = without_userinfo(uri)
    return uri if _VISIBLE.fullmatch(uri) else quote(uri, safe=_URI_SAFE, errors="surrogatepass")


def _interim(exchange: Exchange, concurrent_to: str | None) -> list[ArcWarcRecord]:
    return [
        metadata(
            exchange.uri,
            head,
            date=exchange.started,
            concurrent_to=concurrent_to,
            content_type="message/http; msgtype=response",
        )
        for head in exchange.interim
    ]


def _carrier(exchange: Exchange) -> Fields:
    protocols = [("WARC-Protocol", protocol) for protocol in exchange.protocols]
    return _optional("WARC-IP-Address", exchange.ip_address) + protocols


def _refers(ref: RecordRef) -> Fields:
    return [
        ("WARC-Refers-To", ref.record_id),
        ("WARC-Refers-To-Target-URI", safe_uri(ref.uri)),
        ("WARC-Refers-To-Date", ref.date),
    ]


def _optional(name: str, value: str | None) -> Fields:
    return [] if value is None else [(name, value)]


def _record(
    rec_type: str,
    block: bytes,
    *,
    date: datetime,
    content_type: str,
    uri: str | None = None,
    fields: Fields | None = None,
    entity: bytes | None = None,
) -> ArcWarcRecord:
    """Put a record together; *entity* is the payload where one is defined (WARC/1.1, 5.9)."""
    headers: Fields = [
        ("WARC-Type", rec_type),
        ("WARC-Record-ID", f"<urn:uuid:{uuid.uuid4()}>"),
        ("WARC-Date", warc_date(date)),
        *_optional("WARC-Target-URI", None if uri is None else safe_uri(uri)),
        *(fields or []),
        ("Content-Type", content_type),
        *_optional("WARC-Payload-Digest", None if entity is None else digest(entity)),
        ("WARC-Block-Digest", digest(block)),
        ("Content-Length", str(len(block))),
    ]
    if _UNSAFE.search("".join(value for _, value in headers)):
        headers = [(name, _checked(name, value)) for name, value in headers]
    rec_headers = StatusAndHeaders("", headers, protocol=WARC_VERSION)
    return ArcWarcRecord(
        "warc", rec_type, rec_headers, BytesIO(block), None, content_type, len(block)
    )


def _checked(name: str, value: str) -> str:
    if unsafe := _UNSAFE.search(value):
        raise ValueError(
            f"WARC field {name} cannot hold {unsafe[0]!r}: {value!r}; remove it before writing"
        )
    return value
