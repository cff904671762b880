"""WARC records: their fields, digests and blocks, before anything is written."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import RecordRef
from crawler.warc import records
from crawler.warc.reader import Record
from crawler.warc.spool import Spool
from crawler.warc.warc_dates import warc_date
from tests.warc.examples import REQUEST, RESPONSE, STARTED, exchange

EMPTY_SHA1 = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
REF = RecordRef(
    record_id="<urn:uuid:12345678-1234-1234-1234-123456789abc>",
    uri="https://news.test/wp-json/wp/v2/posts?page=1",
    date="2024-04-11T08:30:00.123456Z",
    file="x.warc.gz",
    offset=0,
    length=1,
)
NEW = records.new_ref("https://news.test/a", STARTED)


def fields(record: Any) -> dict[str, str]:
    names = [name for name, _ in record.rec_headers.headers]
    assert len(names) == len(set(names)) + max(names.count("WARC-Protocol") - 1, 0)
    return dict(record.rec_headers.headers)


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def test_response() -> None:
    record = records.response(exchange())
    found = fields(record)
    assert re.fullmatch(r"<urn:uuid:[0-9a-f-]{36}>", found.pop("WARC-Record-ID"))
    assert found == {
        "WARC-Type": "response",
        "WARC-Date": "2024-04-11T08:30:00.123456Z",
        "WARC-Target-URI": "https://news.test/a",
        "WARC-IP-Address": "198.51.100.7",
        "WARC-Protocol": "tls/1.3",
        "Content-Type": "application/http; msgtype=response",
        "WARC-Payload-Digest": sha1(b"ok"),
        "WARC-Block-Digest": sha1(RESPONSE),
        "Content-Length": str(len(RESPONSE)),
    }
    assert record.raw_stream == RESPONSE
    assert record.rec_headers.protocol == "WARC/1.1"
    assert record.http_headers is None


def test_payload_digest_is_without_chunks_and_with_content_encoding() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    found = fields(records.response(exchange(response=chunked + b"2\r\n\x1f\x8b\r\n0\r\n\r\n")))
    assert found["WARC-Payload-Digest"] == sha1(b"\x1f\x8b")


def test_request() -> None:
    secret = REQUEST[:-2] + b"Cookie: a=b\r\n\r\n"
    record = records.request(exchange(request=secret), concurrent_to=REF.record_id)
    found = fields(record)
    assert found["WARC-Concurrent-To"] == REF.record_id
    assert found["Newsreel-Redacted"] == "Cookie"
    assert found["WARC-Payload-Digest"] == EMPTY_SHA1
    assert record.raw_stream == REQUEST[:-2] + b"Cookie: [redacted]\r\n\r\n"
    assert "Newsreel-Redacted" not in fields(records.request(exchange()))


def kinds(built: list[Any]) -> list[str]:
    return [record.rec_type for record in built]


def test_records_of_an_exchange() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    built = records.exchange_records(exchange(response=hints + RESPONSE))
    assert kinds(built) == ["response", "request", "metadata"]
    answer, *others = map(fields, built)
    assert {one["WARC-Concurrent-To"] for one in others} == {answer["WARC-Record-ID"]}
    assert built[2].raw_stream == hints
    assert others[1]["Content-Type"] == "message/http; msgtype=response"


def test_what_is_not_http_is_a_resource() -> None:
    built = records.exchange_records(exchange(response=b"SSH-2.0\r\n", truncated="unspecified"))
    assert kinds(built) == ["resource", "request"]
    found = fields(built[0])
    assert found["Content-Type"] == "application/octet-stream"
    assert found["WARC-Truncated"] == "unspecified"
    assert found["WARC-Payload-Digest"] == found["WARC-Block-Digest"] == sha1(b"SSH-2.0\r\n")


def test_without_an_answer_there_is_only_the_request() -> None:
    built = records.exchange_records(exchange(response=b"", truncated="time"))
    assert kinds(built) == ["request"]
    assert "WARC-Truncated" not in fields(built[0])


def test_conversion_points_to_what_it_was_made_from() -> None:
    text = " date 2024-04-11 Überschrift\n".encode()
    record = records.conversion(NEW, text, refers_to=REF)
    found = fields(record)
    assert found["WARC-Refers-To"] == REF.record_id
    assert not found.keys() & {"WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"}
    assert found["Content-Type"] == "text/plain; charset=utf-8"
    assert found["WARC-Payload-Digest"] == found["WARC-Block-Digest"] == sha1(text)
    assert record.raw_stream == text


def test_metadata() -> None:
    about = records.metadata(NEW, b"{}", refers_to=REF)
    assert fields(about)["WARC-Refers-To"] == REF.record_id
    assert fields(about)["Content-Type"] == "application/json"
    assert "WARC-Payload-Digest" not in fields(about)
    beside = records.metadata(NEW, b"{}", concurrent_to="<urn:x>")
    assert fields(beside)["WARC-Concurrent-To"] == "<urn:x>"


def test_warcinfo() -> None:
    record = records.warcinfo({"software": "newsreel/1", "isPartOf": "bbc"}, "x.warc.gz")
    assert fields(record)["WARC-Filename"] == "x.warc.gz"
    assert record.raw_stream == b"software: newsreel/1\r\nisPartOf: bbc\r\n"


def test_serialised() -> None:
    record = records.metadata(NEW, b"{}")
    head, empty, block = b"".join(records.serialize(record)).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"WARC/1.1"
    assert lines[-1] == b"Content-Length: 2"
    assert lines[1:] == [f"{k}: {v}".encode() for k, v in record.rec_headers.headers]
    assert (empty, block) == (b"\r\n\r\n", b"{}\r\n\r\n")


def test_dates_are_utc_with_microseconds() -> None:
    there = timezone(timedelta(hours=9))
    assert warc_date(datetime(2024, 1, 1, 3, tzinfo=there)) == "2023-12-31T18:00:00.000000Z"
    assert warc_date(datetime(2024, 1, 1, tzinfo=UTC)) == "2024-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://a.test/?q=a%20b&c=[1]|~#x", "https://a.test/?q=a%20b&c=[1]|~#x"),
        ("https://a.test/\r\nWARC-Type: x", "https://a.test/%0D%0AWARC-Type:%20x"),
        ("https://a.test/\x85\u2028\u202e\x7f", "https://a.test/%C2%85%E2%80%A8%E2%80%AE%7F"),
        ("https://a.test/每<b>", "https://a.test/%E6%AF%8F%3Cb%3E"),
        ("https://a.test/\ud800", "https://a.test/%ED%A0%80"),
        ("https://me:pass@a.test/", "https://a.test/"),
    ],
)
def test_uris_are_made_safe(uri: str, expected: str) -> None:
    assert (
        fields(records.resource(records.new_ref(uri, STARTED), b"", "text/plain"))[
            "WARC-Target-URI"
        ]
        == expected
    )


@given(st.text())
def test_any_uri_is_one_visible_line_and_stays_so(uri: str) -> None:
    safe = records.safe_uri(uri)
    assert re.fullmatch("[!-;=?-~]*", safe)
    assert records.safe_uri(safe) == safe


@pytest.mark.parametrize("bad", ["a\r\nb", "a\nb", "a\x85b", "a\u2028b", "a\x00b", "a\u202eb"])
def test_other_fields_refuse_what_would_break_a_line(bad: str) -> None:
    with pytest.raises(ValueError, match="Content-Type"):
        records.resource(NEW, b"", bad)
    with pytest.raises(ValueError, match="isPartOf"):
        records.warcinfo({"isPartOf": bad}, "x.warc.gz")


class Held:
    """Known captures: one payload, and one page."""

    def __init__(self, payload: bytes = b"", uri: str = "") -> None:
        self._digest = sha1(payload)
        self._uri = uri

    def with_payload(self, payload_digest: str) -> RecordRef | None:
        return REF if payload_digest == self._digest else None

    def latest(self, uri: str) -> RecordRef | None:
        return REF if uri == self._uri else None


LARGE = b"news " * 300
HEAD = b"HTTP/1.1 200 OK\r\nServer: x\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
IN_CHUNKS = CHUNKED + b"".join(
    b"%x\r\n%b\r\n" % (len(part), part) for part in (LARGE[:700], LARGE[700:], b"")
)
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
REFERS = {
    "WARC-Refers-To": REF.record_id,
    "WARC-Refers-To-Target-URI": REF.uri,
    "WARC-Refers-To-Date": REF.date,
}


def test_a_payload_held_is_a_revisit_of_it() -> None:
    """WARC/1.1, 6.7.2: head and digest are those of the whole, WARC-Truncated says what is not."""
    record = records.response(exchange(response=HEAD + LARGE), NEW, Held(LARGE))
    assert fields(record) == {
        "WARC-Type": "revisit",
        "WARC-Record-ID": NEW.record_id,
        "WARC-Date": NEW.date,
        "WARC-Target-URI": NEW.uri,
        "WARC-IP-Address": "198.51.100.7",
        "WARC-Protocol": "tls/1.3",
        "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        **REFERS,
        "WARC-Truncated": "length",
        "Content-Type": "application/http; msgtype=response",
        "WARC-Payload-Digest": sha1(LARGE),
        "WARC-Block-Digest": sha1(HEAD),
        "Content-Length": str(len(HEAD)),
    }
    assert record.raw_stream == HEAD


def test_not_modified_is_a_revisit_of_the_page() -> None:
    """WARC/1.1, 6.7.3: no payload of its own, so no digest of one."""
    found = exchange(response=NOT_MODIFIED, uri="https://news.test/b")
    record = records.response(found, NEW, Held(uri="https://news.test/b"))
    assert fields(record) == {
        "WARC-Type": "revisit",
        "WARC-Record-ID": NEW.record_id,
        "WARC-Date": NEW.date,
        "WARC-Target-URI": NEW.uri,
        "WARC-IP-Address": "198.51.100.7",
        "WARC-Protocol": "tls/1.3",
        "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
        **REFERS,
        "Content-Type": "application/http; msgtype=response",
        "WARC-Block-Digest": sha1(NOT_MODIFIED),
        "Content-Length": str(len(NOT_MODIFIED)),
    }
    assert record.raw_stream == NOT_MODIFIED


def test_the_page_is_looked_up_by_the_uri_as_it_is_archived() -> None:
    found = exchange(response=NOT_MODIFIED, uri="https://me:pass@news.test/ä")
    record = records.response(found, NEW, Held(uri="https://news.test/%C3%A4"))
    assert record.rec_type == "revisit"


def test_the_same_payload_in_chunks_is_a_revisit_too() -> None:
    record = records.response(exchange(response=IN_CHUNKS), NEW, Held(LARGE))
    assert record.rec_type == "revisit"
    assert record.raw_stream == CHUNKED


@pytest.mark.parametrize(
    ("message", "cut", "held"),
    [
        (HEAD + LARGE, "length", Held(LARGE)),
        (HEAD + LARGE, "disconnect", Held(LARGE)),
        (NOT_MODIFIED, "time", Held(uri="https://news.test/a")),
        (NOT_MODIFIED, None, Held()),
        (HEAD + LARGE, None, Held(LARGE[:-1])),
        (HEAD + LARGE[: records.MIN_REVISIT_SIZE - 1], None, Held(LARGE[:1023])),
        (HEAD, None, Held(b"")),
    ],
    ids=[
        *("cut", "cut off", "cut 304", "304 of a page unknown", "other payload"),
        *("small", "empty"),
    ],
)
def test_never_a_revisit(message: bytes, cut: Any, held: Held) -> None:
    record = records.response(exchange(response=message, truncated=cut), NEW, held)
    assert record.rec_type == "response"
    assert record.raw_stream == message
    assert not [name for name in fields(record) if "Refers" in name or "Profile" in name]


def test_what_is_not_http_is_never_a_revisit() -> None:
    record = records.response(
        exchange(response=b"SSH-2.0\r\n" * 200), NEW, Held(b"SSH-2.0\r\n" * 200)
    )
    assert record.rec_type == "resource"


def test_a_payload_just_large_enough_is_a_revisit() -> None:
    payload = LARGE[: records.MIN_REVISIT_SIZE]
    assert records.response(exchange(response=HEAD + payload), NEW, Held(payload)).rec_type == (
        "revisit"
    )


def test_the_request_and_interim_heads_belong_to_the_revisit() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    built = records.exchange_records(exchange(response=hints + HEAD + LARGE), NEW, Held(LARGE))
    assert kinds(built) == ["revisit", "request", "metadata"]
    assert {fields(one)["WARC-Concurrent-To"] for one in built[1:]} == {NEW.record_id}


def test_a_record_has_the_name_it_was_given() -> None:
    for message in (RESPONSE, b"SSH-2.0\r\n", b"", HEAD + LARGE):
        built = records.exchange_records(exchange(response=message), NEW, Held(LARGE))
        assert fields(built[0])["WARC-Record-ID"] == NEW.record_id
        assert len({fields(one)["WARC-Record-ID"] for one in built}) == len(built)


def test_spooled_messages_make_the_same_records(tmp_path: Path) -> None:
    large = LARGE * 1000
    spool = Spool(tmp_path)
    spool.write(HEAD + large)
    view = spool.view()
    assert not isinstance(view, bytes)
    for held in (Held(), Held(large)):
        mapped, plain = (
            records.response(exchange(response=one), NEW, held) for one in (view, HEAD + large)
        )
        assert fields(mapped) == fields(plain)
        assert b"".join(records.serialize(mapped)) == b"".join(records.serialize(plain))


# Requests that could not be sent

REFUSED = "DownloadConnectionRefusedError: Connection was refused by other side: 111."


def failure(**changes: Any) -> Any:
    (built,) = records.exchange_records(
        exchange(**{"request": b"", "response": b"", "failure": REFUSED} | changes), NEW
    )
    return built


def read_again(built: Any, **changes: Any) -> tuple[str, str] | None:
    """Return what `failure_of` makes of *built*, once it is read from a file."""
    headers = list(built.rec_headers.headers)
    kind = built.rec_type
    fields = {"type": kind, "headers": headers, "block": built.raw_stream, "offset": 0, "length": 1}
    return records.failure_of(Record(**fields | changes))


def test_a_failure_is_a_metadata_record_about_the_uri() -> None:
    record = failure()
    assert fields(record) == {
        "WARC-Type": "metadata",
        "WARC-Record-ID": NEW.record_id,
        "WARC-Date": NEW.date,
        "WARC-Target-URI": NEW.uri,
        "Content-Type": "application/json",
        "WARC-Block-Digest": sha1(record.raw_stream),
        "Content-Length": str(len(record.raw_stream)),
    }
    assert json.loads(record.raw_stream) == {"method": "GET", "failure": REFUSED}


@given(st.sampled_from(["GET", "POST", "HEAD", "options"]), st.text(max_size=500))
def test_a_failure_is_read_again(method: str, why: str) -> None:
    assert read_again(failure(method=method, failure=why)) == (method, why)


def test_a_failure_holds_no_credentials() -> None:
    record = failure(uri="https://me:5f3e-hidden@news.test/a")
    assert b"5f3e-hidden" not in b"".join(records.serialize(record))


def test_a_failure_that_names_the_url_holds_no_credentials() -> None:
    """As Scrapy's DownloadTimeoutError does."""
    why = "E: Getting https://me:5f3e-hidden@news.test/a took longer than 9 seconds."
    for sent in (b"", REQUEST):
        built = records.exchange_records(exchange(request=sent, response=b"", failure=why))
        archived = b"".join(bytes(piece) for one in built for piece in records.serialize(one))
        assert b"https://news.test/a took longer than 9 seconds." in archived
        assert b"5f3e-hidden" not in archived


