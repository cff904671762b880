from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse, TextResponse

from crawler.sources.wordpress.api import Api, as_folder, candidates


@pytest.mark.parametrize(
    ("root", "url"),
    [
        ("https://a.example/wp-json/", "https://a.example/wp-json/wp/v2/posts?page=1"),
        ("https://a.example/news/api", "https://a.example/news/api/wp/v2/posts?page=1"),
        (
            "https://a.example/index.php?rest_route=/",
            "https://a.example/index.php?rest_route=/wp/v2/posts&page=1",
        ),
        ("https://a.example/?rest_route=/", "https://a.example/?rest_route=/wp/v2/posts&page=1"),
    ],
)
def test_routes_in_both_forms(root: str, url: str) -> None:
    assert Api(root).url("wp/v2/posts", {"page": 1}) == url


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://a.example/wp-json/?_fields=name", "https://a.example/wp-json/"),
        ("https://a.example/?rest_route=/&_fields=name", "https://a.example/?rest_route=/"),
    ],
)
def test_root_from_the_index_that_answered(url: str, root: str) -> None:
    assert Api.from_index_url(url).root == root


def test_commas_and_colons_stay_readable() -> None:
    url = Api("https://a.example/wp-json/").url(
        "x", {"include": "1,2", "after": "2024-01-01T00:00:00"}
    )
    assert url.endswith("?include=1,2&after=2024-01-01T00:00:00")


def test_folder_of_a_site() -> None:
    assert as_folder("https://a.example/news") == "https://a.example/news/"
    assert as_folder("https://a.example/index.php?x=1#y") == "https://a.example/index.php"


def test_candidates_begin_with_what_the_site_declares() -> None:
    home = HtmlResponse(
        "https://a.example/news/",
        headers={
            "Link": [
                "<https://a.example/news/?p=1>; rel=shortlink",
                '<https://a.example/news/api/>; rel="https://api.w.org/", <x>; rel="alternate"',
            ]
        },
        body=b'<html><link rel="https://api.w.org/" href="/from-markup/"></html>',
    )
    assert [api.root for _, api in candidates(home)] == [
        "https://a.example/news/api/",
        "https://a.example/from-markup/",
        "https://a.example/news/wp-json/",
        "https://a.example/news/?rest_route=/",
        "https://a.example/news/index.php/wp-json/",
        "https://a.example/news/index.php?rest_route=/",
    ]


def test_no_scheme_but_http() -> None:
    home = TextResponse(
        "https://a.example/", headers={"Link": '<ftp://a.example/>; rel="https://api.w.org/"'}
    )
    assert all(api.root.startswith("https://a.example/") for _, api in candidates(home))
