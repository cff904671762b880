from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from crawler.sources.html_links import HtmlLinks, link_types, shown_text

URL = "https://news.example.org/world/"


def page(markup: str | bytes) -> HtmlLinks:
    body = markup if isinstance(markup, bytes) else markup.encode()
    return HtmlLinks(HtmlResponse(URL, body=body, encoding="utf-8"))


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("", "https://news.example.org/world/a"),
        ('<base href="/de/">', "https://news.example.org/de/a"),
        ('<base href="https://other.example/x">', "https://other.example/a"),
        ('<base target="_top"><base href="b/">', "https://news.example.org/world/b/a"),
        ('<base href="javascript:x">', "https://news.example.org/world/a"),
    ],
)
def test_addresses_are_relative_to_the_base(base: str, address: str) -> None:
    assert [url for _, url in page(f"<head>{base}</head><a href=' a '>x</a>").links("a")] == [
        address
    ]


def test_elements_without_a_usable_address_are_left_out() -> None:
    found = page("<a>1</a><a href=''>2</a><a href='mailto:x'>3</a><a href='http://['>4</a>")
    assert list(found.links("a")) == []


def test_relations_and_text() -> None:
    ((anchor, _),) = page("<a rel='Next  nofollow' href=x> a <b>b\n</b>c</a>").links("a")
    assert link_types(anchor) == ["next", "nofollow"]
    assert shown_text(anchor) == "a b c"


def test_a_tag_that_chokes_the_parser_is_left_out() -> None:
    attributes = " ".join(f"a{n}=1" for n in range(100_000))
    found = page(f"<a href=1>x</a><p {attributes}>y</p><a href=2>z</a>")
    assert [url[-1] for _, url in found.links("a")] == ["1", "2"]


def test_a_long_value_is_no_harm() -> None:
    props = "a b=c " * 10_000
    assert len(list(page(f"<div data-props='{props}'><a href=1>x</a></div>").links("a"))) == 1


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"\0", b"<!-- x", b"plain", b"<?xml?>", b"\xff\xfe<"]
)
def test_nothing_to_read(body: bytes) -> None:
    assert list(page(body).links("a")) == []


def test_depth_is_no_crash() -> None:
    assert list(page("<div>" * 50_000 + "<a href=x>y</a>").links("a")) == []


@given(
    st.lists(
        st.sampled_from(
            [
                "<a href='",
                "'",
                ">",
                "</a>",
                "<base href=",
                "<",
                "x",
                "<!--",
                "\0",
                '"',
                "é",
                "<link ",
            ]
        )
        | st.text(max_size=5),
        max_size=20,
    )
)
def test_any_markup_is_read(parts: list[str]) -> None:
    found = page("".join(parts).encode("utf-8", "replace"))
    for tag in ("a", "link"):
        for _, url in found.links(tag):
            assert url.startswith(("http://", "https://"))
