"""WARC/1.1 records, built and not yet written (ISO 28500:2017).

Each builder returns a warcio record whose ``raw_stream`` is the block itself, with
``http_headers=None``: given parsed headers, warcio writes the HTTP head anew and changes its
bytes. Both digests are computed here.

URIs are made safe by percent-encoding; any other field with a control character, line separator
or direction mark is refused with ValueError, since warcio writes field values unchecked.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

from crawler.items import RecordRef
from crawler.warc.digests import sha1_digest
from crawler.warc.exchange import without_userinfo
from crawler.warc.message import head_length, is_chunked, is_response, payload_pieces, status
from crawler.warc.warc_dates import warc_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.warc.exchange import Exchange
    from crawler.warc.head import Fields
    from crawler.warc.reader import Record
    from crawler.warc.spool import Buffer

WARC_VERSION = "WARC/1.1"
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
MIN_REVISIT_SIZE = 1024
"""Bytes of a payload from which on a revisit is smaller than the response it replaces."""

REDACTED_FIELD = "Newsreel-Redacted"
"""Our own field (readers skip names they do not know, WARC/1.1, 4): what `redact` took out."""

FAILURE = "failure"
"""The field of a JSON ``metadata`` record that says why there is no answer of a URI."""

_WARCINFO_ID = "WARC-Warcinfo-ID"
_MAX_FAILURE_SIZE = 1 << 14

_URI_SAFE = "!#$%&'()*+,-./:;=?@[\\]^_`{|}~\""
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

_VISIBLE = re.compile(r"[!-;=?-~]+")


class KnownCaptures(Protocol):
    """The captures that are archived already, for `revisit` records to refer to."""

    def with_payload(self, payload_digest: str) -> RecordRef | None:
        """Return a complete response with this payload, if there is one."""

    def latest(self, uri: str) -> RecordRef | None:
        """Return the last complete response of *uri*, if there is one."""


def new_id() -> str:
    """Return a new WARC-Record-ID."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def new_ref(uri: str, date: datetime) -> RecordRef:
    """Return the reference to a record that is still to be built."""
    return RecordRef(record_id=new_id(), uri=safe_uri(uri), date=warc_date(date))


def exchange_records(
    exchange: Exchange, ref: RecordRef | None = None, captures: KnownCaptures | None = None
) -> list[ArcWarcRecord]:
    """Return all records of *exchange*, the one to refer to first; that one gets the id of *ref*.

    The first is the response (a ``resource`` where the answer was not HTTP, a ``revisit`` where
    *captures* holds the payload already), or the request where nothing came back, with a
    ``metadata`` record that says why. Where nothing could be sent, that record is the only one. The
    heads of 1xx responses follow as ``metadata`` records.
    """
    ref = ref or new_ref(exchange.uri, exchange.started)
    if not exchange.request:
        return [_failure_record(exchange, ref)]
    if not exchange.response:
        lone, why = request(exchange, ref=ref), _beside(ref)
        failures = [_failure_record(exchange, why, ref.record_id)] if exchange.failure else []
        return [lone, *failures, *_interim_records(exchange, ref, concurrent_to=None)]
    return [
        response(exchange, ref, captures),
        request(exchange, concurrent_to=ref.record_id, ref=_beside(ref)),
        *_interim_records(exchange, ref, concurrent_to=ref.record_id),
    ]


def _beside(ref: RecordRef) -> RecordRef:
    """Return the reference to another record of the same exchange, still to be built."""
    return RecordRef(record_id=new_id(), uri=ref.uri, date=ref.date)


def warcinfo(fields: Mapping[str, str], filename: str | None = None) -> ArcWarcRecord:
    """Return *fields* as ``application/warc-fields``: those of a run, or of the file *filename*.

    The latter is the first record of its file.
    """
    lines = [f"{name}: {_checked(name, value)}\r\n" for name, value in fields.items()]
    ref = new_ref("", datetime.now(UTC))
    block = "".join(lines).encode()
    name = _optional_field("WARC-Filename", filename)
    return _record("warcinfo", block, ref, "application/warc-fields", name)


def belonging_to(warcinfo_id: str, record: ArcWarcRecord) -> ArcWarcRecord:
    """Return *record*, which says from now on that it belongs to a warcinfo record.

    Without that it belongs to the last one before it (WARC/1.1, 5.16), which may be of another run.
    """
    headers = record.rec_headers.headers
    if headers[-1][0] == _WARCINFO_ID:  # its first write failed
        del headers[-1]
    headers.append((_WARCINFO_ID, warcinfo_id))
    return record


