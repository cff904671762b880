"""What a well-behaved site answers, line by line of the table of what WordPress answers."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest

from demo.content import Post, User
from demo.modes import Modes
from demo.server import serve
from demo.site import Site, build_site, harbour_site
from tests.demo.client import POSTS, basic, fetch, ids, posts

FIRST_THREE = [102, 101, 103]  # 102 is later by GMT, but not by the clock on the wall


def error(reply: Any) -> tuple[int, str]:
    body = reply.json()
    assert body["data"]["status"] == reply.status
    return reply.status, body["code"]


def test_the_index_says_who_and_when(site: Site) -> None:
    index = fetch(site, "wp-json/").json()
    assert index["name"] == "The Port Merrow Courier"
    assert index["url"] == index["home"] == site.home.rstrip("/")
    assert (index["timezone_string"], index["gmt_offset"]) == ("America/Halifax", "-4")
    assert "wp/v2" in index["namespaces"]
    assert "/wp/v2/posts" in index["routes"]
    assert "application-passwords" in index["authentication"]


def test_totals_count_protected_posts_but_not_private_ones(site: Site) -> None:
    reply = posts(site, per_page=100)
    assert reply.headers["X-WP-Total"] == "24"
    assert reply.headers["X-WP-TotalPages"] == "1"
    assert 114 in ids(reply)
    assert not {131, 132, 133} & {*ids(reply)}


def test_posts_come_newest_first_ten_a_page(site: Site) -> None:
    newest = ids(posts(site))
    assert newest[:6] == [124, 123, 122, 121, 120, 119]
    assert {*newest[6:8]} == {117, 118}  # of one second, so in no order
    assert newest[8:] == [116, 115]


def test_middle_pages_name_the_previous_and_the_next_in_one_header(site: Site) -> None:
    url = f"{site.home}{POSTS}?per_page=5&page="
    links = posts(site, per_page=5, page=2).headers.get_all("Link")
    assert links == [f'<{url}1>; rel="prev", <{url}3>; rel="next"']
    assert 'rel="next"' not in posts(site, per_page=5, page=5).headers["Link"]
    assert 'rel="prev"' not in posts(site, per_page=5).headers["Link"]


@pytest.mark.parametrize("per_page", [101, 0, -1])
def test_per_page_out_of_range_names_the_range(site: Site, per_page: int) -> None:
    reply = posts(site, per_page=per_page)
    assert error(reply) == (400, "rest_invalid_param")
    assert reply.json()["message"] == "Invalid parameter(s): per_page"
    assert reply.json()["data"]["params"] == {
        "per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "two"),
        ("order", "up"),
        ("orderby", "color"),
        ("categories", "harbour"),
        ("include", "1,x"),
        ("sticky", "perhaps"),
        ("after", "2024-01-15"),
        ("before", "2024-01-15T07:00"),
        ("modified_after", "2024-01-15T07:00:00 05:00"),
    ],
)
def test_wrong_values_are_named(site: Site, name: str, value: str) -> None:
    reply = posts(site, **{name: value})
    assert error(reply) == (400, "rest_invalid_param")
    assert list(reply.json()["data"]["params"]) == [name]
    assert list(reply.json()["data"]["details"]) == [name]


def test_a_page_past_the_last_is_an_error_but_an_empty_list_is_not(site: Site) -> None:
    assert error(posts(site, page=4)) == (400, "rest_post_invalid_page_number")
    assert ids(posts(site, page=2, search="zeppelin")) == []
    assert ids(posts(site, offset=24)) == []
    assert fetch(site, "wp-json/wp/v2/tags", page=9).json() == []


def test_offset_overrides_page(site: Site) -> None:
    assert ids(posts(site, offset=1, per_page=2)) == [123, 122]


def test_dates_are_exclusive_and_in_the_site_s_own_time(site: Site) -> None:
    order = {"orderby": "date", "order": "asc"}
    assert ids(posts(site, **order, before="2023-11-14T22:40:01")) == FIRST_THREE
    assert ids(posts(site, **order, before="2023-11-14T22:40:00")) == FIRST_THREE[:2]
    assert ids(posts(site, **order, before="2023-11-15T02:40:01Z")) == FIRST_THREE
    assert ids(posts(site, **order, before="2023-11-15T07:40:01+05:00")) == FIRST_THREE
    assert ids(posts(site, after="2024-05-01T09:00:00")) == [124]
    assert ids(posts(site, modified_after="2024-05-01T09:00:00")) == [124]
    assert ids(posts(site, modified_after="2023-11-15T08:04:59", before="2023-11-15T00:00:00")) == [
        103
    ]


def test_a_raw_plus_in_a_date_is_a_space(site: Site) -> None:
    reply = fetch(site, f"{POSTS}?after=2024-01-15T07:00:00+05:00")
    assert error(reply) == (400, "rest_invalid_param")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"search": "walkway BREAKWATER"}, [103]),
        ({"search": "FRIENDSHIP"}, []),
        ({"slug": "regatta-entry-opens"}, [123]),
        ({"slug": "regatta-entry-opens,fountain,122"}, [123, 122]),
        ({"include": "105,103", "orderby": "include"}, [105, 103]),
        ({"include": "103,105", "exclude": "103"}, [105]),
        ({"include[]": "103"}, [103]),
        ({"categories": "3"}, [121, 109, 103]),
        ({"categories": "3", "categories_exclude": "4"}, [109]),
        ({"author": "3", "before": "2024-02-01T00:00:00"}, [110, 105]),
        ({"author_exclude": "1,3", "categories": "6"}, [123, 116, 115, 114]),
        ({"sticky": "true"}, [106]),
        ({"orderby": "id", "order": "asc", "per_page": "2"}, [101, 102]),
        ({"orderby": "slug", "order": "desc", "categories": "3"}, [109, 103, 121]),
        ({"orderby": "modified", "per_page": "1", "before": "2023-11-15T00:00:00"}, [103]),
        ({"unknown": "ignored", "include": "101"}, [101]),
    ],
)
def test_filters_and_orders(site: Site, query: dict[str, str], expected: list[int]) -> None:
    assert ids(posts(site, **query)) == expected


def test_lists_may_be_repeated_with_brackets(site: Site) -> None:
    reply = fetch(site, f"{POSTS}?include[]=103&include[]=105&orderby=id&order=asc")
    assert ids(reply) == [103, 105]


def test_posts_of_one_second_come_in_another_order_on_another_page() -> None:
    same = [Post(id=n, date="2024-01-01T00:00:00") for n in range(1, 41)]
    with serve(build_site(same, [User(id=1, name="A", slug="a")], [])) as site:
        pages = [ids(posts(site, per_page=10, page=n)) for n in (1, 2, 3, 4)]
    assert len({number for page in pages for number in page}) < 40


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        (POSTS, {"status": "draft"}, (400, "rest_invalid_param")),
        (POSTS, {"context": "edit"}, (401, "rest_forbidden_context")),
        (f"{POSTS}/131", {}, (401, "rest_forbidden")),
        (f"{POSTS}/132", {}, (401, "rest_forbidden")),
        (f"{POSTS}/133", {}, (401, "rest_forbidden")),
        (f"{POSTS}/999", {}, (404, "rest_post_invalid_id")),
        (f"{POSTS}/201", {}, (404, "rest_post_invalid_id")),
        ("wp-json/wp/v2/novels", {}, (404, "rest_no_route")),
        ("wp-json/wp/v2/categories/99", {}, (404, "rest_term_invalid")),
        ("wp-json/wp/v2/users/99", {}, (404, "rest_user_invalid_id")),
        ("wp-json/wp/v2/users/me", {}, (401, "rest_not_logged_in")),
        (POSTS, {"orderby": "include"}, (400, "rest_orderby_include_missing_include")),
        (POSTS, {"orderby": "relevance"}, (400, "rest_no_search_term_defined")),
    ],
)
def test_errors(site: Site, path: str, query: dict[str, Any], expected: tuple[int, str]) -> None:
    assert error(fetch(site, path, **query)) == expected


def test_a_protected_post_has_no_text_without_its_password(site: Site) -> None:
    assert fetch(site, f"{POSTS}/114").json()["content"] == {"rendered": "", "protected": True}
    open_text = fetch(site, f"{POSTS}/114", password="spinnaker").json()["content"]["rendered"]
    assert "eleven members and a dog" in open_text
    wrong = fetch(site, f"{POSTS}/114", password="jib")
    assert error(wrong) == (403, "rest_post_incorrect_password")


def test_fields_reach_into_objects(site: Site) -> None:
    [post] = posts(site, include=104, fields_="id,title.rendered").json()
    assert post == {
        "id": 104,
        "title": {"rendered": "Harbourmaster: &#8216;I never said never&#8217;"},
    }


def test_embed_gives_names_and_needs_fields_of_its_own(site: Site) -> None:
    [post] = posts(site, include=120, embed_="").json()
    assert post["_embedded"]["author"][0]["name"] == "Tomas Reed"
    groups = post["_embedded"]["wp:term"]
    assert [[term["name"] for term in group] for group in groups] == [
        ["Culture", "Town"],
        ["music", "storm"],
    ]
    assert post["_embedded"]["wp:featuredmedia"][0]["media_type"] == "image"
    [bare] = fetch(site, POSTS, include=120, _embed="", _fields="id").json()
    assert bare == {"id": 120}
    [embedding] = fetch(
        site, POSTS, include=120, _embed="author", _fields="_links,_embedded"
    ).json()
    assert list(embedding["_embedded"]) == ["author"]


def test_a_post_has_its_dates_and_a_guid_that_is_no_link(site: Site) -> None:
    post = fetch(site, f"{POSTS}/103").json()
    assert (post["date"], post["date_gmt"]) == ("2023-11-14T22:40:00", "2023-11-15T02:40:00")
    assert (post["modified"], post["modified_gmt"]) == (
        "2023-11-15T08:05:00",
        "2023-11-15T12:05:00",
    )
    assert post["link"] == f"{site.home}2023/11/14/council-puts-off-vote-on-breakwater/"
    assert post["guid"]["rendered"] == (
        "https://www.portmerrow.example/2023/11/14/council-puts-off-vote-on-breakwater/"
    )
    draft = fetch(site, f"{POSTS}/101").json()
    assert draft["guid"]["rendered"] == "https://www.portmerrow.example/?p=101"


def test_terms_users_types_and_media(site: Site) -> None:
    categories = fetch(site, "wp-json/wp/v2/categories", per_page=100).json()
    assert [(term["name"], term["parent"]) for term in categories] == [
        ("Council &amp; budget", 2),
        ("Culture", 0),
        ("Harbour", 0),
        ("Sport", 0),
        ("Town", 0),
    ]
    assert categories[0]["count"] == 3
    [tag] = fetch(site, "wp-json/wp/v2/tags", slug="lifeboat").json()
    assert ids(posts(site, tags=tag["id"])) == [108]
    names = [user["name"] for user in fetch(site, "wp-json/wp/v2/users").json()]
    assert names == ["Nora Quill", "Priya Sandell", "Tomas Reed"]
    assert fetch(site, "wp-json/wp/v2/types").json()["post"]["rest_base"] == "posts"
    assert fetch(site, "wp-json/wp/v2/types/page").json()["rest_base"] == "pages"
    assert fetch(site, "wp-json/wp/v2/taxonomies").json()["post_tag"]["rest_base"] == "tags"
    assert ids(fetch(site, "wp-json/wp/v2/pages", orderby="id", order="asc")) == [201, 202]
    assert ids(fetch(site, "wp-json/wp/v2/media")) == [902, 901]


def test_head_gives_the_totals_and_no_body(site: Site) -> None:
    reply = fetch(site, POSTS, method="HEAD")
    assert (reply.status, reply.headers["X-WP-Total"], reply.body) == (200, "24", b"")


def test_options_lists_the_parameters(site: Site) -> None:
    args = fetch(site, POSTS, method="OPTIONS").json()["endpoints"][0]["args"]
    assert args["per_page"]["maximum"] == 100
    assert args["modified_after"]["format"] == "date-time"


def test_rest_answers_carry_no_validators(site: Site) -> None:
    headers = posts(site).headers
    assert headers["Content-Type"] == "application/json; charset=UTF-8"
    assert not {"etag", "last-modified", "cache-control"} & {name.lower() for name in headers}


def test_an_application_password_opens_what_is_private() -> None:
    password = "abcd EFGH 1234"
    pristine = harbour_site()
    pristine.credentials = ("nora-quill", password)
    with serve(pristine) as site:
        right, wrong = basic("nora-quill", password), basic("nora-quill", "fog")
        assert fetch(site, "wp-json/wp/v2/users/me", headers=right).json()["name"] == "Nora Quill"
        assert ids(fetch(site, POSTS, headers=right, status="private")) == [131]
        raw = fetch(site, f"{POSTS}/132", headers=right, context="edit").json()["content"]["raw"]
        assert "Ask who pays for the bulb." in raw
        assert fetch(site, POSTS, headers=wrong).headers["X-WP-Total"] == "24"
        assert fetch(site, f"{POSTS}/131", headers=wrong).status == 401
        assert fetch(site, "wp-json/wp/v2/users/me", headers=wrong).status == 401


def test_rest_route_works_in_every_mode(site: Site) -> None:
    assert ids(fetch(site, rest_route="/wp/v2/posts", include=101)) == [101]
    for mode in (Modes(permalinks="plain"), Modes(prefix="api"), Modes(subfolder="/news")):
        with serve(harbour_site(mode)) as other:
            assert ids(fetch(other, "index.php", rest_route="/wp/v2/posts", include=101)) == [101]


def test_connections_are_kept_alive_and_requests_logged(site: Site) -> None:
    connection = http.client.HTTPConnection(urlsplit(site.home).netloc, timeout=60)
    connection.request("GET", f"/{POSTS}?page=1", headers={"X-Test": "1"})
    connection.getresponse().read()
    socket = connection.sock
    connection.request("HEAD", "/")
    connection.getresponse().read()
    assert connection.sock is socket
    connection.close()
    assert [(entry.method, entry.path, entry.query) for entry in site.log] == [
        ("GET", f"/{POSTS}", [("page", "1")]),
        ("HEAD", "/", []),
    ]
    assert site.log[0].headers["x-test"] == "1"
