from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.sources.address import LONGEST_URL, absolute_url, address_key, without_tracking

BASE = "https://example.org/world/index.html"


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("a.html", "https://example.org/world/a.html"),
        ("/a", "https://example.org/a"),
        ("//cdn.example.org/a", "https://cdn.example.org/a"),
        ("?page=2", "https://example.org/world/index.html?page=2"),
        ("  \n https://example.com/a \t", "https://example.com/a"),
        ("http://example.com/a b", "http://example.com/a%20b"),
        ("/straße", "https://example.org/stra%C3%9Fe"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_resolved(reference: str, address: str) -> None:
    assert absolute_url(BASE, reference) == address


@pytest.mark.parametrize(
    "reference",
    [
        "",
        " ",
        "mailto:a@example.org",
        "javascript:void(0)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "http://[::1",
        "http://example.org:99999/",
        "http://example.org:0/",
        "https://example.org/a\nb",
        "https://example.org/a\0",
        "https://example.org/\x85a",
        "https://example.org/" + "a" * LONGEST_URL,
        "https://example.org/" + "ü" * (LONGEST_URL // 3),
    ],
)
def test_no_address(reference: str) -> None:
    assert absolute_url(BASE, reference) == ""


@given(st.text(max_size=100), st.text(max_size=100))
@example("https://example.org/", "http://a\u2100b/")
@example("https://example.org/", "//a:b@c:d")
def test_any_text_resolves_to_an_address_or_to_nothing(base: str, reference: str) -> None:
    address = absolute_url(base, reference)
    if address:
        parts = urlsplit(address)
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert address.isascii()
        assert address.isprintable()
        assert len(address) <= LONGEST_URL


@pytest.mark.parametrize(
    "spelling",
    [
        "https://example.org/a?x=1&y=2",
        "http://example.org/a?x=1&y=2",
        "http://example.org:80/a?x=1&y=2",
        "https://EXAMPLE.org:443/a?x=1&y=2#comments",
        "https://example.org./a?y=2&x=1",
        "https://example.org/a?utm_source=rss&x=1&UTM_Medium=feed&y=2&fbclid=abc",
        "https://example.org/a?x=1&y=2&at_medium=RSS&at_campaign=NEWS&gclid=1&msclkid=2",
        "https://example.org/a?x=1&mc_cid=3&y=2&yclid=9&_ga=1.2&igsh=zz&ttclid=1&twclid=2",
    ],
)
def test_spellings_of_one_address(spelling: str) -> None:
    assert address_key(spelling) == "https://example.org/a?x=1&y=2"


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org:8443/a?x=1&y=2",
        "https://www.example.org/a?x=1&y=2",
        "https://example.org/A?x=1&y=2",
        "https://example.org/a/?x=1&y=2",
        "https://example.org/a?x=1",
        "https://example.org/a?x=1&y=2&utm=1",
        "https://example.org/a?x=1&y=2&format=amp",
    ],
)
def test_other_addresses_stay_others(other: str) -> None:
    assert address_key(other) != address_key("https://example.org/a?x=1&y=2")


@given(st.text(max_size=100))
@example("http://[")
@example("http://a:b/")
def test_the_key_of_any_text_is_its_own_key(text: str) -> None:
    assert isinstance(address_key(text), str)
    address = absolute_url("https://example.org/", text)
    assert address_key(address_key(address)) == address_key(address)


def test_without_tracking_keeps_the_rest_as_it_is() -> None:
    assert (
        without_tracking("https://Example.org/a%2fb?z=1&utm_source=x&a=%41&b#top")
        == "https://Example.org/a%2fb?z=1&a=%41&b"
    )


def test_a_password_is_no_part_of_an_address() -> None:
    assert absolute_url("https://a.example/", "//nora:p%40ss@b.example/x@y") == (
        "https://b.example/x@y"
    )
    assert address_key("http://nora:pass@b.example/x") == address_key("https://b.example/x")
