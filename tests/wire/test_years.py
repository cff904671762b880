"""What becomes of a corpus that is kept for long, while its source changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.running import Run
from tests.wire.crawling import ALL, Wire
from tests.wire.golden import stories
from tests.wire.service import Service
from tests.wire.small import Item, edition

_CHANGED = "2026-04-01T00:00:00Z"
DATED = Item(path="/2026/ferry-is-dated", title="Ferry is dated anew by its owners")
AWAY = Item(
    path="/2026/horse-goes-away",
    title="Horse goes away for a week",
    about="horse",
    guid="tag:horse",
)
MOVED = Item(
    path="/2026/piano-is-moved", title="Piano is moved to another street", about="piano", guid="p"
)
ALIKE = [
    Item(path=f"/2026/{about}-has-a-name", title=f"A {about} has a name", about=about, guid="news")
    for about in ("kite", "kettle")
]
SECTION = [
    Item(
        path=f"/2026/{about}-on-the-pond",
        title=f"A {about} was seen",
        about=about,
        canonical="/pond/",
    )
    for about in ("swan", "goose")
]


@dataclass(frozen=True)
class Year:
    """A crawl, its texts, and which stories it requested."""

    run: Run
    texts: dict[str, str]
    requested: set[str]

    @property
    def headlines(self) -> list[str]:
        """The headlines of all texts, in their alphabetical order."""
        return sorted(text.split("\n", 1)[0][17:] for text in self.texts.values())


@pytest.fixture(scope="module")
def years(running: Service, tmp_path_factory: pytest.TempPathFactory) -> list[Year]:
    """Crawl three times, on the days 0, 60 and 90."""
    folder = tmp_path_factory.mktemp("years")

    def crawl(days: int, fed: list[Item], fronted: list[Item], absent: str = "") -> Year:
        named = edition(folder / str(days), fed, fronted=fronted)
        if absent:
            Path(named, f"{absent[1:]}.status").write_text("404", encoding="utf-8")
        running.publish(named)
        run = Wire(running, folder / "archives", days).crawl()
        return Year(run, run.texts, {url for url in running.requested if url.startswith("/2026/")})

    redated = replace(DATED, published="2026-03-07T08:15:00+01:00", updated=_CHANGED)
    changed = replace(AWAY, updated=_CHANGED)
    moved = replace(MOVED, path="/2026/piano-has-been-moved")
    return [
        crawl(0, [DATED, AWAY, MOVED, ALIKE[0], SECTION[0]], []),
        crawl(60, [redated, changed, moved, *ALIKE, *SECTION], [], absent=AWAY.path),
        crawl(90, [redated, moved, *ALIKE, *SECTION], [AWAY]),
    ]


def test_each_story_is_held_once(years: list[Year]) -> None:
    first, *later = years
    assert first.headlines == sorted(
        item.title for item in (DATED, AWAY, MOVED, ALIKE[0], SECTION[0])
    )
    for year in later:
        assert year.headlines == sorted(
            item.title for item in (DATED, AWAY, MOVED, *ALIKE, *SECTION)
        ), year.run.stdout


def test_a_text_never_becomes_another_storys(years: list[Year]) -> None:
    for year in years[1:]:
        assert years[0].texts.items() <= year.texts.items()


def test_what_is_old_is_left_alone(years: list[Year]) -> None:
    assert years[2].requested == {AWAY.path}, "it was gone when it was tried last"


def test_a_later_crawl_selects_more_days(wire: Wire) -> None:
    wire.crawl()
    run = wire.crawl(**ALL)
    wanted = sorted(story.text for story in stories("first").values())
    assert sorted(run.texts.values()) == wanted, run.stdout


def test_a_feed_that_ran_ahead_is_reported(wire: Wire, tmp_path: Path) -> None:
    for number, item in enumerate((DATED, AWAY)):
        wire.service.publish(edition(tmp_path / str(number), [item]))
        run = wire.crawl()
    assert run.exit_code == 3, run.stdout
    assert "crawl more often" in run.stdout
