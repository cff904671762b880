"""Pages made of texts: whatever the text holds is text on them, and they say what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from crawler.archive.text_page import TextPage

PAGE = TextPage(
    title="Ferry sails again",
    day="2024-04-11",
    paragraphs=("It left at noon.", "It came back at one."),
    language="en-GB",
    url="https://news.test/ferry",
    origin="https://news.test/wp-json/wp/v2/posts?include=1",
    record="<urn:uuid:00000000-0000-0000-0000-000000000001>",
    date="2024-04-11T08:00:00Z",
    made="2024-04-12",
)
HOSTILE = "</title></p><script>alert(1)</script><img src=x onerror='a()'>\"' &lt;b&gt; \ud800"


def read(page: TextPage) -> html.HtmlElement:
    return html.document_fromstring(page.html().decode())


def test_it_shows_the_text_and_says_what_it_is() -> None:
    page = read(PAGE)
    assert page.get("lang") == "en-GB"
    assert page.xpath("//meta/@charset") == ["utf-8"]
    assert page.xpath("//title/text()") == page.xpath("//h1/text()") == [PAGE.title]
    assert page.xpath("//article/p[@dir='auto']/text()") == list(PAGE.paragraphs)
    footer = page.xpath("//footer")[0].text_content()
    for said in ("This is no page of the publisher", PAGE.made, PAGE.record, PAGE.date):
        assert said in footer
    assert page.xpath("//footer//a/@href") == [PAGE.origin, PAGE.url]


@pytest.mark.parametrize(
    "field", ["title", "day", "paragraphs", "language", "url", "origin", "record", "date", "made"]
)
def test_whatever_comes_is_text(field: str) -> None:
    value: Any = (HOSTILE, HOSTILE) if field == "paragraphs" else HOSTILE
    page = read(replace(PAGE, **{field: value}))
    plain = {one.tag for one in read(PAGE).iter()}
    assert {one.tag for one in page.iter()} <= plain
    names = {name for one in page.iter() for name in one.keys()}  # noqa: SIM118 - an element
    assert names <= {"lang", "dir", "charset", "name", "content", "href"}
    if field != "language":
        assert HOSTILE.replace("\ud800", "?") in page.text_content()


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", " https://a.example/", "file:///etc/passwd"]
)
def test_only_web_addresses_are_links(url: str) -> None:
    page = read(replace(PAGE, url=url, origin=""))
    assert page.xpath("//a") == []
    assert url in page.text_content()


def test_a_text_without_headline_and_one_that_is_cut() -> None:
    page = read(replace(PAGE, title="", day="", language="", is_cut=True))
    assert page.xpath("//h1") == page.xpath("//time") == []
    assert page.xpath("//title/text()") == [PAGE.url]
    assert page.get("lang") is None
    assert "The text is longer" in page.text_content()
