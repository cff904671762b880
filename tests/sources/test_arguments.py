from __future__ import annotations

from datetime import datetime

import pytest

from crawler.crawling.wordpress.query import SiteQuery, site_query
from crawler.exceptions import BadArgumentError
from crawler.sources.arguments import default_source
from crawler.sources.wordpress.credentials import Credentials


def site_query_of(**arguments: str) -> SiteQuery:
    return site_query(arguments)


def test_defaults() -> None:
    query = site_query_of(site="example.org")
    assert query.site == "https://example.org/"
    assert query.source == "example.org"
    assert query.post_types == ("posts",)
    assert query.max_articles is None


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://www.example.org/", "example.org"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("https://example.org/news/", "example.org/news"),
    ],
)
def test_a_source_is_named_after_its_site(url: str, source: str) -> None:
    assert default_source(url) == source


def test_bounds_mean_from_that_day_on_and_until_the_day_before() -> None:
    query = site_query_of(site="a.example", after="2024-01-15", before="2024-02-01")
    assert query.after == datetime(2024, 1, 14, 23, 59, 59)
    assert query.before == datetime(2024, 2, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("site", ""),
        ("site", "ftp://example.org/"),
        ("site", "https://"),
        ("site", "https://a.example:99999999/"),
        ("site", "https://user:secret@example.org/"),
        ("after", "yesterday"),
        ("before", "2024-01-15T00:00:00+05:00"),
        ("max_articles", "0"),
        ("max_articles", "many"),
    ],
)
def test_bad_arguments_name_themselves_and_the_fix(name: str, value: str) -> None:
    with pytest.raises(BadArgumentError, match=f"^{name}=.* cannot be used: ") as caught:
        site_query({"site": "https://example.org/", name: value})
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_pages_have_no_categories() -> None:
    with pytest.raises(BadArgumentError, match="pages have no categories"):
        site_query_of(site="a.example", post_types="posts,pages", categories="world")


def test_credentials_go_to_one_origin_only() -> None:
    credentials = Credentials("ed", "abcd efgh")
    assert credentials.headers("https://example.org/") == {}
    assert credentials.bind("https://example.org/news/", "https://example.org/news/")
    assert credentials.headers("https://example.org:443/wp-json/") == {
        "Authorization": b"Basic ZWQ6YWJjZCBlZmdo"
    }
    for other in ("http://example.org/", "https://example.org:8443/", "https://www.example.org/"):
        assert credentials.headers(other) == {}
    assert "efgh" not in repr(credentials)


@pytest.mark.parametrize(
    ("site", "home", "safe"),
    [
        ("http://example.org/", "https://www.example.org/", True),
        ("https://www.example.org/", "https://example.org/de/", True),
        ("https://example.org/", "http://example.org/", False),
        ("https://example.org/", "https://login.example.org/", False),
        ("http://example.org/", "http://www.example.org/", False),
        ("https://example.org/", "https://evil.test/", False),
    ],
)
def test_credentials_follow_a_redirect_to_tls_and_www_alone(
    site: str, home: str, safe: bool
) -> None:
    credentials = Credentials("ed", "abcd")
    assert credentials.bind(site, home) is safe
    assert bool(credentials.headers(home)) is safe


def test_sites_are_named_in_one_spelling() -> None:
    assert site_query_of(site="HTTPS://EXAMPLE.org/News").site == "https://example.org/News"
    assert site_query_of(site="https://bücher.example/").site == "https://xn--bcher-kva.example/"


@pytest.mark.parametrize("host", ["https://api.example.org/", "api.example.org/x", "a b"])
def test_allowed_hosts_are_hosts(host: str) -> None:
    with pytest.raises(BadArgumentError, match="allow_hosts"):
        site_query_of(site="a.example", allow_hosts=host)
