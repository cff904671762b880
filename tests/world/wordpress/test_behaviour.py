"""Each way a site can be set up or misbehave shows on the wire."""

from __future__ import annotations

import gzip
import json
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.world.wordpress.client import get
from tests.world.wordpress.fixtures import StartSite
from tests.world.wordpress.site import WordPress

pytestmark = pytest.mark.wordpress


def rest(site: WordPress, route: str = "wp/v2/posts") -> str:
    return f"{site.url}/wp-json/{route}"


def test_plain_permalinks(wordpress_site: StartSite) -> None:
    site = wordpress_site(permalinks="plain")
    link = f'<{site.url}/index.php?rest_route=/>; rel="https://api.w.org/"'
    assert get(f"{site.url}/").headers["Link"] == link
    guess = get(f"{site.url}/wp-json/")
    assert (guess.status, guess.headers.get_content_type()) == (200, "text/html")
    posts = get(f"{site.url}/index.php?rest_route=/wp/v2/posts", _fields="link").json
    assert posts[0]["link"].startswith(f"{site.url}/?p=")


def test_index_permalinks(wordpress_site: StartSite) -> None:
    site = wordpress_site(permalinks="index")
    assert f"<{site.url}/index.php/wp-json/>" in get(f"{site.url}/").headers["Link"]
    assert get(f"{site.url}/index.php/wp-json/wp/v2/posts", _fields="id").status == 200


def test_subfolder(wordpress_site: StartSite) -> None:
    for site in (wordpress_site(subfolder="news"), wordpress_site(subfolder="a/b", server="nginx")):
        assert f"<{site.url}/wp-json/>" in get(f"{site.url}/").headers["Link"]
        post = get(rest(site), slug="sticky-post", _fields="link").json[0]
        assert get(post["link"]).status == 200
        root = f"http://{urlsplit(site.url).netloc}"
        assert get(f"{root}/wp-json/").status == 404


