from __future__ import annotations

import pytest

from crawler.sources.site import on_site, ports_of, site_domain


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.news.example.co.uk/", "example.co.uk"),
        ("http://127.0.0.1:80/", "127.0.0.1"),
        ("http://localhost/", "localhost"),
        ("https://alice.github.io/", "alice.github.io"),
    ],
)
def test_registrable_domain(url: str, domain: str) -> None:
    assert site_domain(url) == domain


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://example.org/", True),
        ("http://www.example.org:8080/x", True),
        ("https://EXAMPLE.org./", True),
        ("https://badexample.org/", False),
        ("https://example.org.evil.test/", False),
        ("https://evil.test/?example.org", False),
        ("https://user@evil.test@example.org/", True),
        ("mailto:a@example.org", False),
    ],
)
def test_hosts_of_a_site(url: str, inside: bool) -> None:
    assert on_site(url, ["example.org"]) is inside


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://example.org/", True),
        ("http://www.example.org:8080/", True),
        ("http://www.example.org:8081/", False),
        ("http://example.org:9200/_search", False),
        ("http://example.org:99999/", False),
    ],
)
def test_ports_of_a_site(url: str, inside: bool) -> None:
    ports = ports_of(["http://example.org:8080/", "https://feeds.example.org/"])
    assert on_site(url, ["example.org"], ports) is inside
