"""Each switch does what it says, and nothing to the rest."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from demo.content import Post
from demo.modes import Modes, modes_from_json
from demo.server import serve
from demo.site import Site, harbour_site
from tests.demo.client import POSTS, fetch, ids, posts


@contextmanager
def running(**modes: Any) -> Iterator[Site]:
    with serve(harbour_site(Modes(**modes))) as site:
        yield site


@pytest.mark.parametrize(
    ("modes", "root"),
    [
        ({"permalinks": "plain"}, "index.php?rest_route=/"),
        ({"permalinks": "index"}, "index.php/wp-json/"),
        ({"prefix": "api"}, "api/"),
        ({"subfolder": "/news"}, "wp-json/"),
        ({"subfolder": "/news", "permalinks": "plain"}, "index.php?rest_route=/"),
    ],
)
def test_the_api_is_where_the_home_page_says(modes: dict[str, Any], root: str) -> None:
    with running(**modes) as site:
        assert site.home.endswith(modes.get("subfolder", "") + "/")
        api = fetch(site).headers["Link"].partition("<")[2].partition(">")[0]
        assert api == site.home + root
        assert fetch(site, api).json()["url"] == site.home.rstrip("/")
        listed = fetch(site, api + "wp/v2/posts").json()
        assert fetch(site, listed[0]["_links"]["self"][0]["href"]).json()["id"] == listed[0]["id"]
        assert fetch(site, listed[0]["link"]).status == 200


def test_plain_permalinks_show_the_home_page_at_wp_json() -> None:
    with running(permalinks="plain") as site:
        reply = fetch(site, "wp-json/")
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
        link = fetch(site, "index.php", rest_route="/wp/v2/posts", per_page=5).headers["Link"]
        following = link.partition("<")[2].partition(">")[0]
        assert following == f"{site.home}index.php?rest_route=/wp/v2/posts&per_page=5&page=2"
        assert len(ids(fetch(site, following))) == 5


@pytest.mark.parametrize(
    ("advertise", "in_header", "in_page"),
    [("both", 1, 1), ("header", 1, 0), ("link", 0, 1), ("none", 0, 0)],
)
def test_advertise(advertise: str, in_header: int, in_page: int) -> None:
    with running(advertise=advertise) as site:
        reply = fetch(site)
    assert len(reply.headers.get_all("Link", [])) == in_header
    assert reply.body.count(b"https://api.w.org/") == in_page


def test_noise_and_bom_surround_the_json() -> None:
    with running(noise_before=b"<b>Notice</b>", noise_after=b"<!-- 1 s -->", bom=True) as site:
        body = fetch(site, f"{POSTS}/101", _fields="id").body
    assert body == b'\xef\xbb\xbf<b>Notice</b>{"id":101}<!-- 1 s -->'


def test_cp1252_is_raw_windows_bytes_where_it_can_be() -> None:
    with running(encoding="cp1252") as site:
        site.posts[101].title = "Café \u2013 港"
        body = fetch(site, f"{POSTS}/101", _fields="title").body
    assert body == b'{"title":{"rendered":"Caf\xe9 \x96 \\u6e2f"}}'


def test_lone_surrogates_stay_escaped() -> None:
    with running(lone_surrogates=True) as site:
        assert b'Correction \\ud83d"' in fetch(site, f"{POSTS}/115", _fields="title").body


def test_a_list_as_object_and_cut_json() -> None:
    with running(list_as_object=True) as site:
        assert posts(site, include=101, fields_="id").json() == {"0": {"id": 101}}
    with running(cut_json=3) as site:
        assert posts(site, include=101, fields_="id").body == b'[{"id":10'


def test_caps() -> None:
    with running(cap=10) as site:
        reply = posts(site, per_page=100)
        assert reply.status == 400
        limits = reply.json()["data"]["params"]["per_page"]
        assert limits == "per_page must be between 1 (inclusive) and 10 (inclusive)"
        assert len(ids(posts(site, per_page=10))) == 10
    with running(silent_cap=7) as site:
        reply = posts(site, per_page=100)
        assert len(ids(reply)) == 7
        assert reply.headers["X-WP-Total"] == "24"


def test_a_bad_post_kills_its_page_unless_its_text_is_left_out() -> None:
    with running(bad_posts=frozenset({108})) as site:
        reply = posts(site, include="107,108")
        assert (reply.status, reply.headers["Content-Type"]) == (500, "text/html; charset=UTF-8")
        as_json = fetch(site, f"{POSTS}/108", headers={"Accept": "application/json"})
        assert as_json.json()["code"] == "internal_server_error"
        assert ids(posts(site, include="107,109")) == [109, 107]
        assert ids(posts(site, include="107,108", fields_="id")) == [108, 107]


def test_malformed_posts() -> None:
    damage = {101: "null content", 102: "bare", 103: "string"}
    with running(malformed_posts=damage) as site:
        order = {"orderby": "id", "order": "asc"}
        first, second, third, fourth = posts(site, include="101,102,103,104", **order).json()
    assert first["content"] is None
    assert second == {"id": 102}
    assert third == "post 103 could not be loaded"
    assert fourth["content"]["rendered"].startswith("<p>The harbourmaster")


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_challenge_stands_before_the_api_only(status: int) -> None:
    with running(challenge=status) as site:
        reply = posts(site)
        assert (reply.status, reply.headers["Content-Type"]) == (status, "text/html; charset=UTF-8")
        assert fetch(site).status == 200


def test_blocked_rest_and_blocked_users() -> None:
    with running(blocked=True) as site:
        for path in ("wp-json/", POSTS):
            assert fetch(site, path).json()["code"] == "rest_not_logged_in"
        assert "api.w.org" in fetch(site).headers["Link"]
    with running(users_blocked=True) as site:
        assert fetch(site, "wp-json/wp/v2/users").status == 401
        [post] = posts(site, include=101, embed_="1").json()
        assert post["_embedded"]["author"][0]["code"] == "rest_user_cannot_view"


def test_totals_missing_or_wrong() -> None:
    with running(no_totals=True) as site:
        assert posts(site).headers["X-WP-Total"] is None
    with running(wrong_total=31) as site:
        assert posts(site).headers["X-WP-Total"] == "31"


def test_redirects_keep_the_request() -> None:
    with running(redirect_api_to="https://elsewhere.example", redirect_home="/start/") as site:
        reply = posts(site, page=2)
        assert reply.status == 301
        assert reply.headers["Location"] == f"https://elsewhere.example/{POSTS}?page=2"
        assert fetch(site).headers["Location"] == "/start/"


def test_the_first_requests_fail() -> None:
    with running(fail_first=2, retry_after="3") as site:
        replies = [posts(site) for _ in range(3)]
    assert [reply.status for reply in replies] == [503, 503, 200]
    assert replies[0].headers["Retry-After"] == "3"


def test_html_404_for_the_api() -> None:
    with running(html_404_for_api=True) as site:
        reply = fetch(site, "wp-json/")
        assert (reply.status, reply.headers["Content-Type"]) == (404, "text/html; charset=UTF-8")


def test_fields_ignored() -> None:
    with running(fields_ignored=True) as site:
        assert "content" in posts(site, include=101, fields_="id").json()[0]


def test_an_endless_site_starts_anew() -> None:
    with running(endless=True) as site:
        again = posts(site, per_page=10, page=4)
        assert ids(again) == ids(posts(site, per_page=10, page=1))
        assert 'rel="next"' in again.headers["Link"]
        assert len(ids(posts(site, after="2090-01-01T00:00:00"))) == 10


def test_slow_answers_wait_but_closing_does_not() -> None:
    with running(slow=0.2) as site:
        start = time.monotonic()
        posts(site)
        assert time.monotonic() - start >= 0.2
    with running(slow=600) as site:
        start = time.monotonic()
        address = urlsplit(site.home)
        waiting = socket.create_connection((address.hostname, address.port), timeout=60)
        waiting.sendall(f"GET /{POSTS} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    with waiting:
        assert time.monotonic() - start < 100


def test_a_hook_changes_the_site_in_mid_crawl() -> None:
    def publish_then_delete(site: Site, number: int) -> None:
        if number == 2:
            site.posts[500] = Post(id=500, date="2024-06-01T00:00:00", title="Late")
        if number == 3:
            del site.posts[500]

    pristine = harbour_site()
    pristine.on_request = publish_then_delete
    with serve(pristine) as site:
        newest = [ids(posts(site, per_page=1)) for _ in range(3)]
    assert newest == [[124], [500], [124]]


def test_the_log_is_served_only_on_demand(site: Site) -> None:
    assert fetch(site, "__log").status == 404
    with running(expose_log=True) as open_site:
        posts(open_site, page=2)
        [entry] = fetch(open_site, "/__log").json()
    assert (entry["method"], entry["path"]) == ("GET", f"/{POSTS}")
    assert entry["query"] == [["page", "2"]]


def test_modes_from_json() -> None:
    text = """{"cap": 5, "noise_before": "x", "bad_posts": [1], "malformed_posts": {"2": "bare"}}"""
    assert modes_from_json(text) == Modes(
        cap=5, noise_before=b"x", bad_posts=frozenset({1}), malformed_posts={2: "bare"}
    )
    for wrong in ("[]", '{"caps": 5}', "{"):
        with pytest.raises(ValueError):
            modes_from_json(wrong)
