"""What a client gets of an answer that is longer than it takes."""

from __future__ import annotations

import mmap

import pytest

from crawler.warc import spool
from crawler.warc.digests import sha1_digest
from crawler.warc.long_body import long_answer
from crawler.warc.spool import Spool, windows

BODY = b"news " * 30  # 150 bytes
CHUNKS = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:70], BODY[70:], b""))
TYPE = b"Content-Type: text/html\r\n"
GIVEN_UP = b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: 150\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: 150\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + TYPE + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\n" + TYPE.replace(b"\r", b"") + b"Content-length:150\n\n",
    ],
)
def test_a_long_body_is_a_length(head: bytes) -> None:
    given = long_answer(head + BODY, 149)
    assert given is not None
    assert bytes(given).replace(b"\r\n", b"\n") == GIVEN_UP.replace(b"\r\n", b"\n")
    assert long_answer(head + BODY, 150) is None
    assert long_answer(head + BODY, 0) is None


def test_chunks_are_counted_without_their_framing() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert long_answer(head + CHUNKS, 149) == b"HTTP/1.1 200 OK\r\nContent-Length: 150\r\n\r\n"
    assert long_answer(head + CHUNKS, 150) is None


def test_an_answer_of_http_2() -> None:
    given = long_answer(b"HTTP/2 200\r\n" + TYPE + b"\r\n" + BODY, 100)
    assert bytes(given or b"").startswith(b"HTTP/1.1 200 ")
    assert b"Content-Length: 150\r\n\r\n" in bytes(given or b"")


def test_what_is_no_http_is_given_as_it_is() -> None:
    assert long_answer(b"SSH-2.0 " + BODY, 9) == b"SSH-2.0 " + BODY


def test_windows_are_the_pieces_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "WINDOW", 64)
    monkeypatch.setattr(spool, "MEMORY_LIMIT", 16)
    whole = Spool()
    whole.write(BODY)
    view = whole.view()
    assert isinstance(view, mmap.mmap)
    pieces: list[bytes | memoryview] = [memoryview(view)[:70], b"between", memoryview(view)[70:]]
    found = [bytes(window) for window in windows(pieces)]
    assert max(map(len, found)) == 64
    assert b"".join(found) == BODY[:70] + b"between" + BODY[70:]
    assert sha1_digest(view) == sha1_digest(BODY)
