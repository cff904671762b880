"""The language and the region that a page names."""

from __future__ import annotations

import pytest

from crawler.pages.page_locale import locale
from crawler.pages.page_metadata import read_metadata
from crawler.pages.tree import parse_page

URL = "https://news.example/storm"
BRITISH = "<meta property='og:locale' content='en_GB'>"


@pytest.mark.parametrize(
    ("language", "head", "url", "expected"),
    [
        ("", "", URL, ""),
        ("de", "", URL, "de"),
        ("de-CH", "", URL, "de_CH"),
        ("zh-Hant-TW", "", URL, "zh_TW"),
        ("en", BRITISH, URL, "en_GB"),
        ("", BRITISH, URL, "en_GB"),
        ("fr", BRITISH, URL, "fr"),
        ("en-US", BRITISH, URL, "en_US"),
        ("", "<meta http-equiv='content-language' content='es-mx'>", URL, "es_MX"),
        ("", "", "https://news.example/en-gb/storm", "en_GB"),
        ("en", "", "https://news.example.co.uk/storm", "en_GB"),
        ("", "", "https://news.example.co.uk/storm", ""),
        ("english", "", URL, ""),
    ],
)
def test_locale(language: str, head: str, url: str, expected: str) -> None:
    root = parse_page(f"<html lang='{language}'><head>{head}</head><body><p>x</p></body></html>")
    assert locale(read_metadata(root), {}, url) == expected


def test_the_language_that_json_ld_names() -> None:
    root = parse_page("<html lang='en'><body><p>x</p></body></html>")
    assert locale(read_metadata(root), {"inLanguage": "en-AU"}, URL) == "en_AU"
