"""The same for the other spiders: WordPress, archives, documents, and somebody's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.content import Post
from demo.modes import Modes
from demo.server import serve
from demo.site import Site, build_site
from tests import running
from tests.conftest import Scrapy
from tests.running import Run
from tests.servers.small_site import page, serving
from tests.spiders.test_nothing_kept import Pages, check_rebuild, outcomes, story

_OWN = ("-s", "SPIDER_MODULES=tests.spiders.empty_handed", "-s", "RETRY_TIMES=0")


def named(run: Run, reason: str, count: int) -> str:
    """Return the one problem that says that nothing was kept, for *reason*."""
    assert run.exit_code == 3, run.stdout + run.log
    found = [p["message"] for p in run.report["problems"] if p["kind"] == "nothing_kept"]
    (message,) = found
    assert message.startswith(f"nothing was kept. {count} {reason}: "), message
    assert message in run.stdout
    return str(message)


@pytest.mark.parametrize(
    ("fault", "reason", "fix"),
    [
        ("no url", "invalid", "Have the spider fill"),
        ("no date", "invalid", "Have the spider fill"),
        ("no text", "empty", "in a browser"),
        ("raises", "spider_error", "traceback"),
    ],
)
def test_items_of_an_own_spider(scrapy: Scrapy, fault: str, reason: str, fix: str) -> None:
    with serving(Pages()) as pages:
        urls = f"{pages.home}/story/1,{pages.home}/story/2"
        asked = ("-a", f"urls={urls}", "-a", f"fault={fault}")
        run = scrapy("crawl", "empty_handed", *asked, *_OWN)
    message = named(run, reason, 2)
    assert f"{pages.home}/story/" in message
    assert fix in message
    assert run.report["arguments"] == {"urls": urls, "fault": fault}
    source = "" if reason == "spider_error" else "own"
    assert {row[0] for row in outcomes(run.archives)} == {source}
    check_rebuild(run.archives)


@pytest.mark.parametrize(
    ("pages", "reason", "fix"),
    [
        (Pages(robots=b"User-agent: *\nDisallow: /\n"), "robots", "Ask the publisher"),
        (Pages(answer=lambda n: page(b"", "404 Not Found")), "gone", "has moved"),
        (Pages(answer=lambda n: page(b"", "403 Forbidden")), "status", "again later"),
        (Pages(answer=lambda n: b""), "failed", "again later"),
    ],
)
def test_requests_of_an_own_spider(scrapy: Scrapy, pages: Pages, reason: str, fix: str) -> None:
    with serving(pages):
        urls = f"{pages.home}/story/1,{pages.home}/story/2"
        run = scrapy("crawl", "empty_handed", "-a", f"urls={urls}", *_OWN)
    message = named(run, reason, 2)
    assert f"{pages.home}/story/" in message
    assert fix in message
    assert {row[3] for row in outcomes(run.archives)} == {reason}


def test_an_own_spider_that_is_led_off_its_site(scrapy: Scrapy) -> None:
    with serving(Pages()) as pages:
        asked = ("-a", f"urls={pages.home}/story/1", "-a", "fault=off site")
        run = scrapy("crawl", "homely", *asked, *_OWN)
    named(run, "off_site", 1)


def test_what_an_own_spider_keeps_is_complete(scrapy: Scrapy) -> None:
    answers = {1: page(story(1)), 2: page(b"", "404 Not Found")}
    with serving(Pages(answer=lambda n: answers[n])) as pages:
        urls = f"{pages.home}/story/1,{pages.home}/story/2"
        for _ in "once", "again":
            run = scrapy("crawl", "empty_handed", "-a", f"urls={urls}", *_OWN)
            assert run.exit_code == 0, run.log
            assert run.report["lost"]["gone"]["count"] == 1
            assert f"; it is {pages.home}/story/2 (status 404)\n" in run.stdout


def test_what_an_own_pipeline_drops_is_counted(scrapy: Scrapy) -> None:
    pipelines = {"tests.spiders.empty_handed.DroppingPipeline": 50}
    with serving(Pages()) as pages:
        asked = (
            "-a",
            f"urls={pages.home}/story/1",
            "-s",
            f"ITEM_PIPELINES={json.dumps(pipelines)}",
        )
        run = scrapy("crawl", "empty_handed", *asked, *_OWN)
    assert run.exit_code == 0, run.log
    assert run.report["lost"]["own_choice"]["first"] == [
        {"address": f"{pages.home}/story/1", "detail": "not about ferries"}
    ]


_CONTENTS = {
    "protected": "<p>The ferry sailed.</p>",
    "empty": "<script>1</script>",
    "incomplete": "<p>The ferry sailed.</p><p>And so, he said, the [&hellip;]</p>",
}


@contextmanager
def three_posts(content: str, **modes: Any) -> Iterator[Site]:
    """Serve a WordPress of three posts that have this *content*."""
    posts = [
        Post(id=number, date="2024-04-11T15:25:48", title=f"Ferry {number}", content=content)
        for number in (7, 8, 9)
    ]
    with serve(build_site(posts, [], [], Modes(**modes))) as site:
        yield site


@pytest.mark.parametrize("reason", _CONTENTS)
def test_posts(crawl: Scrapy, reason: str) -> None:
    with three_posts(_CONTENTS[reason]) as site:
        for post in site.posts.values():
            post.password = "anchor" if reason == "protected" else ""
        for _ in "once", "again":
            run = crawl(site=site.home)
            message = named(run, reason, 3)
            assert f"{run.report['lost'][reason]['first'][0]['address']} (" in message
    assert {(row[3], row[2]) for row in outcomes(run.archives)} == {(reason, first_run(run))}
    check_rebuild(run.archives)


def first_run(run: Run) -> str:
    """Return the id of the first run into the archives of *run*."""
    first, *_ = sorted((run.archives / "reports").glob("*.json"))
    return str(json.loads(first.read_text(encoding="utf-8"))["run"])


def test_posts_that_come_back(crawl: Scrapy) -> None:
    with three_posts("<p>The ferry sailed.</p>", bad_posts=frozenset((7, 8, 9))) as site:
        run = crawl(site=site.home)
        message = named(run, "post_failed", 3)
        assert "/wp/v2/posts/" in message
        assert len(outcomes(run.archives)) == 3
        check_rebuild(run.archives)
        site.modes = Modes(bad_posts=frozenset((8,)))
        run = crawl(site=site.home)
        assert run.exit_code == 3
        assert [p["kind"] for p in run.report["problems"]] == ["post_failed"]
        (left,) = outcomes(run.archives)
        assert left[1].endswith("/wp/v2/posts/8")
        check_rebuild(run.archives, most=2)


def test_documents(scrapy: Scrapy, tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "a.txt").write_text("no seed at all", encoding="utf-8")
    (folder / "b.txt").write_text("[1]", encoding="utf-8")
    run = scrapy("import", str(folder))
    assert f"{folder / 'a.txt'}: " in named(run, "seed_unreadable", 2)
    check_rebuild(run.archives)


def test_archives(crawl: Scrapy, tmp_path: Path) -> None:
    with three_posts(_CONTENTS["empty"]) as site:
        warcs = crawl(site=site.home).archives / "warc"
    anew = ("-a", f"path={warcs}", "-a", "source=ferries")
    for _ in "once", "again":
        run = running.scrapy(tmp_path / "read", "crawl", "warc", *anew)
        assert run.exit_code == 3, run.log
        assert "nothing was kept. 3 empty: " in run.stdout
    assert len(outcomes(run.archives)) == 3
