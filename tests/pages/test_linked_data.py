"""JSON-LD as it is found on pages."""

from __future__ import annotations

import pytest

from crawler.pages.linked_data import article, list_type, nodes, strings
from crawler.pages.tree import parse_page

URL = "https://news.example/storm"


def found(*scripts: str, kind: str = "application/ld+json") -> list[dict[str, object]]:
    html = "".join(f'<script type="{kind}">{script}</script>' for script in scripts)
    return nodes(parse_page(f"<html><head>{html}</head><body><p>x</p></body></html>"))


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Storm"}',
        '[{"@type": "WebSite"}, {"@type": "NewsArticle", "headline": "Storm"}]',
        '{"@graph": [{"@type": "WebPage"}, {"@type": ["NewsArticle"], "headline": "Storm"}]}',
        '{"@type": "WebPage", "mainEntity": {"@type": "BlogPosting", "headline": "Storm"}}',
        '{"@type": "http://schema.org/ReportageNewsArticle", "headline": "Storm"}',
        '<!-- {"@type": "NewsArticle", "headline": "Storm"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "Storm"}\n//]]>',
        '{"@type": "NewsArticle", "headline": "Storm", "description": "two\nlines"};',
    ],
)
def test_shapes(script: str) -> None:
    assert article(found(script), {URL})["headline"] == "Storm"


@pytest.mark.parametrize("script", ["", "null", "7", "{", "[" * 100_000, '{"@type": {}}', "<!--"])
def test_what_is_no_article(script: str) -> None:
    assert article(found(script), {URL}) == {}


def test_other_scripts_are_not_read() -> None:
    assert found('{"@type": "NewsArticle"}', kind="text/javascript") == []


def test_the_article_that_names_the_page_is_taken() -> None:
    other = '{"@type": "NewsArticle", "url": "https://news.example/other"}'
    own = '{"@type": "Article", "mainEntityOfPage": {"@id": "https://news.example/storm/#x"}}'
    assert article(found(other, own), {URL})["@type"] == "Article"
    assert article(found(other), {URL})["@type"] == "NewsArticle"
    assert article(found(*[other] * 4), {URL}) == {}


def test_lists() -> None:
    assert list_type(found('{"@type": "CollectionPage"}')) == "CollectionPage"
    assert not list_type(found('{"@type": "WebPage"}'))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Ada ", ["Ada"]),
        ({"name": "Ada"}, ["Ada"]),
        ([{"name": "Ada"}, "Jo", {"@id": "x"}, None, 7], ["Ada", "Jo"]),
        ({"name": ["Ada", "Jo"]}, ["Ada"]),
        (None, []),
        ("", []),
    ],
)
def test_strings(value: object, expected: list[str]) -> None:
    assert strings(value, "name") == expected