def test_why_nothing_came_stands_beside_the_request() -> None:
    built = records.exchange_records(exchange(response=b"", failure=REFUSED), NEW)
    assert kinds(built) == ["request", "metadata"]
    sent, why = built
    assert fields(sent)["WARC-Record-ID"] == NEW.record_id
    assert fields(why)["WARC-Concurrent-To"] == NEW.record_id
    assert fields(why)["WARC-Target-URI"] == fields(sent)["WARC-Target-URI"]
    assert read_again(why) == ("GET", REFUSED)


def test_what_was_answered_did_not_fail() -> None:
    built = records.exchange_records(exchange(failure="E: the rest was too long"), NEW)
    assert kinds(built) == ["response", "request"]


@pytest.mark.parametrize(
    "block",
    [
        *(b"", b"{", b"[]", b"null", b'"failure"', b"\xff", b"[" * 10_000),
        *(b'{"failure": "x"}', b'{"method": "GET"}', b'{"method": "GET", "failure": null}'),
        *(b'{"method": 1, "failure": "x"}', b'{"method": "GET", "failure": ["x"]}'),
        b'{"method": "GET", "failure": "' + b"x" * (1 << 15) + b'"}',
    ],
    ids=lambda block: repr(block[:40]),
)
def test_other_metadata_is_no_failure(block: bytes) -> None:
    assert read_again(failure(), block=block) is None


@pytest.mark.parametrize("kind", ["resource", "response", "conversion", "warcinfo"])
def test_other_records_are_no_failures(kind: str) -> None:
    assert read_again(failure(), type=kind) is None


def test_metadata_of_an_article_is_no_failure() -> None:
    facts = {"method": "GET", "failure": None, "verdict": "new"}
    assert read_again(failure(), block=json.dumps(facts).encode()) is None