def test_nginx_compresses_and_keeps_connections(wordpress_site: StartSite) -> None:
    site = wordpress_site(server="nginx")
    packed = get(rest(site), per_page=20, accept_encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Transfer-Encoding"] == "chunked"
    assert len(json.loads(gzip.decompress(packed.body))) == 20
    connection = HTTPConnection(urlsplit(site.url).netloc, timeout=60)
    sockets = set()
    for _ in range(2):
        connection.request("GET", "/wp-json/wp/v2/posts?_fields=id")
        sockets.add(connection.sock.getsockname())
        assert connection.getresponse().read().startswith(b"[")
    connection.close()
    assert len(sockets) == 1
    assert [entry.status for entry in site.access_log][:2] == [200, 200]


@pytest.mark.parametrize("server", ["php", "nginx"])
def test_blocked_rest_and_application_passwords(wordpress_site: StartSite, server: str) -> None:
    site = wordpress_site(server="nginx" if server == "nginx" else "php", rest="blocked")
    for url in (rest(site), rest(site, "")):
        answer = get(url)
        assert (answer.status, answer.json["code"]) == (401, "rest_not_logged_in")
    assert "wp-json" in get(f"{site.url}/").headers["Link"]
    password = site.app_password("admin")
    assert get(rest(site), auth=("admin", password)).status == 200
    assert get(rest(site), auth=("admin", "wrong password")).status == 401


def test_wrong_password_on_an_open_site_is_anonymous(wordpress: WordPress) -> None:
    wrong = ("admin", "wrong password")
    assert get(rest(wordpress), auth=wrong, _fields="id").status == 200
    assert get(rest(wordpress, "wp/v2/users/me"), auth=wrong).status == 401


def test_changed_prefix(wordpress: WordPress) -> None:
    with wordpress.behaving(rest_prefix="api"):
        assert f"<{wordpress.url}/api/>" in get(f"{wordpress.url}/").headers["Link"]
        assert get(f"{wordpress.url}/api/wp/v2/posts", _fields="id").status == 200
        assert get(rest(wordpress)).status == 404


def test_api_on_another_host(wordpress: WordPress) -> None:
    with wordpress.behaving(rest_host="localhost"):
        answer = get(rest(wordpress), per_page=3)
        there = rest(wordpress).replace("127.0.0.1", "localhost") + "?per_page=3"
        assert (answer.status, answer.headers["Location"]) == (301, there)
        assert len(get(there).json) == 3


def test_page_caps(wordpress: WordPress) -> None:
    with wordpress.behaving(per_page_cap=10, cap_mode="refuse"):
        refused = get(rest(wordpress), per_page=100)
        assert (refused.status, refused.json["code"]) == (400, "rest_invalid_param")
        assert "10" in refused.json["data"]["params"]["per_page"]
        assert len(get(rest(wordpress), per_page=10, _fields="id").json) == 10
    with wordpress.behaving(per_page_cap=10, cap_mode="shorten"):
        cut = get(rest(wordpress), per_page=100, _fields="id")
        assert (cut.status, len(cut.json)) == (200, 10)


def test_missing_totals_and_advertisement(wordpress: WordPress) -> None:
    with wordpress.behaving(totals=False, advertise="html"):
        listed = get(rest(wordpress), _fields="id")
        assert (listed.status, listed.headers["X-WP-Total"]) == (200, None)
        home = get(f"{wordpress.url}/")
        assert home.headers["Link"] is None
        assert b"https://api.w.org/" in home.body
    with wordpress.behaving(advertise="none"):
        assert b"https://api.w.org/" not in get(f"{wordpress.url}/").body


@pytest.mark.parametrize("status", ["401", "404"])
def test_users_kept_from_strangers(wordpress: WordPress, status: str) -> None:
    with wordpress.behaving(users="401" if status == "401" else "404"):
        assert get(rest(wordpress, "wp/v2/users")).status == int(status)
        assert get(rest(wordpress, "wp/v2/users/1")).status == int(status)
        assert get(rest(wordpress), _fields="id").status == 200


def test_bad_post_breaks_its_page_only(wordpress: WordPress) -> None:
    with wordpress.behaving(bad_post="dst-autumn-second"):
        day: dict[str, Any] = {"after": "2023-10-29T00:00:00", "before": "2023-10-29T23:00:00"}
        assert get(rest(wordpress), **day).status == 500
        assert len(get(rest(wordpress), **day, _fields="id").json) == 6
        assert get(rest(wordpress), slug="dst-autumn-first").status == 200


@pytest.mark.parametrize("status", [200, 403, 503])
def test_challenge_page(wordpress: WordPress, status: int) -> None:
    with wordpress.behaving(challenge=status):
        answer = get(rest(wordpress))
        assert (answer.status, answer.headers.get_content_type()) == (status, "text/html")
        assert get(f"{wordpress.url}/").status == 200
    with wordpress.behaving(challenge=status, challenge_at="site"):
        assert b"Just a moment" in get(f"{wordpress.url}/").body


def test_slow_answers(wordpress: WordPress) -> None:
    with wordpress.behaving(delay=1.0):
        started = time.monotonic()
        assert get(rest(wordpress), per_page=1, _fields="id").status == 200
        assert time.monotonic() - started > 1.0


def test_bytes_around_the_json(wordpress: WordPress) -> None:
    query: dict[str, Any] = {"slug": "sticky-post", "_fields": "id,title"}
    clean = get(rest(wordpress), **query).body
    with wordpress.behaving(noise="notice"):
        noisy = get(rest(wordpress), **query)
        assert noisy.body.startswith(b"<br />\n<b>Notice</b>")
        assert noisy.body.endswith(clean)
        assert int(noisy.headers["Content-Length"]) == len(noisy.body)
    with wordpress.behaving(noise="bom"):
        assert get(rest(wordpress), **query).body == b"\xef\xbb\xbf" + clean
    with wordpress.behaving(noise="html_after"):
        assert get(rest(wordpress), **query).body.startswith(clean + b"\n<!--")


def test_damaged_json(wordpress: WordPress) -> None:
    query: dict[str, Any] = {"slug": "classic-wpautop", "_fields": "id,title,content"}
    with wordpress.behaving(noise="cp1252"):
        body = get(rest(wordpress), slug="title-entities", _fields="title").body
        assert b"S\xf6hne" in body
    with (
        wordpress.behaving(noise="cut"),
        pytest.raises(ValueError, match=r"Unterminated|Expecting"),
    ):
        _ = get(rest(wordpress), **query).json
    with wordpress.behaving(noise="list_as_object"):
        assert list(get(rest(wordpress), **query).json) == ["0"]
    with wordpress.behaving(noise="null_content"):
        assert get(rest(wordpress), **query).json[0]["content"]["rendered"] is None
    with wordpress.behaving(noise="surrogate"):
        title = get(rest(wordpress), **query).json[0]["title"]["rendered"]
        assert title.startswith("\ud83d&#8220;")


def test_posts_change_while_the_site_runs(wordpress_site: StartSite) -> None:
    site = wordpress_site()
    before = get(rest(site), _fields="id").total
    number = site.insert_post(post_title='Late "news" \\ 100 %', post_content="<p>New.</p>")
    assert get(rest(site), _fields="id").total == before + 1
    site.update_post(number, post_content="<p>Edited.</p>")
    assert "Edited." in get(rest(site, f"wp/v2/posts/{number}")).json["content"]["rendered"]
    site.delete_post(number)
    assert get(rest(site, f"wp/v2/posts/{number}")).status == 404
    assert get(rest(site), _fields="id").total == before
