"""A site and its next day: three crawls, each into the archive of the one before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.sources.address import without_tracking
from tests.running import scrapy
from tests.wire.crawling import ALL, Wire, skipped
from tests.wire.golden import Story, stories
from tests.wire.service import Service

FIRST, NEXT = stories("first"), stories("first", "next_day")
AMP = "/amp/article/harbor-rail-bridge-7f31c2"
CORRECTED, WITHDRAWN, ADDED = (
    *("/article/reservoir-level-90cc17", "/metered/glass-organ"),
    "/features/tide-mill",
)
# Another address that is linked leads there.
REDIRECTED = {
    "/2026/03/04/nx-s1-4410021/seed-bank",
    "/article/harbor-rail-bridge-7f31c2",
    "/world/northland/ferries-resume-after-storm-2026-03-03/",
}
TWICE = ("/article/whale-rescue-22b04e", "/hub/sea/whale-rescue-22b04e")
LINK_PAGES = {
    *("/", "/robots.txt", "/sitemaps/news.xml.gz", "/sitemaps/index.xml"),
    *("/sitemaps/2026-03.xml", "/sitemaps/archive-2011.xml"),
    *("/feeds/top.rss", "/feeds/world.atom", "/feeds/world-2.atom", "/feeds/world-archive.atom"),
    *("/feeds/business.rdf", "/feeds/features.json", "/feeds/features-2.json"),
    *("/feeds/comments.rss", "/world/", "/business/", "/latest/"),
}
FOUNDRY = "/features/bell-foundry"
WALK = "/features/long-walk-along-old-line"
YESTERDAY = "2026-03-06T20:00:00"
CUT = ("/subscribers/tunnel-tender",)


@dataclass(frozen=True)
class Crawled:
    """A crawl: its articles by URL, the texts it left, and what it requested."""

    exit_code: int
    report: dict[str, Any]
    articles: dict[str, dict[str, Any]]
    texts: dict[str, str]
    requested: Counter[str]


@dataclass(frozen=True)
class Crawls:
    """The ``first`` crawl, the same ``again`` at once, and one the next day, ``later``."""

    wire: Wire
    first: Crawled
    again: Crawled
    later: Crawled


@pytest.fixture(scope="module")
def crawls(running: Service, tmp_path_factory: pytest.TempPathFactory) -> Crawls:
    wire = Wire(running, tmp_path_factory.mktemp("crawls") / "archives")

    def crawl(*editions: str, days: int = 0) -> Crawled:
        running.publish(*editions)
        run, articles = replace(wire, days=days).articles(**ALL)
        return Crawled(run.exit_code, run.report, articles, run.texts, running.requested)

    first, again = crawl("first"), crawl("first")
    return Crawls(wire, first, again, crawl("first", "next_day", days=1))


def texts_of(found: dict[str, Story]) -> list[str]:
    return sorted(story.text for story in found.values())


def paths(requested: Counter[str]) -> Counter[str]:
    """Return how often each path was requested, however it was spelled."""
    found: Counter[str] = Counter()
    for url, times in requested.items():
        found[urlsplit(url).path.rstrip("/") or "/"] += times
    return found


def test_every_story_comes_once_as_a_reader_sees_it(crawls: Crawls) -> None:
    assert sorted(crawls.first.texts.values()) == texts_of(FIRST)
    assert crawls.first.report["articles"]["new"] == len(FIRST)


@pytest.mark.parametrize("url", FIRST)
def test_what_is_known_of_a_story(crawls: Crawls, url: str) -> None:
    story, article = FIRST[url], crawls.first.articles[url]
    known = ("date", "dateline", "agency", "authors", "categories")
    assert {name: article[name] for name in known} == {n: getattr(story, n) for n in known}


def test_each_page_is_requested_once(crawls: Crawls) -> None:
    once = {without_tracking(url) for url, n in crawls.first.requested.items() if n == 1}
    assert set(FIRST) - REDIRECTED <= once, "whichever of its links was read first"
    assert crawls.first.requested[AMP] <= 1
    often = {url for url, times in crawls.first.requested.items() if times > 1}
    assert often <= {*REDIRECTED, "/robots.txt"}
    assert max(crawls.first.requested.values()) <= 2


def test_nothing_off_site_and_nothing_that_robots_txt_forbids(crawls: Crawls) -> None:
    requested = crawls.first.requested + crawls.again.requested + crawls.later.requested
    assert [url for url in requested if not url.startswith("/")] == []
    assert [url for url in requested if url.startswith("/private/")] == []
    assert skipped(crawls.first.report)["robots"] == 1
    assert skipped(crawls.first.report)["off_site"] >= 3
    assert skipped(crawls.first.report)["redirect_off_site"] == 1


def test_what_is_no_story_is_counted(crawls: Crawls) -> None:
    left = skipped(crawls.first.report)
    assert left["no_text"] == 1, "a gallery"
    assert left["no_story"] == 2, "a video, and the terms of use"
    assert left["listing"] == 1
    assert left["soft_error"] == 1
    assert left["gone"] == 1
    assert left["attributes"] == 1
    assert left["depth"] == 1
    assert left["no_date"] >= 1
    lost = crawls.first.report["lost"]
    assert {name: loss["count"] for name, loss in lost.items() if name != "incomplete"} == left
    [listing] = lost["listing"]["first"]
    assert listing["address"].endswith("/features/winter-fair-all-you-need")
    assert listing["detail"].endswith("letters are prose in one place")


def test_what_is_cut_is_named_and_not_written(crawls: Crawls) -> None:
    report = crawls.first.report
    assert report["dropped"] == {"incomplete": len(CUT)}
    named = sorted(problem["message"] for problem in report["problems"])
    assert len(named) == len(CUT), named
    assert all(any(path in message for message in named) for path in CUT), named
    assert crawls.first.exit_code == 3


def test_what_is_cut_is_kept_on_request(wire: Wire) -> None:
    run, articles = wire.articles("-s", "INCOMPLETE=keep", **ALL)
    assert run.exit_code == 3
    assert run.report["incomplete"] == len(CUT)
    assert "incomplete" not in run.report["dropped"]
    marked = {url for url, article in articles.items() if article.get("text_incomplete")}
    assert {url.partition("?")[0] for url in marked} == set(CUT)
    assert len(run.texts) == run.report["articles"]["new"] + len(CUT)
    again, _ = wire.articles("-s", "INCOMPLETE=keep", **ALL)
    assert again.texts == run.texts
    assert again.report["problems"] == [], "what is cut is tried again after a week"


def test_one_story_under_two_addresses_is_marked(crawls: Crawls) -> None:
    assert crawls.first.report["syndicated"] == 1
    copies = [url for url, article in crawls.first.articles.items() if article["copy_of"]]
    assert len(copies) == 1
    assert copies[0] in TWICE


def test_the_second_crawl_requests_link_pages_alone(crawls: Crawls) -> None:
    stories_requested = set(paths(crawls.again.requested)) & {url.rstrip("/") for url in FIRST}
    assert stories_requested == set()
    assert set(crawls.again.requested) <= {*LINK_PAGES, "/article/partner-story"}
    assert crawls.again.texts == crawls.first.texts
    assert crawls.again.report["articles"].get("new", 0) == 0


def test_a_correction_is_a_revision(crawls: Crawls) -> None:
    assert crawls.later.requested[CORRECTED] == 1
    assert crawls.later.report["articles"]["revised"] == 1
    before, after = crawls.first.texts, crawls.later.texts
    changed = [name for name, text in before.items() if after[name] != text]
    assert [after[name] for name in changed] == [NEXT[CORRECTED].text]


def test_the_next_day_brings_what_is_new(crawls: Crawls) -> None:
    assert sorted(crawls.later.texts.values()) == texts_of(NEXT)
    assert crawls.later.report["articles"]["new"] == 1
    assert crawls.later.requested[ADDED] == 1
    # A sitemap says of the foundry that it was not modified; of the others nobody knows.
    young = {url for url, story in FIRST.items() if story.date > YESTERDAY} - {FOUNDRY, WALK}
    again = {url.partition("?")[0] for url in crawls.later.requested} & FIRST.keys()
    # Whether the front's third page, which links the walk, is read again depends on their order.
    assert again - {WALK} == {CORRECTED, WITHDRAWN, *young}


def test_what_is_withdrawn_stays_in_the_corpus(crawls: Crawls) -> None:
    assert crawls.later.requested[WITHDRAWN] == 1
    assert crawls.later.report["articles"]["gone"] >= 1
    assert NEXT[WITHDRAWN].text in crawls.later.texts.values()


def test_the_archive_is_sound(crawls: Crawls) -> None:
    run = scrapy(crawls.wire.archives, "verify")
    assert run.exit_code == 0, run.stdout + run.log


def test_a_crawl_without_days_reads_the_news(wire: Wire, tmp_path: Path) -> None:
    run, articles = wire.articles()
    assert set(articles) == {url for url, story in FIRST.items() if story.is_recent}
    assert run.exit_code == 3, run.log  # for the story that is cut
    assert not wire.service.requested.keys() & {
        "/sitemaps/archive-2011.xml",
        "/view/AEN20260304001",
    }
