"""The seeded WordPress answers as the ones that were measured, and holds what it should."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.world.wordpress.client import Answer, get
from tests.world.wordpress.site import WordPress

pytestmark = pytest.mark.wordpress

GOLDEN = Path(__file__).parent / "golden"
ONE_SECOND = "2023-05-09T06:00:00"


def ask(site: WordPress, route: str, **query: Any) -> Answer:
    return get(f"{site.url}/wp-json/wp/v2/{route}", **query)


@pytest.fixture(scope="module")
def posts(wordpress: WordPress) -> dict[str, Any]:
    """Return all posts that strangers can list, by slug."""
    found: dict[str, Any] = {}
    for page in range(1, 6):
        fields = "id,slug,date,date_gmt,modified,guid,title,sticky,author,categories,link"
        answer = ask(wordpress, "posts", per_page=100, page=page, _fields=fields)
        found |= {post["slug"]: post for post in answer.json}
    assert len(found) == answer.total
    return found


def test_home_advertises_the_api(wordpress: WordPress) -> None:
    home = get(f"{wordpress.url}/")
    assert home.headers["Link"] == f'<{wordpress.url}/wp-json/>; rel="https://api.w.org/"'
    assert f'href="{wordpress.url}/wp-json/"'.encode() in home.body
    assert int(home.headers["Content-Length"]) == len(home.body)


def test_totals_and_link_of_a_list(wordpress: WordPress) -> None:
    first = ask(wordpress, "posts", per_page=100, _fields="id")
    assert first.headers["X-WP-TotalPages"] == str(-(-first.total // 100))
    assert first.total > 320
    assert "page=2" in first.headers["Link"]
    assert 'rel="next"' in first.headers["Link"]
    middle = ask(wordpress, "posts", per_page=100, page=2, _fields="id").headers["Link"]
    assert 'rel="prev"' in middle
    assert 'rel="next"' in middle


def test_counts_by_status(wordpress: WordPress) -> None:
    code = "echo json_encode(wp_count_posts($args[0]));"
    counts = {kind: json.loads(wordpress.wp(code, kind)) for kind in ("post", "page", "dispatch")}
    bases = {"post": "posts", "page": "pages", "dispatch": "dispatches"}
    for kind, base in bases.items():
        assert int(counts[kind]["publish"]) == ask(wordpress, base, _fields="id").total
    others = ("private", "draft", "pending", "future")
    assert {status: int(counts["post"][status]) for status in others} == dict.fromkeys(others, 1)
    assert int(counts["page"]["private"]) == 1


@pytest.mark.parametrize("per_page", [101, 0, -1])
def test_per_page_has_limits(wordpress: WordPress, per_page: int) -> None:
    answer = ask(wordpress, "posts", per_page=per_page)
    assert (answer.status, answer.json["code"]) == (400, "rest_invalid_param")
    assert "100" in answer.json["data"]["params"]["per_page"]


def test_page_past_the_last(wordpress: WordPress) -> None:
    answer = ask(wordpress, "posts", per_page=100, page=99)
    assert (answer.status, answer.json["code"]) == (400, "rest_post_invalid_page_number")
    beyond = ask(wordpress, "posts", offset=9999)
    assert (beyond.status, beyond.json) == (200, [])


@pytest.mark.parametrize(
    ("after", "status"),
    [("2024-01-15", 400), ("2024-01-15T07:00", 400), ("2024-01-15T07:00:00", 200)],
)
def test_after_wants_seconds(wordpress: WordPress, after: str, status: int) -> None:
    assert ask(wordpress, "posts", after=after, _fields="id").status == status


def test_strangers_see_no_drafts(wordpress: WordPress) -> None:
    assert ask(wordpress, "posts", status="draft").status == 400
    assert ask(wordpress, "posts", context="edit").status == 401
    hidden = wordpress.wp("echo get_page_by_path('private-post', OBJECT, 'post')->ID;")
    answer = ask(wordpress, f"posts/{hidden}")
    assert (answer.status, answer.json["code"]) == (401, "rest_forbidden")
    assert ask(wordpress, "posts/999999").json["code"] == "rest_post_invalid_id"
    assert ask(wordpress, "novels").json["code"] == "rest_no_route"


def test_protected_post_is_listed_without_content(wordpress: WordPress) -> None:
    answer = ask(wordpress, "posts", slug="protected-post")
    assert answer.status == 200
    assert answer.json[0]["content"] == {"rendered": "", "protected": True}


def test_guid_variants(wordpress: WordPress, posts: dict[str, Any]) -> None:
    guids = {slug: post["guid"]["rendered"] for slug, post in posts.items()}
    query = f"http://wire.example.test/?p={posts['guid-query']['id']}"
    assert guids["guid-query"] == query
    assert guids["guid-permalink"] == "http://wire.example.test/2022/11/01/guid-permalink/"
    assert guids["guid-old-host"] == "http://old.example.test/?p=77"
    assert guids["guid-entity"] == "http://old.example.test/?page=2&#038;p=78"
    assert posts["guid-permalink"]["link"] == f"{wordpress.url}/2022/11/01/guid-permalink/"


def test_many_posts_of_one_second(wordpress: WordPress, posts: dict[str, Any]) -> None:
    seconds = Counter(post["date"] for post in posts.values())
    assert seconds[ONE_SECOND] == 130
    assert seconds["2023-05-09T06:00:01"] == 7
    narrow = {"after": "2023-05-09T05:59:59", "before": "2023-05-09T06:00:01"}
    assert ask(wordpress, "posts", per_page=1, _fields="id", **narrow).total == 130


def test_folds_and_gaps_of_summer_time(posts: dict[str, Any]) -> None:
    dates = {slug: (post["date"], post["date_gmt"]) for slug, post in posts.items()}
    assert dates["dst-autumn-first"] == ("2023-10-29T02:30:00", "2023-10-29T00:30:00")
    assert dates["dst-autumn-second"] == ("2023-10-29T02:30:00", "2023-10-29T01:30:00")
    assert dates["dst-spring-after"] == ("2023-03-26T03:00:00", "2023-03-26T01:00:00")
    # The column says 02:30, an hour that did not exist; WordPress shows 03:30.
    assert dates["dst-spring-gap"] == ("2023-03-26T03:30:00", "2023-03-26T01:30:00")


def test_a_date_in_the_gap_misleads_a_keyset(wordpress: WordPress) -> None:
    def slugs(**window: str) -> list[str]:
        listed = ask(wordpress, "posts", orderby="date", order="asc", _fields="slug", **window)
        return [post["slug"] for post in listed.json]

    night = {"after": "2023-03-26T00:00:00", "before": "2023-03-26T06:00:00"}
    assert slugs(**night) == ["dst-spring-before", "dst-spring-gap", "dst-spring-after"]
    # Going on from the date shown for the middle post loses the last one.
    assert slugs(**night | {"after": "2023-03-26T03:29:59"}) == []
    # The hour that did not exist cannot be asked for: it is read as the next one.
    assert slugs(after="2023-03-26T02:29:59", before="2023-03-26T02:30:01") == []


def test_dates_that_broken_imports_leave(posts: dict[str, Any]) -> None:
    assert posts["zero-date"]["date"] == "-0001-11-30T00:00:00"
    assert posts["zero-gmt"]["date_gmt"] == "2020-02-03T02:03:03"
    assert posts["far-date"]["date"] == "9999-12-31T23:59:59"


def test_back_dated_insert_has_an_old_modified_date(posts: dict[str, Any]) -> None:
    assert posts["back-dated"]["modified"] == "2009-05-05T05:05:05"
    assert posts["updated-later"]["modified"] == "2024-06-01T18:00:00"


def test_sticky_and_nested_categories(wordpress: WordPress, posts: dict[str, Any]) -> None:
    assert [slug for slug, post in posts.items() if post["sticky"]] == ["sticky-post"]
    terms = {
        term["id"]: term
        for term in ask(wordpress, "categories", per_page=100, _fields="id,name,parent").json
    }
    filed = {terms[number]["name"] for number in posts["nested-categories"]["categories"]}
    assert filed == {"Seoul", "Grain"}
    parents = []
    number = next(n for n, term in terms.items() if term["name"] == "Seoul")
    while number := terms[number]["parent"]:
        parents.append(terms[number]["name"])
    assert parents == ["Korea", "Asia", "World"]


def test_authors_are_several(wordpress: WordPress, posts: dict[str, Any]) -> None:
    names = {user["id"]: user["name"] for user in ask(wordpress, "users", per_page=100).json}
    assert {names[post["author"]] for post in posts.values()} >= {"Mira Okafor", "林美玲"}


def test_golden_texts_belong_to_published_posts(posts: dict[str, Any]) -> None:
    texts = sorted(GOLDEN.glob("*.txt"))
    assert len(texts) >= 30
    for path in texts:
        first = path.read_text(encoding="utf-8").split("\n")[0]
        assert first.startswith(f" date {posts[path.stem]['date'][:10]}"), path.name


def test_options_name_the_known_parameters(wordpress: WordPress) -> None:
    args = ask(wordpress, "posts", method="OPTIONS").json["endpoints"][0]["args"]
    assert {"after", "before", "modified_after", "offset"} <= set(args)


def test_head_gives_the_totals(wordpress: WordPress) -> None:
    head = ask(wordpress, "posts", method="HEAD", per_page=100)
    assert (head.status, head.body) == (200, b"")
    assert head.total == ask(wordpress, "posts", _fields="id").total


def test_access_log_holds_what_was_asked(wordpress: WordPress) -> None:
    before = len(wordpress.access_log)
    answer = ask(wordpress, "posts", slug="sticky-post", _fields="id")
    (entry,) = wordpress.access_log[before:]
    assert (entry.method, entry.status, entry.length) == ("GET", 200, len(answer.body))
    assert entry.target == "/wp-json/wp/v2/posts?slug=sticky-post&_fields=id"
