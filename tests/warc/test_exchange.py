"""An exchange holds no secrets, and knows what is a message and what came before it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.exchange import redact, without_userinfo
from tests.warc.examples import RESPONSE, exchange

TOKEN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8)


@given(TOKEN, st.sampled_from(["Authorization", "cookie", "PROXY-AUTHORIZATION"]))
def test_no_secret_survives(secret: str, name: str) -> None:
    before, after = b"GET / HTTP/1.1\r\nA: b\r\n", b"X-Last: 1\r\n\r\n"
    line = f"{name}: {secret}\r\n {secret}\r\n".encode()
    redacted, names = redact(before + line + after)
    assert redacted == before + f"{name}: [redacted]\r\n".encode() + after
    assert names == [name]


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\n\r\nCookie: in the body\r\nAuthorization: too",
        b"GET /http://user:pass@host/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Cookie: 1\r\nReferer: https://a/?b=c@d\r\n\r\n",
        b"",
    ],
)
def test_all_else_stays_as_it_was(request_: bytes) -> None:
    assert redact(request_) == (request_, [])


def test_credentials_leave_every_url_of_the_head() -> None:
    request = (
        b"GET http://me:pa%40ss@news.test/a@b HTTP/1.1\r\n"
        b"Host: me:pa%40ss@news.test\r\nReferer: https://me:pass@news.test/\r\n\r\n"
    )
    expected = (
        b"GET http://news.test/a@b HTTP/1.1\r\n"
        b"Host: news.test\r\nReferer: https://news.test/\r\n\r\n"
    )
    assert redact(request) == (expected, ["userinfo"])


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://me:pass@news.test/a@b", "https://news.test/a@b"),
        ("https://me@x:pass@news.test", "https://news.test"),
        ("https://news.test/a?b=c@d#e@f", "https://news.test/a?b=c@d#e@f"),
    ],
)
def test_uri_without_userinfo(uri: str, expected: str) -> None:
    assert without_userinfo(uri) == expected
    assert exchange(uri=uri).uri == expected


def test_interim_heads_are_no_part_of_the_response() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    found = exchange(response=hints + RESPONSE)
    assert (found.interim, found.response) == ([hints], RESPONSE)


def test_the_address_of_a_proxy_is_not_the_sites() -> None:
    assert exchange().ip_address == "198.51.100.7"
    assert exchange(via_proxy=True).ip_address is None


def test_protocols() -> None:
    assert exchange().protocols == ["http/1.1", "tls/1.3"]
    assert exchange(tls=None, response=b"HTTP/1.0 200 OK\r\n\r\n").protocols == ["http/1.0"]
    assert exchange(tls=None, response=b"").protocols == ["http/1.1"]


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        exchange(started=datetime(2024, 4, 11))
