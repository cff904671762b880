"""The languages of a WordPress site, by its home page."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse, Response

from crawler.sources.wordpress.languages import SiteLanguages, own_language

HOME = """<!DOCTYPE html><html class="no-js" lang="de-DE"><head>
<link rel="alternate" hreflang="de-DE" href="https://many.example/">
<link rel="alternate" href="/en/" hreflang="en_GB">
<link rel="alternate" hreflang="x-default" href="https://many.example/">
<link rel="alternate" hreflang="no thing" href="/odd/"><link hreflang="fr" href="javascript:1">
"""


def of(body: str) -> SiteLanguages:
    return SiteLanguages.of_home(HtmlResponse("https://many.example/", body=body, encoding="utf-8"))


def test_what_the_home_page_says() -> None:
    found = of(HOME)
    assert found.home == "de-DE"
    assert found.alternates == {
        "de-DE": "https://many.example/",
        "en-GB": "https://many.example/en/",
    }
    assert found.are_several
    assert list(found.others()) == [("en", "https://many.example/en/")]


@pytest.mark.parametrize(
    ("url", "language"),
    [
        ("https://many.example/en/a/", "en-GB"),
        ("http://www.many.example/a/", "de-DE"),
        ("https://many.example/english/", "de-DE"),
        ("https://other.example/en/a/", ""),
    ],
)
def test_the_language_at_an_address(url: str, language: str) -> None:
    assert of(HOME).at(url) == language


def test_addresses_that_differ_in_the_query_alone_tell_nothing() -> None:
    links = "".join(f"<link hreflang='{n}' href='/?lang={n}'>" for n in ("de", "en"))
    assert of(f"<html>{links}").at("https://many.example/a/?lang=en") == ""


def test_a_site_in_one_language() -> None:
    found = of(
        "<html lang='en'><link hreflang='en-US' href='/'><link hreflang='en-GB' href='/uk/'>"
    )
    assert not found.are_several
    assert found.at("https://many.example/uk/a/") == ""
    assert SiteLanguages.of_home(Response("https://many.example/", body=b"\x89PNG")).home == ""


@pytest.mark.parametrize(
    ("post", "language"),
    [
        ({"lang": "fr"}, "fr"),
        ({"wpml_current_locale": "pt_BR"}, "pt-BR"),
        ({"lang": ["fr"]}, ""),
        ({"lang": "<b>"}, ""),
        ({}, ""),
    ],
)
def test_what_a_post_says(post: dict[str, object], language: str) -> None:
    assert own_language(post) == language
