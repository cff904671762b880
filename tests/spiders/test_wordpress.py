"""The WordPress spider against sites that behave, and against those that do not."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from demo.content import Post, Term, User
from demo.modes import Modes
from demo.server import serve
from demo.site import Site, build_site
from tests import running
from tests.conftest import Scrapy
from tests.spiders.conftest import Harbour

# Of the 24 public posts one is protected and one is empty.
ARTICLES, PROTECTED, EMPTY = 22, 114, 115


def counted(report: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    return report["articles"], report["dropped"]


COMPLETE = ({"new": ARTICLES}, {"empty": 1, "protected": 1})


def test_a_site_is_crawled_whole(crawl: Scrapy, harbour: Harbour) -> None:
    run = crawl(site=harbour().home)
    assert run.exit_code == 0, run.log
    assert counted(run.report) == COMPLETE
    assert len(run.texts) == ARTICLES
    assert run.report["problems"] == []
    assert "complete (exit code 0)" in run.stdout
    assert "1 empty, 1 protected" in run.stdout


def test_second_crawl_adds_nothing(crawl: Scrapy, harbour: Harbour) -> None:
    first = crawl(site=harbour().home)
    texts = first.texts
    # Another port, as after a move: the guids are the site's identity.
    second = crawl(site=harbour().home)
    assert second.exit_code == 0, second.log
    assert second.report["articles"] == {"duplicate": ARTICLES}
    assert second.texts == texts


def test_names_come_with_the_articles_and_each_is_requested_once(
    crawl: Scrapy, harbour: Harbour, tmp_path: Path
) -> None:
    site, feed = harbour(), tmp_path / "articles.jsonl"
    run = crawl("-O", str(feed), site=site.home)
    assert run.exit_code == 0, run.log
    articles = [json.loads(line) for line in feed.read_text(encoding="utf-8").splitlines()]
    assert len(articles) == ARTICLES
    users = {user.name for user in site.users.values()}
    assert {name for article in articles for name in article["authors"]} <= users
    assert all(article["authors"] and article["categories"] for article in articles)
    assert all(article["text"] and "<p>" not in article["text"] for article in articles)
    assert "content_html" not in articles[0]
    requested = [r for r in site.log if r.path.endswith("/users")]
    assert len(requested) == 1
    assert not any(r.get("_embed") for r in site.log)


def test_pages_and_posts(crawl: Scrapy, harbour: Harbour) -> None:
    run = crawl(site=harbour().home, post_types="posts,pages")
    assert run.report["articles"] == {"new": ARTICLES + 2}


@pytest.mark.parametrize(
    "modes",
    [
        {"permalinks": "plain"},
        {"permalinks": "index"},
        {"permalinks": "plain", "advertise": "none"},
        {"permalinks": "index", "advertise": "none"},
        {"advertise": "none"},
        {"advertise": "link", "prefix": "api"},
        {"advertise": "header", "prefix": "api"},
        {"subfolder": "/news"},
        {"subfolder": "/news", "advertise": "none"},
        {"noise_before": b"<br />\n<b>Notice</b>: x [0] in <b>/a.php</b> on line <b>1</b><br />\n"},
        {"noise_after": b"<!-- cached [1] --><p>bye</p>"},
        {"bom": True},
        {"encoding": "cp1252"},
        {"lone_surrogates": True},
        {"list_as_object": True},
        {"cap": 10},
        {"silent_cap": 7},
        {"no_totals": True, "silent_cap": 5},
        {"fields_ignored": True},
        {"users_blocked": True},
        {"fail_first": 1},
    ],
    ids=str,
)
def test_nothing_is_lost_whatever_the_site_is_like(
    crawl: Scrapy, harbour: Harbour, modes: dict[str, Any]
) -> None:
    run = crawl(site=harbour(**modes).home)
    assert counted(run.report) == COMPLETE, run.log
    assert run.exit_code == 0, run.stdout


def test_cut_answers_are_requested_again(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    site.on_request = lambda s, n: setattr(s, "modes", Modes(cut_json=900 if n in (2, 3) else 0))
    run = crawl(site=site.home)
    assert counted(run.report) == COMPLETE, run.log
    assert run.report["stats"]["wordpress/json_repaired/cut"] >= 1


@pytest.mark.parametrize(
    ("modes", "said"),
    [
        ({"challenge": 200}, "no REST answer but text/html"),
        ({"challenge": 403}, "status 403"),
        ({"challenge": 503}, "status 503"),
        ({"html_404_for_api": True}, "status 404"),
        ({"blocked": True}, "WORDPRESS_APP_PASSWORD"),
        ({"blocked": True}, "rest_not_logged_in"),
    ],
)
def test_a_site_that_cannot_be_read_is_an_error(
    crawl: Scrapy, harbour: Harbour, modes: dict[str, Any], said: str
) -> None:
    site = harbour(**modes)
    run = crawl(site=site.home)
    assert run.exit_code == 4, run.log
    assert said in run.stdout
    assert site.home in run.stdout
    assert run.texts == {}


def test_an_application_password_opens_the_site(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour(blocked=True)
    site.credentials = ("nora-quill", "abcd EFGH 1234")
    env = {"WORDPRESS_USER": "nora-quill", "WORDPRESS_APP_PASSWORD": "abcd EFGH 1234"}
    run = crawl(site=site.home, env=env)
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"new": ARTICLES}


def test_a_wrong_password_is_named(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    site.credentials = ("nora-quill", "abcd EFGH 1234")
    env = {"WORDPRESS_USER": "nora-quill", "WORDPRESS_APP_PASSWORD": "wrong"}
    run = crawl(site=site.home, env=env)
    assert run.exit_code == 3, run.log
    assert "were not accepted" in run.stdout
    assert run.report["articles"] == {"new": ARTICLES}


def test_bad_posts_are_left_out_and_named(crawl: Scrapy, harbour: Harbour) -> None:
    run = crawl(site=harbour(bad_posts=frozenset({104, 118})).home)
    assert run.exit_code == 3, run.log
    assert run.report["articles"] == {"new": ARTICLES - 2}
    assert "posts 104 could not be read" in run.stdout
    assert "posts 118 could not be read" in run.stdout
    assert {problem["kind"] for problem in run.report["problems"]} == {"post_failed"}


@pytest.mark.parametrize("status", [200, 403, 503])
def test_posts_that_something_else_refuses_cost_only_themselves(
    crawl: Scrapy, harbour: Harbour, status: int
) -> None:
    bad = frozenset({101, 104, 109, 118, 122})
    site = harbour(bad_posts=bad, bad_status=status)
    run = crawl(site=site.home)
    assert run.exit_code == 3, run.log
    assert run.report["articles"] == {"new": ARTICLES - len(bad)}
    assert _failed(run.report) == {("post_failed", number) for number in bad}
    assert run.report["stats"]["wordpress/halved"] > 0


@pytest.mark.parametrize(("refused", "kept"), [(5, 80), (1, 0)])
def test_a_site_that_refuses_everything_is_not_asked_for_each_post(
    crawl: Scrapy, refused: int, kept: int
) -> None:
    site = big_site(100)
    bad = frozenset(number for number in site.posts if number % refused == 0)
    site.modes = Modes(bad_posts=bad, bad_status=503)
    with serve(site):
        run = crawl(site=site.home)
    assert run.report["articles"] == ({"new": kept} if kept else {}), run.log
    assert run.report["lost"]["post_failed"]["count"] == len(bad)
    assert kept or site.rest_requests < 80


@pytest.mark.parametrize("packed", [False, True])
def test_posts_that_are_too_big_cost_nothing_but_requests(
    crawl: Scrapy, harbour: Harbour, packed: bool
) -> None:
    site = harbour(gzip=packed)
    for number in (101, 107, 109, 118):
        site.posts[number].content += f'<img alt="" src="data:image/png;base64,{"QUJD" * 9_000}">'
    run = crawl("-s", "DOWNLOAD_MAXSIZE=50000", site=site.home)
    assert counted(run.report) == COMPLETE, run.log
    assert run.exit_code == 0, run.stdout


def test_a_post_that_is_too_big_alone_is_named_with_the_fix(
    crawl: Scrapy, harbour: Harbour
) -> None:
    site = harbour()
    site.posts[107].content += f'<img alt="" src="data:image/png;base64,{"QUJD" * 20_000}">'
    run = crawl("-s", "DOWNLOAD_MAXSIZE=50000", site=site.home)
    assert run.exit_code == 3, run.log
    assert run.report["articles"] == {"new": ARTICLES - 1}
    assert _failed(run.report) == {("too_big", 107)}
    assert "DOWNLOAD_MAXSIZE" in run.report["lost"]["too_big"]["fix"]


def _failed(report: dict[str, Any]) -> set[tuple[str, int]]:
    """Return the reason and the id of each post that is named."""
    return {
        (reason, int(loss["address"].rpartition("/")[2]))
        for reason, named in report["lost"].items()
        for loss in named["first"]
        if "/wp/v2/" in loss["address"]
    }


def test_malformed_posts_cost_only_themselves(crawl: Scrapy, harbour: Harbour) -> None:
    damage = {103: "null content", 105: "bare"}
    run = crawl(site=harbour(malformed_posts=damage).home)
    assert run.exit_code == 3, run.log
    assert run.report["articles"] == {"new": ARTICLES - 2}
    assert "post 103: content.rendered is None" in run.stdout
    assert "post 105" in run.stdout


def test_a_post_that_is_no_object_is_named(crawl: Scrapy, harbour: Harbour) -> None:
    run = crawl(site=harbour(malformed_posts={107: "string"}).home)
    assert run.exit_code == 3, run.log
    assert run.report["articles"] == {"new": ARTICLES - 1}


def test_a_count_that_differs_is_named(crawl: Scrapy, harbour: Harbour) -> None:
    run = crawl(site=harbour(wrong_total=99).home)
    assert run.exit_code == 3, run.log
    assert run.report["articles"] == {"new": ARTICLES}
    assert "the site counts 99, its list has 24" in run.stdout


def test_endless_pages_end(crawl: Scrapy, harbour: Harbour) -> None:
    run = crawl(site=harbour(endless=True).home)
    assert run.report["articles"] == {"new": ARTICLES}, run.log
    assert run.report["responses"] < 30


def test_filters(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    inside = [p for p in site.posts.values() if p.type == "post" and p.status == "publish"]
    inside = [p for p in inside if "2024-01-01" <= p.date[:10] < "2024-07-01"]
    inside = [p for p in inside if p.id not in (PROTECTED, EMPTY)]
    assert 0 < len(inside) < ARTICLES
    run = crawl(site=site.home, after="2024-01-01", before="2024-07-01")
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"new": len(inside)}


def test_categories_by_slug(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    term = next(t for t in site.terms.values() if t.taxonomy == "category")
    inside = [
        p
        for p in site.posts.values()
        if term.id in p.categories and p.status == "publish" and p.id not in (PROTECTED, EMPTY)
    ]
    run = crawl(site=site.home, categories=term.slug)
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"new": len(inside)}


def test_max_articles(crawl: Scrapy, harbour: Harbour) -> None:
    run = crawl(site=harbour().home, max_articles="5")
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"new": 5}
    days = [text[6:16] for text in run.texts.values()]
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"categories": "no-such"}, "categories='no-such' cannot be used"),
        ({"post_types": "recipes"}, "post_types='recipes' cannot be used"),
        ({"after": "yesterday"}, "after='yesterday' cannot be used"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_arguments_are_exit_code_2(
    crawl: Scrapy, harbour: Harbour, arguments: dict[str, str], said: str
) -> None:
    run = crawl(site=harbour().home, **arguments)
    assert run.exit_code == 2, run.log
    assert said in run.stdout + run.log
    assert "Traceback" not in run.log


def test_private_addresses_are_refused(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    run = crawl(site=site.home, allow=False)
    assert run.exit_code == 4, run.log
    assert "ADDRESS_GUARD_ALLOW" in run.log
    assert site.log == []


def test_redirect_to_another_site_is_refused(crawl: Scrapy, harbour: Harbour) -> None:
    other = harbour()
    elsewhere = other.home.replace("127.0.0.1", "127.0.0.2")
    run = crawl(site=harbour(redirect_home=elsewhere).home)
    assert run.exit_code == 4, run.log
    assert elsewhere in run.stdout
    assert "redirects off the site" in run.stdout


def test_redirect_within_the_site_is_followed(crawl: Scrapy, harbour: Harbour) -> None:
    other = harbour().home
    allowed = other.removeprefix("http://").rstrip("/")
    run = crawl(site=harbour(redirect_home=other).home, allow_hosts=allowed)
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"new": ARTICLES}


def big_site(number: int) -> Site:
    posts = [
        Post(
            id=n,
            date=f"2024-03-{1 + n // 100:02d}T{n % 24:02d}:00:00",
            title=f"Story {n}",
            content=f"<p>The text of story {n}.</p>",
        )
        for n in range(1, number + 1)
    ]
    return build_site(posts, [], [])


def test_posts_that_come_and_go_in_mid_crawl(crawl: Scrapy) -> None:
    site = big_site(600)
    stay = {p.title for p in site.posts.values() if p.id % 5}

    def churn(site: Site, request: int) -> None:
        victim = request * 5
        site.posts.pop(victim, None)
        number = 10_000 + request
        site.posts[number] = Post(
            id=number, date="2024-03-02T05:00:00", title=f"Late {number}", content="<p>Late.</p>"
        )

    site.on_request = churn
    with serve(site):
        run = crawl(site=site.home)
    assert stay <= set(run.headlines), run.log
    assert len(run.headlines) == len(set(run.headlines))
    assert "Late 10001" in run.headlines
    assert run.report["stats"]["wordpress/listed_again"] == 1


def test_a_post_edited_in_mid_crawl_is_collected_as_edited(crawl: Scrapy) -> None:
    site = big_site(250)

    def edit(site: Site, request: int) -> None:
        if request == 5:
            site.posts[1].content = "<p>The text is another now.</p>"
            site.posts[1].modified = "2026-01-01T00:00:00"
            del site.posts[2]

    site.on_request = edit
    with serve(site):
        run = crawl(site=site.home)
    assert run.exit_code == 0, run.log
    (edited,) = (text for text in run.texts.values() if " Story 1\n" in text)
    assert edited.endswith("\nThe text is another now.\n")


def test_the_same_text_under_other_guids_is_kept_and_marked(crawl: Scrapy) -> None:
    posts = [
        Post(id=n, date=f"2024-03-0{n}T00:00:00", title="Wire", content="<p>The same words.</p>")
        for n in (1, 2, 3)
    ]
    with serve(build_site(posts, [], [])) as site:
        run = crawl(site=site.home)
    assert run.report["articles"] == {"new": 3}
    assert run.report["syndicated"] == 2
    assert "2 of them tell the story of another article in its words" in run.stdout


def test_another_sources_text_under_one_guid_is_a_collision(crawl: Scrapy) -> None:
    def publish(content: str) -> Site:
        guid = "https://wire.example/?p=1"
        post = Post(id=1, date="2024-03-01T00:00:00", title="Wire", content=content, guid=guid)
        return build_site([post], [], [])

    with serve(publish("<p>One text.</p>")) as site:
        crawl(site=site.home, source="one")
    with serve(publish("<p>Another text.</p>")) as site:
        run = crawl(site=site.home, source="two")
        again = crawl(site=site.home, source="two")
    assert run.report["articles"] == {"duplicate": 1}
    assert "collides with" in run.log
    assert sorted(text.split("\n")[1] for text in again.texts.values()) == [
        "Another text.",
        "One text.",
    ]


def test_an_edited_post_is_a_revision(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    texts = crawl(site=site.home).texts
    post = site.posts[104]
    post.content = "<p>All of it is written anew.</p>"
    post.modified = "2026-01-01T00:00:00"
    second = crawl(site=site.home)
    assert second.exit_code == 0, second.log
    assert second.report["articles"] == {"duplicate": ARTICLES - 1, "revised": 1}
    (changed,) = (name for name, text in second.texts.items() if texts[name] != text)
    assert second.texts.keys() == texts.keys()
    assert second.texts[changed].endswith("\nAll of it is written anew.\n")


def test_a_post_that_is_withdrawn_after_it_was_listed_is_named(
    crawl: Scrapy, harbour: Harbour
) -> None:
    site = harbour()

    def withdraw(site: Site, request: int) -> None:
        if request == 3:  # the index was the first, the list the second
            site.posts[105].status = "private"
            del site.posts[107]

    site.on_request = withdraw
    run = crawl(site=site.home)
    assert run.exit_code == 3, run.log
    assert run.report["articles"] == {"new": ARTICLES - 2, "gone": 1}
    (problem,) = run.report["problems"]
    assert "posts 105 could not be read" in problem["message"]


def test_a_run_that_is_stopped_is_not_complete(crawl: Scrapy, harbour: Harbour) -> None:
    run = crawl("-s", "CLOSESPIDER_PAGECOUNT=5", site=harbour().home)
    assert run.exit_code == 3, run.log
    assert "stopped before its end: closespider_pagecount" in run.stdout


def test_long_requests_are_not_lost(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    crawl(site=site.home, search="harbour " * 400)
    assert any(len(request.target) > 2083 for request in site.log)


def test_max_articles_counts_what_is_written(crawl: Scrapy) -> None:
    posts = [
        Post(id=n, date=f"2024-03-{n:02d}T00:00:00", title=f"{n}", content="<p>Text.</p>" * (n > 5))
        for n in range(1, 20)
    ]
    with serve(build_site(posts, [], [])) as site:
        run = crawl(site=site.home, max_articles="4")
        assert run.report["articles"] == {"new": 4}, run.log
        assert run.headlines == ["6", "7", "8", "9"]
        again = crawl(site=site.home, max_articles="4")
    assert again.headlines == ["6", "7", "8", "9", "10", "11", "12", "13"]


def test_two_posts_of_one_identity_are_named(crawl: Scrapy) -> None:
    posts = [
        Post(id=n, date="2024-03-01T00:00:00", title=f"{n}", content=f"<p>{n}.</p>", guid="same")
        for n in (1, 2)
    ]
    with serve(build_site(posts, [], [])) as site:
        texts = crawl(site=site.home).texts
        run = crawl(site=site.home)
    assert run.exit_code == 3, run.log
    assert "share guid and date" in run.stdout
    assert len(texts) == 1
    assert run.texts == texts


def test_names_come_from_a_site_with_a_cap(crawl: Scrapy, tmp_path: Path) -> None:
    users = [User(id=n, name=f"Author {n}", slug=f"author-{n}") for n in range(1, 31)]
    posts = [
        Post(id=n, date="2024-03-01T00:00:00", title=f"{n}", content=f"<p>{n}.</p>", author=n)
        for n in range(1, 31)
    ]
    feed = tmp_path / "feed.jsonl"
    with serve(build_site(posts, users, [], Modes(cap=7))) as site:
        run = crawl("-O", str(feed), site=site.home)
    assert run.exit_code == 0, run.log
    articles = [json.loads(line) for line in feed.read_text(encoding="utf-8").splitlines()]
    assert {a["title"]: a["authors"] for a in articles} == {
        f"{n}": [f"Author {n}"] for n in range(1, 31)
    }


def test_a_slug_that_is_not_latin(crawl: Scrapy) -> None:
    slug = quote("новости").lower()
    term = Term(id=3, name="Новости", slug=slug)
    post = Post(id=1, date="2024-03-01T00:00:00", title="1", content="<p>1.</p>", categories=[3])
    with serve(build_site([post], [], [term], Modes(cap=10))) as site:
        run = crawl(site=site.home, categories=slug)
    assert run.report["articles"] == {"new": 1}, run.log


def test_a_lost_ledger_does_not_double_the_corpus(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    first = crawl(site=site.home)
    texts = first.texts
    for path in first.archives.glob("ledger.sqlite*"):
        path.unlink()
    again = crawl(site=site.home)
    assert again.exit_code == 0, again.log
    assert again.texts == texts


def test_missing_texts_are_restored_from_the_archive(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    first = crawl(site=site.home)
    texts = first.texts
    for name in list(texts)[3:9]:
        (first.archives / "text" / name).unlink()
    again = crawl(site=site.home)
    assert again.exit_code == 0, again.log
    assert again.report["articles"] == {"duplicate": ARTICLES}
    assert len(again.texts) == len(texts) - 6, "a start does not walk the folder"
    repaired = running.scrapy(first.archives, "verify", "--repair")
    assert repaired.exit_code == 0, repaired.stdout
    assert repaired.texts == texts


class _Forger(BaseHTTPRequestHandler):
    """Answers everything with an error whose code is a screen of its own."""

    def do_GET(self) -> None:
        error = {"code": "x\x1b[2J\n  articles  1,000 new\n", "message": "y" * 5000, "data": {}}
        body = json.dumps(error).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def test_what_a_site_writes_cannot_forge_the_summary(crawl: Scrapy) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Forger) as server:
        threading.Thread(target=server.serve_forever).start()
        run = crawl(site=f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
    assert run.exit_code == 4, run.log
    assert "\x1b" not in run.stdout + run.log
    lines = [line.strip() for line in run.stdout.splitlines()]
    assert not any(line.startswith("articles  1,000") for line in lines)
    assert max(map(len, lines)) < 700


def test_every_post_that_could_not_be_fetched_is_named(crawl: Scrapy, harbour: Harbour) -> None:
    site = harbour()
    public = {p.id for p in site.posts.values() if p.type == "post" and p.status == "publish"}
    site.on_request = lambda s, n: setattr(s, "modes", Modes(challenge=403 if n > 2 else 0))
    run = crawl(site=site.home)
    assert run.exit_code == 3, run.log
    failed = [p["message"] for p in run.report["problems"] if p["kind"] == "post_failed"]
    assert {int(message.split(": posts ")[1].split()[0]) for message in failed} == public