def response(
    exchange: Exchange, ref: RecordRef | None = None, captures: KnownCaptures | None = None
) -> ArcWarcRecord:
    """Return what came back in *exchange*, byte for byte: a ``resource`` where it is not HTTP.

    A ``revisit`` has the head alone: the payload is that of the original it refers to.
    """
    message = exchange.response
    ref = ref or new_ref(exchange.uri, exchange.started)
    fields = _connection_fields(exchange) + _optional_field("WARC-Truncated", exchange.truncated)
    if not is_response(message):
        kind = "application/octet-stream"
        return _record("resource", message, ref, kind, fields, sha1_digest(message))
    payload_digest = sha1_digest(*payload_pieces(message))
    kind = "application/http; msgtype=response"
    if captures and (revisit := _revisit_fields(exchange, payload_digest, captures)):
        head = message[: head_length(message)]
        return _record("revisit", head, ref, kind, fields + revisit)
    return _record("response", message, ref, kind, fields, payload_digest)


def _revisit_fields(exchange: Exchange, payload_digest: str, captures: KnownCaptures) -> Fields:
    """Return the fields that make a revisit, or none if there has to be a whole record.

    A response that was cut is never a revisit: nobody knows whether the rest is the same.
    """
    if exchange.truncated:
        return []
    if status(exchange.response) == "304":
        # What came has no payload of its own (WARC/1.1, 6.7.3), hence no digest.
        original = captures.latest(safe_uri(exchange.uri))
        return [("WARC-Profile", NOT_MODIFIED), *_refers_to_fields(original)] if original else []
    original = captures.with_payload(payload_digest)
    if original and _may_be_revisit(exchange.response):
        return [
            ("WARC-Profile", IDENTICAL_PAYLOAD),
            *_refers_to_fields(original),
            ("WARC-Payload-Digest", payload_digest),
            ("WARC-Truncated", "length"),  # WARC/1.1, 6.7.2 asks for it
        ]
    return []


def _may_be_revisit(message: Buffer) -> bool:
    """Return whether the payload is large, and the body has no trailers, which would be lost."""
    if sum(map(len, payload_pieces(message))) < MIN_REVISIT_SIZE:
        return False
    return not is_chunked(message) or bytes(message[-7:]) == b"\r\n0\r\n\r\n"


def request(
    exchange: Exchange, concurrent_to: str | None = None, ref: RecordRef | None = None
) -> ArcWarcRecord:
    """Return the request of *exchange*, byte for byte but for what was redacted."""
    fields = _connection_fields(exchange) + _optional_field("WARC-Concurrent-To", concurrent_to)
    if exchange.redacted:
        fields.append((REDACTED_FIELD, ", ".join(exchange.redacted)))
    ref = ref or new_ref(exchange.uri, exchange.started)
    kind = "application/http; msgtype=request"
    payload_digest = sha1_digest(*payload_pieces(exchange.request))
    return _record("request", exchange.request, ref, kind, fields, payload_digest)


def resource(ref: RecordRef, block: bytes, content_type: str) -> ArcWarcRecord:
    """Return a ``resource`` with the id of *ref*: what came without HTTP, or unreadable HTTP."""
    return _record("resource", block, ref, content_type, [], sha1_digest(block))


def conversion(
    ref: RecordRef,
    block: bytes,
    *,
    refers_to: RecordRef | None = None,
    content_type: str = "text/plain; charset=utf-8",
) -> ArcWarcRecord:
    """Return a ``conversion`` with the id of *ref*: another form of the record *refers_to*."""
    fields = _refers_to_id(refers_to)
    return _record("conversion", block, ref, content_type, fields, sha1_digest(block))


def metadata(
    ref: RecordRef,
    block: bytes,
    *,
    refers_to: RecordRef | None = None,
    concurrent_to: str | None = None,
    content_type: str = "application/json",
) -> ArcWarcRecord:
    """Return a ``metadata`` with the id of *ref*: what is known of a record, or of the URI."""
    fields = _refers_to_id(refers_to)
    fields += _optional_field("WARC-Concurrent-To", concurrent_to)
    return _record("metadata", block, ref, content_type, fields)


