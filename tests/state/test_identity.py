from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.state.identity import article_key, normalise_guid, to_utc


@pytest.mark.parametrize(
    ("guid", "normal"),
    [
        ("https://example.org/?p=12", "//example.org/?p=12"),
        ("http://Example.ORG/?p=12", "//example.org/?p=12"),
        ("http://example.org:80/a", "//example.org/a"),
        ("https://example.org:443/a", "//example.org/a"),
        ("https://example.org:8443/a", "//example.org:8443/a"),
        ("https://example.org./a#top", "//example.org/a"),
        ("https://example.org/?a=1&#038;b=2", "//example.org/?a=1&b=2"),
        ("https://example.org/?a=1&amp;b=2", "//example.org/?a=1&b=2"),
        ("https://example.org", "//example.org/"),
        ("http://[::1]:8080/x", "//[::1]:8080/x"),
        ("  tag:example.org,2024:1 ", "tag:example.org,2024:1"),
        ("urn:uuid:42", "urn:uuid:42"),
        ("12345", "12345"),
        ("http://[broken/", "http://[broken/"),
        ("", ""),
    ],
)
def test_normal_form(guid: str, normal: str) -> None:
    assert normalise_guid(guid) == normal


@given(st.text())
def test_any_text_has_a_normal_form(guid: str) -> None:
    assert isinstance(normalise_guid(guid), str)


def test_key_is_the_hash_of_guid_and_date() -> None:
    digest = hashlib.sha256(b"//example.org/?p=12\n2024-04-11T15:25:48").hexdigest()
    assert article_key("HTTPS://example.org/?p=12", "2024-04-11T15:25:48") == digest[:16]


@pytest.mark.parametrize(
    ("date_gmt", "expected"),
    [
        ("2024-04-11T13:25:48", "2024-04-11T13:25:48"),
        ("2024-04-11T13:25:48Z", "2024-04-11T13:25:48"),
        ("2024-04-11T13:25:48.5+02:00", "2024-04-11T11:25:48"),
        ("2024-04-11 13:25:48", "2024-04-11T13:25:48"),
        ("0000-00-00T00:00:00", ""),
        ("0001-01-01T00:00:00+09:00", ""),
        ("", ""),
        (None, ""),
        (12, ""),
    ],
)
def test_dates_in_universal_time(date_gmt: object, expected: str) -> None:
    assert to_utc(date_gmt) == expected
