"""What happens to a corpus that is kept for years, while its source changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.running import Run
from tests.wire.crawling import ALL, Wire
from tests.wire.golden import stories
from tests.wire.small import Item, edition

FERRY = Item(path="/2026/ferry-returns", title="Ferry returns with one passenger more")
HORSE = Item(path="/2026/horse-votes", title="Horse is entered in the register", about="horse")
PIANO = Item(path="/2026/piano-afloat", title="Piano drifts ashore and is in tune", about="piano")


class Years:
    """Crawls of a site that changes, ``days`` days apart."""

    def __init__(self, wire: Wire, folder: Path) -> None:
        self.wire, self.folder, self.number = wire, folder, 0

    def crawl(self, *fed: Item, fronted: tuple[Item, ...] = (), days: int = 0) -> Run:
        self.number += 1
        named = edition(self.folder / str(self.number), fed, fronted=fronted)
        self.wire.service.publish(named)
        return replace(self.wire, days=days).crawl()


@pytest.fixture
def years(wire: Wire, tmp_path: Path) -> Years:
    return Years(wire, tmp_path / "editions")


def test_more_days_are_asked_for_later(wire: Wire) -> None:
    wire.crawl()
    run = wire.crawl(**ALL)
    assert sorted(run.texts.values()) == sorted(s.text for s in stories("first").values())


def test_a_story_that_is_read_again_stays_what_it_was(years: Years) -> None:
    first = years.crawl(FERRY, HORSE)
    redated = replace(FERRY, published="2026-03-07T08:15:00+01:00", updated="2026-03-09T00:00:00Z")
    run = years.crawl(redated, HORSE, days=60)
    assert run.texts == first.texts
    assert years.wire.service.asked[FERRY.path] == 1


def test_a_story_that_was_away_for_a_while_stays_what_it_was(years: Years) -> None:
    guid = "tag:small.example,2026:ferry"
    first = years.crawl(replace(FERRY, guid=guid), HORSE)
    gone = years.folder / "gone" / f"{FERRY.path.strip('/')}.status"
    gone.parent.mkdir(parents=True)
    gone.write_text("404", encoding="utf-8")
    changed = replace(FERRY, guid=guid, updated="2026-03-09T00:00:00Z")
    named = edition(years.folder / "gone", [HORSE, changed])
    years.wire.service.publish(named)
    away = replace(years.wire, days=60).crawl()
    assert away.report["articles"]["gone"] == 1, away.stdout
    run = years.crawl(HORSE, fronted=(FERRY,), days=90)
    assert years.wire.service.asked[FERRY.path] == 1
    assert run.texts == first.texts


def test_stories_with_one_guid_are_two(years: Years) -> None:
    run = years.crawl(replace(FERRY, guid="news"), replace(HORSE, guid="news"))
    assert len(run.texts) == 2, run.stdout
    again = years.crawl(replace(FERRY, guid="news"), replace(PIANO, guid="news"))
    assert len(again.texts) == 3, again.stdout


def test_stories_with_one_canonical_address_are_two(years: Years) -> None:
    one, other = (replace(item, canonical="/2026/") for item in (FERRY, HORSE))
    years.crawl(replace(one, guid="a"))
    run = years.crawl(replace(one, guid="a"), replace(other, guid="b"))
    assert sorted(run.headlines) == sorted([FERRY.title, HORSE.title]), run.stdout


def test_a_story_that_moves_is_one(years: Years) -> None:
    guid = "tag:small.example,2026:ferry"
    first = years.crawl(replace(FERRY, guid=guid))
    moved = replace(FERRY, guid=guid, path="/stories/ferry-returns")
    run = years.crawl(moved, days=60)
    assert run.texts == first.texts


def test_a_feed_that_ran_ahead_is_told(years: Years) -> None:
    years.crawl(FERRY)
    run = years.crawl(HORSE, PIANO, days=60)
    assert run.exit_code == 3, run.stdout
    assert "crawl more often" in run.stdout


def test_an_hour_later_nothing_old_is_asked_for(years: Years) -> None:
    years.crawl(FERRY, HORSE)
    years.crawl(FERRY, HORSE, PIANO, days=1)
    stories_asked = [url for url in years.wire.service.asked if url.startswith("/2026/")]
    assert stories_asked == [PIANO.path]
