"""Answers as later versions of HTTP and other tools left them, made readable for any client."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.client_form import for_client, is_stored_decoded
from crawler.warc.message import payload

PAGE = "<!doctype html><title>Ferry</title><p>Die Fähre verließ den Hafen.</p>".encode()
FIELDS = b"content-type: text/html\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        (b"HTTP/2 200", b"HTTP/1.1 200 "),
        (b"HTTP/2 200 ", b"HTTP/1.1 200 "),
        (b"HTTP/2.0 404 Not Found", b"HTTP/1.1 404 Not Found"),
        (b"HTTP/3 200", b"HTTP/1.1 200 "),
        (b"http/1.1 301 Moved", b"HTTP/1.1 301 Moved"),
        (b"HTTP/1.1  200 OK", b"HTTP/1.1 200 OK"),
        (b"HTTP/1.1\t200\tOK", b"HTTP/1.1 200 OK"),
        (b":status: 200", b"HTTP/1.1 200 "),
        (b":status:404\r\n:version: h2", b"HTTP/1.1 404 "),
    ],
)
def test_the_status_line_is_one_of_http_1(line: bytes, plain: bytes) -> None:
    assert for_client(line + b"\r\n" + FIELDS + PAGE) == plain + b"\r\n" + FIELDS + PAGE


@pytest.mark.parametrize("line", [b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"no HTTP at all", b""])
def test_what_a_client_can_read_or_nobody_can_stays(line: bytes) -> None:
    message = line + b"\r\n" + FIELDS + PAGE
    assert for_client(message) is message


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"zstd", b"deflate", b"x-gzip, br"])
@pytest.mark.parametrize(
    "body", [PAGE, b"\xef\xbb\xbf" + PAGE, '[{"title": "Fähre"}]'.encode(), b"User-agent: *\n"]
)
def test_the_encoding_of_a_body_that_was_stored_decoded_goes(encoding: bytes, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: 7\r\n\r\n" % encoding
    expected = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert for_client(head + body) == expected + body


def test_its_chunks_stay_chunks() -> None:
    head = b"HTTP/2 200\r\ncontent-encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n"
    found = for_client(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE))
    assert b"encoding: br" not in bytes(found)
    assert payload(found) == PAGE


@pytest.mark.parametrize("encoding", [b"gzip", b"X-Gzip", b"zstd", b"br, gzip"])
@pytest.mark.parametrize("body", ["паром ушёл".encode("cp1251"), b"ok", "船".encode("iso2022_jp")])
def test_so_it_does_for_any_text_where_encoded_bodies_have_a_signature(
    encoding: bytes, body: bytes
) -> None:
    message = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\n\r\n%b" % (encoding, body)
    assert for_client(message) == b"HTTP/1.1 200 OK\r\n\r\n" + body


@pytest.mark.parametrize(
    "body",
    [b"1f4\r\n" + gzip.compress(PAGE), gzip.compress(PAGE)[2:], b"\x89PNG\r\n\x1a\n"],
    ids=["in a chunk", "without its signature", "image"],
)
def test_what_is_no_text_stays_as_it_is(body: bytes) -> None:
    message = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + body
    assert for_client(message) is message


@pytest.mark.parametrize(
    ("encode", "encoding"),
    [(gzip.compress, b"gzip"), (zlib.compress, b"deflate"), (brotli.compress, b"br")],
)
@given(text=st.text(min_size=12) | st.sampled_from([PAGE.decode() * n for n in (1, 20, 2000)]))
def test_a_body_that_is_encoded_is_not_taken_for_text(
    encode: Callable[[bytes], bytes], encoding: bytes, text: str
) -> None:
    encoded = encode(text.encode())
    assert not is_stored_decoded(encoded, encoding)
    message = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\n\r\n%b" % (encoding, encoded)
    assert for_client(message) is message


def test_a_head_alone_stays_without_a_body() -> None:
    head = b"HTTP/2 200\r\ncontent-encoding: br\r\ncontent-length: 900\r\n\r\n"
    expected = b"HTTP/1.1 200 \r\ncontent-encoding: br\r\ncontent-length: 900\r\n\r\n"
    assert for_client(head, has_body=False) == expected


@given(st.binary(), st.booleans())
def test_whatever_is_archived_nothing_breaks(message: bytes, has_body: bool) -> None:
    for_client(b"HTTP/2 200\r\ncontent-encoding: gzip\r\n" + message, has_body=has_body)
    for_client(message, has_body=has_body)
