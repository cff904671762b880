"""Messages with corrected framing: any client reads the payload, and nothing but it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.warc.framing import correct_framing, join_message
from crawler.warc.message import has_whole_head, is_chunked, payload, split_head

LENGTH = b"Content-Length: 5\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
HELLO = b"5\r\nhello\r\n0\r\n\r\n"


def head(*fields: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(fields) + b"\r\n"


def read(message: bytes) -> bytes:
    """Return what a strict client makes of *message*, which must end where its framing says."""
    begin, body = split_head(message)
    if not is_chunked(begin):
        lengths = [line for line in begin.lower().split(b"\r\n") if line.startswith(b"content-len")]
        assert {line.partition(b":")[2].strip() for line in lengths} <= {b"%d" % len(body)}
        return body
    content = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            assert body == b"\r\n"
            return content
        content, rest = content + body[:length], body[length:]
        assert len(content) >= length
        assert rest[:2] == b"\r\n"
        body = rest[2:]


PAYLOADS = st.binary(max_size=40) | st.sampled_from([b"", b"0\r\n\r\n", b"5\r\nhello", HELLO])


@given(
    PAYLOADS, st.sampled_from([LENGTH, CHUNKED, b"", b"content-LENGTH :7\r\n", LENGTH + CHUNKED])
)
def test_what_is_framed_is_read_again(content: bytes, field: bytes) -> None:
    message = join_message(head(field, b"X-A: b\r\n"), content)
    assert payload(message) == read(message) == content
    assert b"X-A: b\r\n" in message


@given(PAYLOADS, st.sampled_from([LENGTH, b"", b"CONTENT-length: 1\r\nContent-Length:2 \r\n"]))
def test_a_wrong_length_is_corrected(content: bytes, field: bytes) -> None:
    assert read(bytes(correct_framing(head(field) + content))) == content


@given(PAYLOADS)
@example(b"12\r\nis what a page about numbers begins with")
@example(b"a\r\n")
@example(b"0\r\n")
@example(b"5\r\nhello\r\n6\r\nno more")
def test_a_body_without_its_chunks_is_put_into_one(content: bytes) -> None:
    message = head(CHUNKED) + content
    if content in {HELLO, b"0\r\n\r\n"}:
        assert correct_framing(message) == message
    else:
        assert read(bytes(correct_framing(message))) == content


@pytest.mark.parametrize(
    "message",
    [
        head(LENGTH) + b"hello",
        head() + b"until the connection ends",
        head(CHUNKED) + HELLO,
        head(CHUNKED) + b'5;a="b"\r\nhello\r\n000\r\nX-Sum: 1\r\n\r\n',
        head(CHUNKED, LENGTH) + HELLO,
        head(b"Transfer-Encoding: gzip, chunked\r\n") + HELLO,
        head(LENGTH, status=b"304 Not Modified"),
        head(LENGTH, status=b"204 No Content"),
        b"no HTTP at all",
        b"",
    ],
)
def test_what_fits_stays_as_it_is(message: bytes) -> None:
    assert correct_framing(message) == message


def test_only_the_head_is_corrected() -> None:
    message = head(LENGTH) + b"Content-Length: 9\r\n"
    assert correct_framing(message) == head(b"Content-Length: 19\r\n") + b"Content-Length: 9\r\n"


def test_other_fields_and_their_order_stay() -> None:
    fields = (b"Set-Cookie: a\r\n", b"content-length:\t7\r\n", b"set-cookie: b\r\n")
    assert (
        correct_framing(head(*fields) + b"ok")
        == head(b"Set-Cookie: a\r\n", b"content-length:\t2\r\n", b"set-cookie: b\r\n") + b"ok"
    )


@given(st.binary(max_size=80))
def test_any_bytes_can_be_corrected(message: bytes) -> None:
    again = bytes(correct_framing(message))
    assert correct_framing(again) == again


@pytest.mark.parametrize(
    ("message", "whole"),
    [
        (head(), True),
        (b"HTTP/1.1 200 OK\nA: b\n\n", True),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r", False),
        (b"", False),
    ],
)
def test_whether_a_head_has_its_end(message: bytes, whole: bool) -> None:
    assert has_whole_head(message) is whole
