from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.robots import MOST_SITEMAPS, sitemaps

URL = "https://news.example.org/robots.txt"


def test_sitemaps() -> None:
    body = """\ufeff# robots
User-agent: *
Disallow: /search
sitemap: https://news.example.org/sitemap.xml
Sitemap: /news.xml
SITEMAP: https://NEWS.example.org:443/sitemap.xml
Sitemap: ftp://news.example.org/x.xml
Sitemap:
Sitemap: https://cdn.example.net/news.xml.gz # today
"""
    expected = [
        "https://news.example.org/sitemap.xml",
        "https://news.example.org/news.xml",
        "https://cdn.example.net/news.xml.gz",
    ]
    assert sitemaps(body, URL) == expected
    assert sitemaps(body.encode(), URL) == expected


def test_only_the_first_512_kib_are_read() -> None:
    body = b"Sitemap: /a.xml\n" + b"#" * (512 << 10) + b"\nSitemap: /b.xml\n"
    assert sitemaps(body, URL) == ["https://news.example.org/a.xml"]


def test_no_more_than_so_many() -> None:
    body = "".join(f"Sitemap: /{n}.xml\n" for n in range(MOST_SITEMAPS + 1))
    assert len(sitemaps(body, URL)) == MOST_SITEMAPS


@given(st.binary(max_size=200))
def test_any_bytes_are_a_robots_txt(body: bytes) -> None:
    for url in sitemaps(b"Sitemap: " + body, URL):
        assert url.startswith(("http://", "https://"))
