"""Keys of URLs; tests/world/judges/test_surt.py holds them against the surt package."""

from __future__ import annotations

import re
import socket
import time
from typing import Any

import pytest
from hypothesis import example, given

from crawler.warc.surt import surt
from tests.warc.urls import ID24, ID32, combined, scribbled


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://example.com", "com,example)/"),
        ("https://www.Example.com:443/Path/?b=2&a=1#top", "com,example)/path?a=1&b=2"),
        ("http://www2.example.com:80/", "com,example)/"),
        ("http://example.com:8080/", "com,example:8080)/"),
        ("https://example.com:80/", "com,example:80)/"),
        ("http://user:secret@example.com/", "com,example)/"),
        ("http:///user:secret@example.com/", "com,example)/"),
        ("example.com/a", "com,example)/a"),
        ("http://example.com/a?", "com,example)/a"),
        ("http://example.com/a//b/./c/../d/", "com,example)/a/b/d"),
        ("http://example.com/%7Ea%2520b%C3%BC", "com,example)/~a%20b%c3%bc"),
        ("http://example.com/ü?é", "com,example)/%c3%bc?%c3%a9"),
        (f"http://example.com/?a=1&PHPSESSID={ID32}&b=2", "com,example)/?a=1&b=2"),
        (f"http://example.com/(S({ID24}))/x.aspx", "com,example)/x.aspx"),
        ("http://bücher.example/", "example,xn--bcher-kva)/"),
        ("http://127.1/", "1,0,0,127)/"),
        ("http://2130706433/", "1,0,0,127)/"),
        ("http://[2001:DB8::1]:8080/", "2001:db8::1:8080)/"),
        ("http://256.256.256.256/", "256,256,256,256)/"),
        ("http://example.com:port/", "com,example:port)/"),
        ("http://example.com/a\r\nb c\x00", "com,example)/ab%20c%00"),
        ("urn:uuid:1234-ABCD", "urn:uuid:1234-abcd"),
        ("dns:www.example.com", "dns:www.example.com"),
        ("", "-"),
    ],
)
def test_key(url: str, key: str) -> None:
    assert surt(url) == key


@example("http://a b\u2028c\u0085d/\ud800?\x00#")
@given(combined | scribbled)
def test_a_key_is_one_visible_word_for_any_text(url: str) -> None:
    assert re.fullmatch("[!-~]+", surt(url))


@given(combined)
def test_a_key_has_no_credentials_and_no_fragment(url: str) -> None:
    key = surt(url if re.match("[A-Za-z]+://", url) else f"http://{url}")
    assert "pw" not in key
    assert "#" not in key


def test_no_host_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("asked the resolver")

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        monkeypatch.setattr(socket, name, refuse)
    assert surt("http://999.1.2.3/") == "3,2,1,999)/"
    assert surt("http://0177.1/never-asked") == "1,0,0,127)/never-asked"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://x/" + "%25" * 80_000, id="escapes"),
        pytest.param("http://x/?" + "cfid=" * 50_000 + "&cftoken=1x&y", id="cfid"),
        pytest.param("http://x" + f"/({ID24})" * 9_000 + ".aspx?", id="aspx behind"),
        pytest.param("http://x/.aspx" + f"/({ID24})" * 9_000, id="aspx before"),
        pytest.param("http://x/" + "../" * 80_000, id="dots"),
        pytest.param("http://" + "ü." * 50_000, id="labels"),
        pytest.param("http://" + "9" * 250_000, id="number"),
        pytest.param("http:" + "http://" * 40_000, id="schemes"),
    ],
)
def test_a_hostile_url_takes_no_more_than_its_length(url: str) -> None:
    begin = time.process_time()
    surt(url)
    assert time.process_time() - begin < 10  # quadratic ones take minutes
