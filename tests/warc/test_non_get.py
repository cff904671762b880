"""Requests other than GET; tests/world/judges/test_index.py holds them against pywb."""

from __future__ import annotations

import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.non_get import NonGetRequest, non_get_request
from tests.warc.bodies import BODIES, FORM, JSON, request


def test_a_get_has_its_url_alone() -> None:
    assert non_get_request(b"GET / HTTP/1.1\r\n\r\n") is None
    assert non_get_request(b"get / HTTP/1.1\r\n\r\n") is None
    assert non_get_request(b"\x16\x03\x01\x00") is None


@pytest.mark.parametrize("line", [b"GET /a HTTP/2", b"GET /a", b":method: GET\r\n:path: /a"])
def test_a_get_of_later_versions(line: bytes) -> None:
    assert non_get_request(line + b"\r\nhost: news.test\r\n\r\n") is None


@pytest.mark.parametrize(
    "line",
    [
        *(b"POST /a HTTP/2", b"post /a HTTP/3", b"POST /a", b"POST\t/a\tHTTP/2.0"),
        *(b":method: POST\r\n:path: /a", b":authority: news.test\n:path: /a\n:method:POST"),
    ],
)
def test_a_post_of_later_versions(line: bytes) -> None:
    fields = b"content-type: application/x-www-form-urlencoded\r\ncontent-length: 3\r\n\r\n"
    assert non_get_request(line + b"\r\n" + fields + b"a=1") == NonGetRequest("POST", "a=1")


def test_a_form_is_its_arguments() -> None:
    assert non_get_request(request(*BODIES["form"])) == NonGetRequest("POST", "b=2&a= x y")
    assert non_get_request(request("PUT", FORM, b"a=1")) == NonGetRequest("PUT", "a=1")


def test_json_is_its_scalars_by_name() -> None:
    found = non_get_request(request("POST", JSON, b'{"a": 1, "b": {"a": [true, null, 2.0]}}'))
    assert found == NonGetRequest("POST", "a=1&a.2_=true&a.3_=null&a.4_=2")


def test_a_body_that_cannot_be_read_is_no_error() -> None:
    assert non_get_request(request(*BODIES["deep json"])) == NonGetRequest("POST")
    assert non_get_request(request(*BODIES["multipart without boundary"]))


def test_only_what_content_length_says_is_body() -> None:
    assert non_get_request(request("POST", FORM, b"a=1") + b"&b=2") == NonGetRequest("POST", "a=1")
    without = b"POST / HTTP/1.1\r\n\r\na=1"
    assert non_get_request(without) == NonGetRequest("POST")


def test_a_request_may_be_in_a_file() -> None:
    message = request("POST", FORM, b"a=1")
    with mmap.mmap(-1, len(message)) as view:
        view.write(message)
        assert non_get_request(view) == NonGetRequest("POST", "a=1")


def test_method_and_body_are_appended_to_the_query() -> None:
    assert NonGetRequest("HEAD").append_to("http://x.test/") == "http://x.test/?__wb_method=HEAD"
    assert NonGetRequest("PUT", "a=1").append_to("http://x/?b") == "http://x/?b&__wb_method=PUT&a=1"


@given(st.sampled_from([mime for _, mime, _ in BODIES.values()]), st.binary(max_size=200))
def test_any_body_has_a_bounded_canonical_form(mime: str, body: bytes) -> None:
    found = non_get_request(request("POST", mime, body * 50))
    assert found
    assert len(found.body) <= 4096