def serialize(record: ArcWarcRecord) -> tuple[Buffer, ...]:
    """Return *record* as it stands in an uncompressed file, in pieces.

    warcio's own writer would add a payload digest to metadata records, which have no payload.
    """
    lines = [f"{name}: {value}\r\n" for name, value in record.rec_headers.headers]
    head = f"{record.rec_headers.protocol}\r\n{''.join(lines)}\r\n"
    return head.encode(), record.raw_stream, b"\r\n\r\n"


def record_id(record: ArcWarcRecord) -> str:
    """Return the WARC-Record-ID of *record*, ``<urn:uuid:…>``."""
    return str(record.rec_headers.get_header("WARC-Record-ID"))


def safe_uri(uri: str) -> str:
    """Return *uri* without credentials, all but visible ASCII percent-encoded as UTF-8."""
    uri = without_userinfo(uri)
    return uri if _VISIBLE.fullmatch(uri) else quote(uri, safe=_URI_SAFE, errors="surrogatepass")


def _failure_record(
    exchange: Exchange, ref: RecordRef, concurrent_to: str | None = None
) -> ArcWarcRecord:
    facts = {"method": exchange.method, FAILURE: exchange.failure}
    return metadata(ref, json.dumps(facts).encode(), concurrent_to=concurrent_to)


def failure_of(record: Record) -> tuple[str, str] | None:
    """Return method and failure if *record* says why a request has no answer, else None."""
    if record.type != "metadata" or len(record.block) > _MAX_FAILURE_SIZE:
        return None
    try:
        facts = json.loads(bytes(record.block).decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(facts, dict):
        return None
    method, failure = facts.get("method"), facts.get(FAILURE)
    return (method, failure) if isinstance(method, str) and isinstance(failure, str) else None


def _interim_records(
    exchange: Exchange, ref: RecordRef, concurrent_to: str | None
) -> list[ArcWarcRecord]:
    return [
        metadata(
            _beside(ref),
            head,
            concurrent_to=concurrent_to,
            content_type="message/http; msgtype=response",
        )
        for head in exchange.interim
    ]


def _connection_fields(exchange: Exchange) -> Fields:
    protocols = [("WARC-Protocol", protocol) for protocol in exchange.protocols]
    return _optional_field("WARC-IP-Address", exchange.ip_address) + protocols


def _refers_to_id(ref: RecordRef | None) -> Fields:
    """Return what `conversion` and `metadata` may say of another record (WARC/1.1, 5.11 to 5.13).

    Its URI and date are for revisits alone; the JSON of our metadata records has them.
    """
    return _optional_field("WARC-Refers-To", ref.record_id if ref else None)


def _refers_to_fields(ref: RecordRef) -> Fields:
    """Return what a revisit says of its original."""
    return [
        ("WARC-Refers-To", ref.record_id),
        ("WARC-Refers-To-Target-URI", safe_uri(ref.uri)),
        ("WARC-Refers-To-Date", ref.date),
    ]


def _optional_field(name: str, value: str | None) -> Fields:
    return [] if value is None else [(name, value)]


def _record(
    rec_type: str,
    block: Buffer,
    ref: RecordRef,
    content_type: str,
    fields: Fields,
    payload_digest: str | None = None,
) -> ArcWarcRecord:
    """Return a record whose raw stream is the block itself."""
    headers: Fields = [
        ("WARC-Type", rec_type),
        ("WARC-Record-ID", ref.record_id),
        ("WARC-Date", ref.date),
        *_optional_field("WARC-Target-URI", ref.uri or None),
        *fields,
        ("Content-Type", content_type),
        *_optional_field("WARC-Payload-Digest", payload_digest),
        ("WARC-Block-Digest", sha1_digest(block)),
        ("Content-Length", str(len(block))),
    ]
    if _UNSAFE.search("".join(value for _, value in headers)):
        headers = [(name, _checked(name, value)) for name, value in headers]
    rec_headers = StatusAndHeaders("", (), protocol=WARC_VERSION)
    rec_headers.headers = headers  # the constructor would look whether each is bytes
    return ArcWarcRecord("warc", rec_type, rec_headers, block, None, content_type, len(block))


def _checked(name: str, value: str) -> str:
    if unsafe := _UNSAFE.search(value):
        raise ValueError(
            f"WARC field {name} cannot hold {unsafe[0]!r}: {value!r}; remove it before writing"
        )
    return value
