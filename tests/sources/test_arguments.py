from __future__ import annotations

import os
from datetime import datetime

import pytest

from crawler.crawling.wordpress.query import SiteQuery, site_query
from crawler.exceptions import BadArgumentError
from crawler.sources.arguments import default_source, known_arguments, period
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


@pytest.mark.parametrize(
    ("text", "hosts", "ports"),
    [
        ("api.example.org", ("api.example.org",), {80, 443}),
        ("api.example.org:8443, b.example", ("api.example.org", "b.example"), {80, 443, 8443}),
        ("[::1]:8080", ("[::1]",), {80, 443, 8080}),
        ("::1", ("::1",), {80, 443}),
    ],
)
def test_allowed_hosts_may_have_ports(text: str, hosts: tuple[str, ...], ports: set[int]) -> None:
    query = site_query_of(site="a.example", allow_hosts=text)
    assert query.allow_hosts == hosts
    assert set(query.ports) == ports


NAMES = ("site", "source", "after", "before")


def test_arguments_of_other_programs_pass() -> None:
    given = {"site": "a.example", "_job": "b5c2", "_version": "1", "source": ""}
    assert known_arguments(given, NAMES) == {"site": "a.example"}


@pytest.mark.parametrize(
    ("name", "nearest"), [("sit", "site"), ("sauce", "source"), ("befor", "before"), ("zzz", None)]
)
def test_an_unknown_argument_is_refused_with_the_nearest_known_one(
    name: str, nearest: str | None
) -> None:
    with pytest.raises(BadArgumentError, match=f"^{name}='x' cannot be used: ") as caught:
        known_arguments({name: "x"}, NAMES)
    assert (f"did you mean {nearest}?" in str(caught.value)) is (nearest is not None)
    assert "The arguments are site, source, after, before" in str(caught.value)


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    text = os.fsdecode(b"Haf\xe9n")
    with pytest.raises(BadArgumentError, match="not UTF-8"):
        known_arguments({"source": text}, NAMES)


@pytest.mark.parametrize("before", ["2024-02-01", "2024-02-02", "2024-02-02T07:00:00"])
def test_a_period_has_its_end_behind_its_beginning(before: str) -> None:
    with pytest.raises(BadArgumentError, match=r"^after=.2024-02-02T07:00:00. cannot") as e:
        period("2024-02-02T07:00:00", before)
    assert f"before={before}" in str(e.value)
    assert period("2024-02-02", "2024-02-03") == (datetime(2024, 2, 2), datetime(2024, 2, 3))
    assert period("", before)[0] is None
