"""The spider and the pipelines against a real WordPress on MariaDB."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from crawler.pages import generic, rest_post
from crawler.text.article import clean
from tests.conftest import Scrapy
from tests.running import Run, scrapy
from tests.test_secrets import assert_kept, contents
from tests.world.wordpress.client import get
from tests.world.wordpress.fixtures import StartSite
from tests.world.wordpress.site import WordPress

pytestmark = pytest.mark.wordpress

GOLDEN = Path(__file__).parent / "wordpress" / "golden"


def slug(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def feed(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def totals(site: WordPress, *types: str) -> int:
    counts = [get(f"{site.url}/?rest_route=/wp/v2/{t}", per_page=1).total for t in types]
    return sum(count or 0 for count in counts)


def seen(run: Run) -> int:
    """Articles written and dropped together: every post that was listed, by its fate."""
    fates = [*run.report["articles"].values(), *run.report["dropped"].values()]
    return int(sum(fates))


@pytest.mark.parametrize(
    ("variant", "behaviour"),
    [
        ({"server": "nginx"}, {}),
        ({"permalinks": "plain"}, {}),
        ({"permalinks": "index"}, {}),
        ({"subfolder": "news"}, {}),
        ({"subfolder": "news", "server": "nginx"}, {}),
        ({}, {"rest_prefix": "api"}),
        ({}, {"rest_host": "localhost"}),
        ({}, {"per_page_cap": 10, "cap_mode": "refuse"}),
        ({}, {"per_page_cap": 10, "cap_mode": "shorten"}),
        ({}, {"users": "401"}),
        ({}, {"totals": False}),
        ({}, {"noise": "notice"}),
        ({}, {"noise": "bom"}),
        ({}, {"noise": "html_after"}),
        ({}, {"noise": "list_as_object"}),
    ],
    ids=str,
)
def test_every_shape_of_site(
    crawl: Scrapy, wordpress_site: StartSite, variant: dict[str, Any], behaviour: dict[str, Any]
) -> None:
    site = wordpress_site(**variant)
    expected = totals(site, "posts")
    site.behave(**behaviour)
    run = crawl(site=site.url, allow_hosts="localhost")
    assert run.exit_code == 0, run.stdout + run.log
    assert seen(run) == expected


def test_rest_kept_from_strangers(crawl: Scrapy, wordpress_site: StartSite) -> None:
    site = wordpress_site(rest="blocked")
    run = crawl(site=site.url)
    assert run.exit_code == 4, run.log
    assert "WORDPRESS_APP_PASSWORD" in run.stdout
    assert "rest_not_logged_in" in run.stdout
    env = {"WORDPRESS_USER": "admin", "WORDPRESS_APP_PASSWORD": site.app_password()}
    run = crawl(site=site.url, env=env)
    assert run.exit_code == 0, run.log
    assert len(run.texts) > 300


def test_a_post_that_breaks_its_page(crawl: Scrapy, wordpress: WordPress) -> None:
    with wordpress.behaving(bad_post="emoji"):
        run = crawl(site=wordpress.url)
    assert run.exit_code == 3, run.log
    assert seen(run) == totals(wordpress, "posts") - 1
    (problem,) = run.report["problems"]
    assert problem["kind"] == "post_failed"


def test_second_crawl_of_a_site_adds_nothing(crawl: Scrapy, wordpress: WordPress) -> None:
    first = crawl(site=wordpress.url)
    texts, new = first.texts, first.report["articles"]["new"]
    second = crawl(site=wordpress.url)
    assert second.exit_code == 0, second.log
    assert second.report["articles"] == {"duplicate": new}
    assert second.texts == texts


def test_a_usual_run_finds_what_came_and_changed(crawl: Scrapy, wordpress_site: StartSite) -> None:
    """Also a scheduled post, which is not modified as it appears."""
    site = wordpress_site()
    now = json.loads(site.wp("echo json_encode(current_time('Y-m-d H:i:s'));"))
    scheduled = site.insert_post(
        post_title="Scheduled", post_content="<p>It was written long before.</p>", post_date=now
    )
    # What stands between is what the editor's screen and the clock do.
    site.wp(
        "global $wpdb; $wpdb->update($wpdb->posts, ['post_status' => 'future',"
        " 'post_modified' => '2015-01-01 00:00:00', 'post_modified_gmt' => '2015-01-01 00:00:00'],"
        " ['ID' => $args[0]]); clean_post_cache($args[0]);",
        scheduled,
    )
    options = ("-s", "WORDPRESS_WALK_EVERY=86400")
    whole = crawl(*options, site=site.url)
    assert whole.report["stats"]["wordpress/walk"] == "whole"
    site.wp("wp_publish_post($args[0]);", scheduled)
    site.insert_post(post_title="Fresh", post_content="<p>It came out this very minute.</p>")
    site.insert_post(
        post_title="Back-dated", post_content="<p>An import.</p>", post_date="2016-02-03 10:00:00"
    )
    number = json.loads(site.wp(_NUMBERS))["emoji"]
    site.update_post(number, post_content="<p>The text was put right after some days.</p>")
    usual = crawl(*options, site=site.url)
    assert usual.report["stats"]["wordpress/walk"] == "usual", usual.log
    assert usual.report["articles"]["new"] == 2, usual.log
    assert usual.report["articles"]["revised"] == 1
    assert {" ".join(name.split()) for name in usual.headlines} >= {"Scheduled", "Fresh"}
    assert usual.report["stats"]["downloader/request_count"] <= 12
    later = crawl(site=site.url)
    assert later.report["articles"]["new"] == 1, "the back-dated one"


def test_nothing_lost_while_posts_come_change_and_go(
    archives: Path,
    wordpress_site: StartSite,
    crawled: tuple[dict[str, dict[str, Any]], Path],
) -> None:
    site = wordpress_site(per_page_cap=10, cap_mode="refuse", delay=0.15)
    undisturbed = crawled[0]
    numbers = json.loads(site.wp(_NUMBERS))
    victims = [name for name in undisturbed if name.startswith("bulk-")][::9][:20]
    done: list[str] = []

    def churn() -> None:
        for turn, victim in enumerate(victims):
            site.delete_post(numbers[victim])
            site.insert_post(post_title=f"Late {turn}", post_content="Late.", **_BACK_DATED)
            site.update_post(numbers["emoji"], post_content=f"Edited {turn} times.")
            done.append(victim)

    editor = threading.Thread(target=churn)
    editor.start()
    out = archives.with_suffix(".jsonl")
    run = scrapy(archives, "crawl", "wordpress", "-a", f"site={site.url}", "-O", str(out))
    overlapped = editor.is_alive() or len(done) > 5
    editor.join(120)
    assert overlapped
    assert done == victims
    articles = feed(out)
    # Nothing twice: an edit that was met is a revision, which replaces the text.
    assert len(run.texts) == len({article["guid"] for article in articles})
    repeated = Counter(slug(article["url"]) for article in articles)
    assert {name for name, times in repeated.items() if times > 1} <= {"emoji"}
    held = {slug(article["url"]) for article in articles}
    assert set(undisturbed) - set(victims) <= held, run.log


_NUMBERS = """
$posts = get_posts(['numberposts' => -1]);
echo json_encode(array_column($posts, 'ID', 'post_name'));
"""
_BACK_DATED = {"post_date": "2022-01-01 05:06:07", "post_status": "publish"}


def test_every_post_of_every_type(crawl: Scrapy, wordpress: WordPress) -> None:
    run = crawl(site=wordpress.url, post_types="posts,pages,dispatches")
    assert run.exit_code == 0, run.log
    assert seen(run) == totals(wordpress, "posts", "pages", "dispatches")
    assert run.report["dropped"]["protected"] == 2
    assert len(run.texts) == run.report["articles"]["new"]


@pytest.fixture(scope="module")
def crawled(
    wordpress: WordPress, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, dict[str, Any]], Path]:
    """Return the articles of one crawl by slug, and the folder of their texts."""
    folder = tmp_path_factory.mktemp("crawled")
    out = folder / "articles.jsonl"
    arguments = ("crawl", "wordpress", "-a", f"site={wordpress.url}", "-O", str(out))
    run = scrapy(folder / "archives", *arguments)
    assert run.exit_code == 0, run.log
    return {slug(a["url"]): a for a in feed(out)}, folder / "archives" / "text"


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_texts_read_as_a_person_would_copy_them(
    golden: Path, crawled: tuple[dict[str, dict[str, Any]], Path]
) -> None:
    articles, folder = crawled
    text = (folder / articles[golden.stem]["file"]).read_bytes()
    assert text.decode() == golden.read_text(encoding="utf-8")


def test_its_pages_read_as_its_rest_posts_do(wordpress_site: StartSite) -> None:
    site = wordpress_site()
    posts = get(f"{site.url}/", rest_route="/wp/v2/posts", per_page=100).json
    read = 0
    for post in posts:
        expected = rest_post.article(post, source="island")
        text = clean(expected.title_html, expected.content_html)
        if expected.protected or sum(map(len, text.paragraphs)) < 200:
            continue
        answer = get(post["link"])
        found = generic.article(HtmlResponse(post["link"], body=answer.body), source="island")
        shown = clean(found.title_html, found.content_html)
        assert found.date == expected.date  # guids were seeded from another site
        assert (shown.title, shown.paragraphs) == (text.title, text.paragraphs)
        read += 1
    assert read > 5


def test_its_password_is_in_nothing_that_a_crawl_leaves(
    crawl: Scrapy, wordpress_site: StartSite, tmp_path: Path
) -> None:
    site = wordpress_site(rest="blocked")
    password = site.app_password()
    env = {"WORDPRESS_USER": "admin", "WORDPRESS_APP_PASSWORD": password}
    run = crawl("-L", "DEBUG", site=site.url, env=env, max_articles="20")
    assert run.exit_code == 0, run.log
    outputs = contents(run.archives) | {"stdout": run.stdout.encode(), "stderr": run.log.encode()}
    assert_kept(outputs, "admin", password)
