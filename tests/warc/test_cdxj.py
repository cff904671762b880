"""Lines of an index."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import RecordRef
from crawler.warc.cdxj import NO_ANSWER, cdxj_line
from crawler.warc.non_get import NonGetRequest
from crawler.warc.warc_dates import precise_timestamp, timestamp, timestamp_to_warc_date

HEAD = b"HTTP/1.1 200 OK\r\ncontent-TYPE: text/html; charset=utf-8\r\n\r\n"
DIGEST = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
REF = RecordRef(
    record_id="<urn:uuid:1>",
    uri="https://www.news.test/A?b=1&a=2",
    date="2024-04-11T08:30:00.123456Z",
    file="x.warc.gz",
    offset=7,
    length=11,
)


def made(ref: RecordRef = REF, **changes: Any) -> str | None:
    parts: dict[str, Any] = {"type": "response", "block": HEAD, "digest": DIGEST}
    return cdxj_line(ref, **parts | changes)


def fields(**changes: Any) -> dict[str, str]:
    text = made(**changes)
    assert text
    found: dict[str, str] = json.loads(text.split(" ", 2)[2])
    return found


def test_line_of_a_response() -> None:
    assert made() == (
        'test,news)/a?a=2&b=1 20240411083000 {"url": "https://www.news.test/A?b=1&a=2", '
        f'"mime": "text/html", "status": "200", "digest": "{DIGEST}", "length": "11", '
        '"offset": "7", "filename": "x.warc.gz"}\n'
    )


def test_line_of_a_revisit() -> None:
    assert fields(type="revisit")["mime"] == "warc/revisit"
    assert fields(type="revisit")["status"] == "200"
    assert "digest" not in fields(type="revisit", digest=None)


def test_line_of_what_is_not_http() -> None:
    found = fields(type="resource", block=HEAD, content_type="image/png; x=y")
    assert found["mime"] == "image/png"
    assert "status" not in found


@pytest.mark.parametrize(
    "type_", ["request", "metadata", "conversion", "warcinfo", "continuation", "x"]
)
def test_records_that_would_be_shown_for_the_page_have_no_line(type_: str) -> None:
    assert made(type=type_) is None


@pytest.mark.parametrize("type_", ["response", "revisit"])
def test_a_304_does_not_shadow_its_200(type_: str) -> None:
    assert made(type=type_, block=b"HTTP/1.1 304 Not Modified\r\n\r\n") is None


def test_method_and_body_are_in_key_and_fields() -> None:
    found = made(request=NonGetRequest("POST", "q=x y"))
    assert found
    assert found.startswith("test,news)/a?__wb_method=post&a=2&b=1&q=x%20y ")
    assert fields(request=NonGetRequest("POST", "q=x y"))["requestBody"] == "q=x y"
    assert fields(request=NonGetRequest("HEAD"))["method"] == "HEAD"
    assert "requestBody" not in fields(request=NonGetRequest("HEAD"))


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nContent-Type: text/html", id="in the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type:\r\n\r\n", id="empty"),
        pytest.param(b"HTTP/1.1 200 OK", id="cut"),
    ],
)
def test_no_media_type(head: bytes) -> None:
    assert "mime" not in fields(block=head)


@given(st.text(min_size=1), st.binary(max_size=80), st.text(min_size=1))
def test_whatever_a_site_sends_is_one_ascii_line(uri: str, value: bytes, file: str) -> None:
    ref = RecordRef(record_id="", uri=uri, date=REF.date, file=file, offset=0, length=1)
    found = made(ref, block=b"HTTP/1.1 200 OK\r\nContent-Type: " + value + b"\r\n\r\n")
    assert found
    assert found.isascii()
    assert found[:-1].isprintable()
    assert found.split(" ", 2)[1] == "20240411083000"
    assert json.loads(found.split(" ", 2)[2])["url"] == uri


@pytest.mark.parametrize(
    ("date", "digits"),
    [
        ("2024-04-11T08:30:59Z", "20240411083059"),
        ("2024-04-11T08:30:59.999999999Z", "20240411083059"),
        ("2024-04-11T08:30Z", "20240411083000"),
        ("2024-04-11", "20240411000000"),
        ("2024-04", "20240401000000"),
        ("2024", "20240101000000"),
    ],
)
def test_timestamp(date: str, digits: str) -> None:
    assert timestamp(date) == digits


@pytest.mark.parametrize("date", ["", "2024041", "yesterday", "2024-04-11T08:30:00+2", "２０２４"])
def test_no_timestamp(date: str) -> None:
    with pytest.raises(ValueError, match="WARC-Date is"):
        timestamp(date)


# Lines for a replay alone


@pytest.mark.parametrize("type_", ["request", "metadata"])
def test_every_record_has_a_line_for_a_replay(type_: str) -> None:
    found = fields(type=type_, block=b"GET /a HTTP/1.1\r\n\r\n", warcinfo="")
    assert found["mime"] == NO_ANSWER
    assert "status" not in found


@pytest.mark.parametrize(("type_", "mime"), [("response", None), ("revisit", "warc/revisit")])
def test_a_304_has_a_line_for_a_replay(type_: str, mime: str | None) -> None:
    found = fields(type=type_, block=b"HTTP/1.1 304 Not Modified\r\n\r\n", warcinfo="")
    assert (found["status"], found.get("mime")) == ("304", mime)


def test_a_replay_needs_microseconds() -> None:
    found = made(warcinfo="")
    assert found
    assert found.split(" ")[1] == "20240411083000123456"


@pytest.mark.parametrize(
    ("date", "digits"),
    [
        ("2024-04-11T08:30:59Z", "20240411083059000000"),
        ("2024-04-11T08:30:59.5Z", "20240411083059500000"),
        ("2024-04-11T08:30:59.000001Z", "20240411083059000001"),
        ("2024-04-11T08:30:59.123456789Z", "20240411083059123456"),
        ("2024-04-11T08:30Z", "20240411083000000000"),
        ("2024-04-11", "20240411000000000000"),
        ("2024", "20240101000000000000"),
    ],
)
def test_precise_timestamp(date: str, digits: str) -> None:
    assert precise_timestamp(date) == digits


@pytest.mark.parametrize(
    "date", ["", "2024041", "2024-04-11T08:30:00+2", "2024-04-11T08:30:59.Z", "２０２４"]
)
def test_no_precise_timestamp(date: str) -> None:
    with pytest.raises(ValueError, match="WARC-Date is"):
        precise_timestamp(date)


@given(st.datetimes(), st.datetimes())
def test_precise_timestamps_sort_as_the_times_do(one: datetime, other: datetime) -> None:
    dates = [f"{time.isoformat(timespec='microseconds')}Z" for time in (one, other)]
    first, second = map(precise_timestamp, dates)
    assert (first < second) == (one < other)
    assert len(first) == len(second) == 20


@pytest.mark.parametrize(
    ("digits", "date"),
    [
        ("2024", "2024"),
        ("202404", "2024-04"),
        ("20240411", "2024-04-11"),
        ("2024041108", "2024-04-11T08:00Z"),
        ("202404110830", "2024-04-11T08:30Z"),
        ("20240411083059", "2024-04-11T08:30:59Z"),
    ],
)
def test_a_timestamp_as_a_date(digits: str, date: str) -> None:
    assert timestamp_to_warc_date(digits) == date
    assert timestamp(timestamp_to_warc_date(digits)) == digits + "00000101000000"[len(digits) :]


@pytest.mark.parametrize(
    "digits", ["", "2", "202", "20240", "2024041", "202404110830591", "x" * 14]
)
def test_what_is_no_timestamp(digits: str) -> None:
    with pytest.raises(ValueError, match="WARC-Date is"):
        timestamp(timestamp_to_warc_date(digits))
