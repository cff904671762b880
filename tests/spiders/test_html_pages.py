"""The pages of posts, archived beside the REST API's answers that the texts are read from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.warc.reader import Record, read_records
from demo.server import serve
from demo.site import Site, build_site
from tests.recorded import REVISED, crawl, edit, publish, spider_arguments
from tests.replaying import kept, replay
from tests.running import Run, scrapy
from tests.servers.small_wordpress import SmallWordPress, rest_post, serving
from tests.spiders.conftest import Harbour
from tests.spiders.test_changed_posts import check_archive, post

WITH_PAGES = {"pages": "yes"}
STORY = "The ferry came in late on Monday, and the harbour master told nobody why it did so."


@pytest.fixture
def many_posts() -> Iterator[Site]:
    with serve(build_site([post(n) for n in range(1, 31)], [], [])) as found:
        yield found


def pages_of(archives: Path) -> list[str]:
    """Return the addresses of the HTML pages that are archived, but the home page."""
    return sorted(
        uri
        for path in (archives / "warc").iterdir()
        for record in read_records(path)
        if isinstance(record, Record) and record.type in ("response", "revisit")
        if b"text/html" in record.block and (uri := record.target_uri or "").count("/") > 3
    )


def asked(site: Site) -> list[str]:
    """Return the paths of the pages that the site was asked for, but the home page."""
    return sorted(
        request.path
        for request in site.log
        if not request.path.startswith("/wp-json") and request.path not in ("/", "/robots.txt")
    )


def permalinks(site: Site) -> list[str]:
    """Return the addresses of all posts that give a text."""
    posts = [one for one in site.published() if not one.password and one.slug != "correction"]
    return sorted(map(site.permalink, posts))


def test_pages_are_archived_and_the_texts_are_the_same(harbour: Harbour, tmp_path: Path) -> None:
    site = harbour()
    without = crawl(tmp_path / "without", spider_arguments(site.home))
    assert asked(site) == pages_of(without.archives) == []
    run = crawl(tmp_path / "with", spider_arguments(site.home, **WITH_PAGES))
    assert sorted(run.texts.values()) == sorted(without.texts.values())
    assert pages_of(run.archives) == permalinks(site)
    assert run.report["stats"]["wordpress/pages"] == len(permalinks(site))
    assert "html_page" not in run.report["lost"]
    check_archive(run.archives)
    (file, *_) = run.texts
    assert "/wp-json/" in scrapy(run.archives, "trace", file).stdout


def test_a_second_crawl_and_the_replay_of_both(harbour: Harbour, tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    site = harbour()
    arguments = spider_arguments(site.home, **WITH_PAGES)
    crawl(archives, arguments)
    site.log.clear()
    publish(site, 200)
    edit(site, REVISED, day=9, text="This was not so.")
    edit(site, 107, day=9)  # and another text it has not
    crawl(archives, arguments)
    news = [urlsplit(site.permalink(site.posts[number])).path for number in (REVISED, 200)]
    assert asked(site) == sorted(news)
    again = scrapy(archives, "replay", "--check")
    assert again.exit_code == 0, again.log
    replayed = replay(into, [archives], arguments)
    assert replayed.exit_code == 0, replayed.log
    assert replayed.texts == Run(0, "", "", archives).texts


def test_a_replay_asks_for_the_same_pages(harbour: Harbour, tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    site = harbour(disallow="/2024/")
    arguments = spider_arguments(site.home, **WITH_PAGES)
    crawl(archives, arguments)
    replayed = replay(into, [archives], arguments)
    assert replayed.exit_code == 0, replayed.log
    assert kept(into) == kept(archives)
    assert replayed.report["stats"]["wordpress/pages"] == len(pages_of(archives)) > 0


def test_a_site_that_does_not_tell_what_was_modified(tmp_path: Path, harbour: Harbour) -> None:
    site = harbour()
    for one in site.posts.values():
        one.modified = one.modified_gmt = ""
    arguments = spider_arguments(site.home, **WITH_PAGES)
    crawl(tmp_path, arguments)
    site.log.clear()
    crawl(tmp_path, arguments)
    assert asked(site) == []


def test_a_page_that_robots_txt_forbids_is_a_doubt(harbour: Harbour, archives: Path) -> None:
    site = harbour()
    link = site.permalink(site.posts[REVISED])
    site.modes = replace(site.modes, disallow=urlsplit(link).path)
    run = crawl(archives, spider_arguments(site.home, **WITH_PAGES))
    assert urlsplit(link).path not in asked(site)
    lost = run.report["lost"]["html_page"]
    assert (lost["count"], lost["effect"]) == (1, "doubt")
    assert lost["first"] == [{"address": link, "detail": "robots.txt forbids it"}]
    assert "  no page   1 html_page: a post's HTML page could not be archived" in run.stdout
    assert pages_of(archives) == [url for url in permalinks(site) if url != link]
    assert any(site.posts[REVISED].title in text for text in run.texts.values())


def test_pages_that_fail_one_after_the_other_are_given_up(many_posts: Site, archives: Path) -> None:
    many_posts.modes = replace(many_posts.modes, no_pages=True, cap=5)
    run = crawl(archives, spider_arguments(many_posts.home, **WITH_PAGES))
    assert len(run.texts) == 30
    lost = run.report["lost"]["html_page"]
    assert (lost["count"], lost["first"][0]["detail"]) == (30, "status 404")
    assert 20 <= len(asked(many_posts)) < 30


def test_a_page_elsewhere_is_not_requested(archives: Path) -> None:
    elsewhere = "https://stories.elsewhere.example/1"
    posts = [rest_post(1, "{home}", STORY, link=elsewhere), rest_post(2, "{home}", STORY + "!")]
    with serving(SmallWordPress(posts)) as site:
        run = crawl(archives, spider_arguments(site.home, **WITH_PAGES))
    (named,) = run.report["lost"]["html_page"]["first"]
    assert named["address"] == elsewhere
    assert "allow_hosts" in named["detail"]
    assert run.report["stats"]["wordpress/pages"] == 1
    assert len(run.texts) == 2


def test_pages_is_yes_or_no(archives: Path) -> None:
    run = scrapy(archives, "crawl", "wordpress", "-a", "site=https://a.example/", "-a", "pages=1")
    assert run.exit_code == 2
    assert "pages" in run.log
    assert "use yes or no" in run.log
