"""HTTP messages as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.message import is_response, payload, split_head, split_interim, status

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "block", [b"HTTP/1.1 200 OK\r\n", b"http/1.0 404", b"HTTP/1.1 200\r\n\r\n", b"HTTP/1.1  204 x"]
)
def test_is_response(block: bytes) -> None:
    assert is_response(block)


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (b"HTTP/2 200 \r\n", "200"),
        (b"HTTP/2 404\n", "404"),
        (b"HTTP/2.0 301 Moved\r\n", "301"),
        (b"HTTP/3 200", "200"),
        (b"http/2\t200", "200"),
        (b":status: 304\r\n", "304"),
        (b":status:200\r\n", "200"),
    ],
)
def test_status_of_later_versions(block: bytes, code: str) -> None:
    assert is_response(block)
    assert status(block) == code


@pytest.mark.parametrize("block", [b"HTTP/200 OK", b"HTTP/2200", b"HTTP/2. 200", b":status: OK"])
def test_no_status_of_later_versions(block: bytes) -> None:
    assert status(block) is None


@pytest.mark.parametrize(
    "block",
    [b"", b"HTTP/1.1", b"HTTP/1.1 2000 OK", b"SSH-2.0-x", b"\x00HTTP/1.1 200 OK", b"ICY 200"],
)
def test_is_no_response(block: bytes) -> None:
    assert not is_response(block)


def test_head_ends_at_the_first_empty_line() -> None:
    assert split_head(b"A\r\nB: c\r\n\r\nbody\r\n\r\n") == (b"A\r\nB: c\r\n\r\n", b"body\r\n\r\n")
    assert split_head(b"A\nB: c\n\nbody") == (b"A\nB: c\n\n", b"body")
    assert split_head(b"A\r\nB: c\r\n") == (b"A\r\nB: c\r\n", b"")


def test_interim_heads_are_split_off() -> None:
    assert split_interim(FINAL) == ([], FINAL)
    assert split_interim(HINTS + HINTS + FINAL) == ([HINTS, HINTS], FINAL)
    assert split_interim(HINTS) == ([HINTS], b"")
    assert split_interim(HINTS + b"HTTP/1.1 103 Ea") == ([HINTS, b"HTTP/1.1 103 Ea"], b"")
    assert split_interim(b"") == ([], b"")


@given(st.binary())
def test_nothing_is_lost_in_splitting(received: bytes) -> None:
    interim, final = split_interim(HINTS + received)
    assert b"".join(interim) + final == HINTS + received
    assert b"".join(split_head(received)) == received


@given(st.lists(st.binary(min_size=1)), st.sampled_from([b"", b";a=b", b' ; q="x"']))
def test_payload_undoes_chunking(chunks: list[bytes], extension: bytes) -> None:
    in_chunks = [b"%X%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks]
    head = b"HTTP/1.1 200 OK\r\ntransfer-ENCODING:  Chunked \r\n\r\n"
    message = head + b"".join(in_chunks) + b"0\r\nX-Trailer: 1\r\n\r\n"
    assert payload(message) == b"".join(chunks)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"5\r\nhel", b"hel"),
        (b"5\r\nhello\r\n6\r\n wo", b"hello wo"),
        (b"5\r\nhello", b"hello"),
        (b"5\r\nhello\r\nzz\r\nx", b"hello"),
        (b"5\r\nhelloXX5\r\nhello", b"hello"),
        (b"5", b""),
        (b"", b""),
    ],
)
def test_payload_of_a_cut_or_bad_body_is_what_can_be_read(body: bytes, expected: bytes) -> None:
    assert payload(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body) == expected


def test_payload_keeps_what_is_not_chunked() -> None:
    assert payload(FINAL) == b"ok"
    gzipped = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b"
    assert payload(gzipped) == b"\x1f\x8b"
    mentioned = b"HTTP/1.1 200 OK\r\nX: Transfer-Encoding: chunked\r\n\r\n5\r\nhello"
    assert payload(mentioned) == b"5\r\nhello"
    undone = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n5\r\nhello"
    assert payload(undone) == b"5\r\nhello"


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html>\r\n<p>a</p>", b"\x1f\x8b\x08\x00", b"5 apples\r\n"]
)
def test_payload_of_a_body_stored_without_its_chunks_is_the_body(body: bytes) -> None:
    assert payload(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body) == body


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@given(chunks=st.lists(st.binary(min_size=1)), cut=st.integers(0, 400))
def test_payload_of_chunks_that_were_cut_anywhere_is_what_came(
    chunks: list[bytes], cut: int
) -> None:
    in_chunks = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    assert b"".join(chunks).startswith(payload(CHUNKED + in_chunks[:cut]))
