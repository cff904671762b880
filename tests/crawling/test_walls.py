from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.crawling.wire.walls import Verdict, Walls
from crawler.sources.link import Link
from crawler.state.backends import open_store

OTHERS: list[str] = []
CHOICES = (
    "We and our partners store information on your device and read it.\n"
    "Choose what we may do with it before you go on reading."
)
FERRY = "The ferry was seen again on Saturday.\nNobody could say where it came from."
JAPANESE = "土曜日にまた渡船が目撃された。\nどこから来たのか誰も知らない。"


@pytest.fixture
def walls(tmp_path: Path) -> Iterator[Walls[str]]:
    store = open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")
    yield Walls[str](store, "s")
    store.close()


def judge(walls: Walls[str], path: str, text: str, *, told: str = "", title: str = "") -> Verdict:
    link = Link(url=f"https://news.example{path}", title=told)
    verdict, others = walls.judge(link, title, text, b"", path)
    assert not others or verdict is Verdict.WALL
    OTHERS[:] = others
    return verdict


@pytest.mark.parametrize(
    ("path", "told", "text"),
    [
        ("/1", "Grey ferry seen again on Saturday", FERRY),
        ("/world/grey-ferry-seen-saturday.html", "", FERRY),
        ("/2", "渡船、また土曜日に目撃", JAPANESE),
        ("/2", "Whale stranded", "Nobody knows of more.\nNot even the coast guard."),
        ("/news/12345", "The <b>ferry</b> of Saturday &amp; others", FERRY),
    ],
)
def test_a_text_that_tells_of_its_story_never_waits(
    walls: Walls[str], path: str, told: str, text: str
) -> None:
    title = "Whale is stranded" if "Whale" in told else "A headline of no use"
    for n in range(9):
        assert judge(walls, f"/{n}{path}", text, told=told, title=title) is Verdict.STORY
    assert walls.count == 0


@pytest.mark.parametrize(
    ("links", "title"),
    [
        ([(f"/{n}", f"Whale number {w} comes ashore") for n, w in enumerate("abc")], "Choices"),
        ([(f"/sea/whale-{w}-comes-ashore", "") for w in "abc"], "Please choose"),
        ([(f"/{n}", "海で鯨が目撃される") for n in range(3)], "Your choices"),
        ([(f"/{n}", "") for n in range(6)], "Your partners choose"),
    ],
)
def test_a_text_for_many_that_tells_of_none(
    walls: Walls[str], links: list[tuple[str, str]], title: str
) -> None:
    verdicts = [judge(walls, path, CHOICES, told=told, title=title) for path, told in links]
    assert verdicts == [Verdict.HOLD] * (len(links) - 1) + [Verdict.WALL]
    assert [path for path, _ in links[:-1]] == OTHERS
    assert list(walls.released()) == []


def test_what_tells_one_answer_from_another_does_not_count(walls: Walls[str]) -> None:
    verdicts = [
        judge(walls, f"/{n}", f"{CHOICES}\nReference 18.2f{n}e.17{n}0212.a{n}", told="Whale ashore")
        for n in range(3)
    ]
    assert verdicts[-1] is Verdict.WALL


def test_other_texts_that_tell_nothing_wait_for_the_end(walls: Walls[str]) -> None:
    for n, word in enumerate(("rain", "snow", "wind", "fog")):
        text = f"Expect {word} in the north, and nothing else until the evening."
        assert judge(walls, f"/{n}", text, told="Outlook: tomorrow") is Verdict.HOLD
    assert list(walls.released()) == ["/0", "/1", "/2", "/3"]
    assert walls.count == 0


def test_one_text_under_headlines_of_their_own(walls: Walls[str]) -> None:
    """Nothing is known of what the links lead to: the pages may be right."""
    verdicts = [judge(walls, f"/{n}", FERRY, told="Story", title=f"Pier {n}") for n in range(9)]
    assert set(verdicts) == {Verdict.HOLD}
