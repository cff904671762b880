"""One story under several identities: kept and marked, or dropped if the user wants it once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from itemadapter import ItemAdapter
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from crawler.archive.copies import Text, copies
from crawler.exceptions import SyndicatedArticle
from crawler.items import Article
from crawler.state.backends import open_store
from crawler.state.store import Store
from crawler.warc.reader import records
from demo.content import Post
from demo.server import serve
from demo.site import build_site
from pipelines.syndication import Syndication
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


def check(syndication: Syndication, item: Article) -> str | None:
    syndication.check(ItemAdapter(item), is_held=False)
    return item.copy_of


def test_copies_that_are_under_way_are_found(store: Store, stats: MemoryStatsCollector) -> None:
    syndication = Syndication(store, stats, drops=False)
    first = article("a", STORY)
    assert check(syndication, first) is None
    assert check(syndication, article("b", NEAR)) == "a"
    assert check(syndication, article("c", STORY, date="2024-04-12T08:00:00")) == "a"
    assert check(syndication, article("d", OTHER)) is None
    assert stats.get_stats() == {"dedup/copies/near": 1, "dedup/copies/exact": 1}
    syndication.leave(first)
    assert check(syndication, article("e", STORY)) == "b"


def test_the_earliest_is_no_copy_though_it_comes_last(
    store: Store, stats: MemoryStatsCollector
) -> None:
    syndication = Syndication(store, stats, drops=False)
    check(syndication, article("a", STORY))
    assert check(syndication, article("b", STORY, date="2024-04-10T08:00:00")) is None
    abroad = article("c", STORY, date="2024-04-11T09:00:00", date_gmt="2024-04-09T23:00:00")
    assert check(syndication, abroad) is None
    assert check(syndication, article("d", NEAR)) == "c"


def test_an_article_is_no_copy_of_itself(store: Store, stats: MemoryStatsCollector) -> None:
    syndication = Syndication(store, stats, drops=True)
    check(syndication, article("a", STORY))
    assert check(syndication, article("a", NEAR, source="other.test")) is None
    assert check(syndication, article("a", STORY, copy_of="what somebody said")) is None


def test_a_copy_is_dropped_if_the_user_wants_each_story_once(
    store: Store, stats: MemoryStatsCollector
) -> None:
    syndication = Syndication(store, stats, drops=True)
    check(syndication, article("a", STORY))
    with pytest.raises(SyndicatedArticle, match=r"b\.test.* tells the story of https://a\.test/"):
        check(syndication, article("b", NEAR))
    syndication.check(ItemAdapter(article("c", NEAR)), is_held=True)  # a revision


@contextmanager
def wire() -> Iterator[str]:
    """A site that ran one story three times."""
    posts = [
        Post(id=n, date=f"2024-03-0{n}T00:00:00", title="Wire", content=f"<p>{text}</p>")
        for n, text in POSTS.items()
    ]
    with serve(build_site(posts, [], [])) as site:
        yield f"site={site.home}"


def groups(archives: Path) -> dict[str, list[str]]:
    """The days of the copies of each article, by its own day."""
    found = {}
    with closing(open_store(f"sqlite:{archives / 'ledger.sqlite'}")) as store:
        for held in store.all():
            text = Text.of("Wire", [POSTS[int(held.date[9])]])
            dates = [copy.holding.date[:10] for copy in copies(store, text, key=held.key)]
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


def test_the_archive_alone_tells_of_copies(scrapy: Scrapy, tmp_path: Path) -> None:
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
    """What the archive says of each article: its day, key, and what it is a copy of."""
    found = []
    for path in (archives / "warc").iterdir():
        for record in records(path):
            if record.header("Content-Type") == "application/json":
                about = json.loads(bytes(record.block))
                if "verdict" in about:
                    found.append((about["date"][:10], about["key"], about["copy_of"]))
    return found
