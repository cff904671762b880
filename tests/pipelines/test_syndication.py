"""One story under several identities: kept and marked, or dropped if the user wants it once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from itemadapter import ItemAdapter
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from crawler.archive.copies import find_copies
from crawler.exceptions import SyndicatedArticle
from crawler.extensions.articles_under_way import ArticlesUnderWay
from crawler.items import Article
from crawler.state.backends import open_store
from crawler.state.store import Store
from crawler.state.verdict import Verdict
from crawler.text.fingerprint import TextFingerprint
from crawler.warc.reader import records
from demo.content import Post
from demo.server import serve
from demo.site import build_site
from pipelines.syndication import CopyMarker
from tests import running
from tests.conftest import Scrapy
from tests.text.test_minhash import prose

STORY = " ".join(prose(1))
NEAR = f"CITY (AGENCY) {STORY}"
OTHER = " ".join(prose(2))
SOURCE = "127.0.0.1"
POSTS = {1: STORY, 2: NEAR, 3: OTHER, 4: STORY}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")) as store:
        yield store


@pytest.fixture
def stats() -> MemoryStatsCollector:
    return MemoryStatsCollector(get_crawler())


def article(key: str, text: str, **changes: Any) -> Article:
    fields: dict[str, Any] = {"source": "news", "date": "2024-04-11T08:00:00", "title": "Ferry"}
    return Article(guid=key, url=f"https://{key}.test/", key=key, text=text, **fields | changes)


class Way:
    """What the dedup pipeline does about copies."""

    def __init__(self, store: Store, stats: MemoryStatsCollector, *, drops: bool) -> None:
        self.articles = ArticlesUnderWay(store)
        self._marker = CopyMarker(stats, drops=drops)

    def enter(self, item: Article, verdict: Verdict = Verdict.NEW) -> str | None:
        """Return what *item*, which is under way from now on, is a copy of."""
        article = replace(self.articles.judge(ItemAdapter(item)), verdict=verdict)
        self.articles.find_copies(article)
        earliest = self._marker.earliest_copy(article)
        self.articles.add(article)
        return earliest


def test_copies_that_are_under_way_are_found(store: Store, stats: MemoryStatsCollector) -> None:
    way = Way(store, stats, drops=False)
    first = article("a", STORY)
    assert way.enter(first) is None
    assert way.enter(article("b", NEAR)) == "a"
    assert way.enter(article("c", STORY, date="2024-04-12T08:00:00")) == "a"
    assert way.enter(article("d", OTHER)) is None
    assert stats.get_stats() == {"dedup/copies/near": 1, "dedup/copies/exact": 1}
    way.articles.remove(first)
    assert way.enter(article("e", STORY)) == "b"


def test_the_earliest_is_no_copy_though_it_comes_last(
    store: Store, stats: MemoryStatsCollector
) -> None:
    way = Way(store, stats, drops=False)
    way.enter(article("a", STORY))
    assert way.enter(article("b", STORY, date="2024-04-10T08:00:00")) is None
    abroad = article("c", STORY, date="2024-04-11T09:00:00", date_gmt="2024-04-09T23:00:00")
    assert way.enter(abroad) is None
    assert way.enter(article("d", NEAR)) == "c"


def test_an_article_is_no_copy_of_itself(store: Store, stats: MemoryStatsCollector) -> None:
    way = Way(store, stats, drops=True)
    way.enter(article("a", STORY))
    assert way.enter(article("a", NEAR, source="other.test")) is None
    assert way.enter(article("a", STORY, copy_of="what somebody said")) is None


def test_a_copy_is_dropped_if_the_user_wants_each_story_once(
    store: Store, stats: MemoryStatsCollector
) -> None:
    way = Way(store, stats, drops=True)
    way.enter(article("a", STORY))
    with pytest.raises(SyndicatedArticle, match=r"b\.test.* tells the story of https://a\.test/"):
        way.enter(article("b", NEAR))
    way.enter(article("c", NEAR), Verdict.REVISION)


@contextmanager
def wire() -> Iterator[str]:
    """Serve a site that ran one story three times; yield the argument that names it."""
    posts = [
        Post(id=n, date=f"2024-03-0{n}T00:00:00", title="Wire", content=f"<p>{text}</p>")
        for n, text in POSTS.items()
    ]
    with serve(build_site(posts, [], [])) as site:
        yield f"site={site.home}"


def groups(archives: Path) -> dict[str, list[str]]:
    """Return the days of the copies of each article, by its own day."""
    found = {}
    with closing(open_store(f"sqlite:{archives / 'ledger.sqlite'}")) as store:
        for held in store.all():
            text = TextFingerprint.from_text("Wire", [POSTS[int(held.date[9])]])
            dates = [copy.holding.date[:10] for copy in find_copies(store, text, key=held.key)]
            found[held.date[:10]] = dates
    return found


GROUPS = {
    "2024-03-01": ["2024-03-02", "2024-03-04"],
    "2024-03-02": ["2024-03-01", "2024-03-04"],
    "2024-03-03": [],
    "2024-03-04": ["2024-03-01", "2024-03-02"],
}


def test_a_crawl_marks_copies(scrapy: Scrapy) -> None:
    with wire() as site:
        run = scrapy("crawl", "wordpress", "-a", site)
    assert run.report["articles"] == {"new": 4}
    assert run.report["syndicated"] == 2
    stats = run.report["stats"]
    assert (stats["dedup/copies/exact"], stats["dedup/copies/near"]) == (1, 1)
    assert groups(run.archives) == GROUPS
    keys = {day: key for day, key, _ in facts(run.archives)}
    marked = {day: mark for day, _, mark in facts(run.archives)}
    assert {day for day, mark in marked.items() if mark == keys["2024-03-01"]} == {
        "2024-03-02",
        "2024-03-04",
    }
    assert marked["2024-03-03"] is marked["2024-03-01"] is None


def test_the_archive_alone_has_all_copies(scrapy: Scrapy, tmp_path: Path) -> None:
    with wire() as site:
        run = scrapy("crawl", "wordpress", "-a", site)
    offline = ("-s", "ARCHIVE_MODE=replay", "-s", f"REPLAY_FROM={run.archives}")
    again = running.scrapy(tmp_path / "again", "crawl", "wordpress", "-a", site, *offline)
    assert again.exit_code == 0, again.log
    assert again.report["syndicated"] == 2
    assert groups(again.archives) == GROUPS
    assert scrapy("rebuild").exit_code == 0
    assert groups(run.archives) == GROUPS


def test_a_trace_names_the_copies_earliest_first(scrapy: Scrapy) -> None:
    with wire() as site:
        run = scrapy("crawl", "wordpress", "-a", site)
    files = {text[6:16]: file for file, text in run.texts.items()}
    first, second, other, last = (files[f"2024-03-0{day}"] for day in (1, 2, 3, 4))
    lines = scrapy("trace", last).stdout.splitlines()
    copies = [line for line in lines if line.startswith("copy")]
    assert copies[:2] == [
        f"copy-of: {first}",
        f"copy: {first}, 2024-03-01T00:00:00, {SOURCE}, the same text",
    ]
    assert copies[2].startswith(f"copy: {second}, 2024-03-02T00:00:00, {SOURCE}, resemblance 0.9")
    assert "copy-of" not in scrapy("trace", first).stdout
    assert "copy" not in scrapy("trace", other).stdout
    assert lines[-1] == "verified: yes"


def test_without_an_archive_copies_are_found_as_well(scrapy: Scrapy) -> None:
    with wire() as site:
        run = scrapy("crawl", "wordpress", "-a", site, "-s", "ARCHIVE_MODE=off")
    assert run.report["syndicated"] == 2
    assert groups(run.archives) == GROUPS


def test_copies_are_dropped_and_counted_on_request(scrapy: Scrapy) -> None:
    with wire() as site:
        run = scrapy("crawl", "wordpress", "-a", site, "-s", "DEDUP_SYNDICATED=True")
    assert run.exit_code == 0
    assert run.report["articles"] == {"new": 2}
    assert run.report["dropped"] == {"syndicated": 2}
    assert len(run.texts) == len(facts(run.archives)) == 2


def facts(archives: Path) -> list[tuple[str, str, str | None]]:
    """Return day, key and ``copy_of`` of each article, as the archive has them."""
    found = []
    for path in (archives / "warc").iterdir():
        for record in records(path):
            if record.header("Content-Type") == "application/json":
                about = json.loads(bytes(record.block))
                if "verdict" in about:
                    found.append((about["date"][:10], about["key"], about["copy_of"]))
    return found
