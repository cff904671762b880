"""The gate: what is read off the pages of the book must not get worse.

``floor.toml`` holds what was reached. A score below it fails; so does a floor that was left behind,
since what it does not hold can be lost unseen.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from statistics import mean

import pytest

from crawler.pages.generic import NotAnArticleError, article
from crawler.text.article import clean
from tests.pages.quality.book import HERE, Leaf, leaves
from tests.pages.quality.scoring import Agreement, by_paragraphs, by_words, overall
from tests.pages.served import page

FLOOR = HERE / "floor.toml"
MARGIN = 0.004
"""How far above its floor a score may be."""

LEAVES = leaves()
_WORST = 8


@dataclass(frozen=True)
class Read:
    """What was read off a page, compared with its gold."""

    leaf: Leaf
    title: str
    day: str
    paragraphs: tuple[str, ...]

    @property
    def words(self) -> Agreement:
        return by_words(self.leaf.paragraphs, self.paragraphs)

    @property
    def whole(self) -> Agreement:
        return by_paragraphs(self.leaf.paragraphs, self.paragraphs)

    @property
    def wrongs(self) -> list[str]:
        """Return a line for each thing that is wrong."""
        gold, found = self.leaf.paragraphs, self.paragraphs
        return [
            *(f"  missing: {text}" for text in gold if text not in found),
            *(f"  too much: {text}" for text in found if text not in gold),
            *([f"  title: {self.title}"] if self.title != self.leaf.title else []),
            *([f"  day: {self.day}"] if self.day != self.leaf.day else []),
        ]


def read(leaf: Leaf) -> Read:
    """Read *leaf* as a crawl does; a page that is refused has no text, title and day."""
    try:
        found = article(page(leaf.html, leaf.url), source="quality")
    except NotAnArticleError as refusal:
        return Read(leaf, f"refused: {refusal}", "", ())
    text = clean(found.title_html, found.content_html)
    return Read(leaf, text.title, found.date[:10], text.paragraphs)


@pytest.fixture(scope="module")
def readings() -> list[Read]:
    return [read(leaf) for leaf in LEAVES]


def _scores(readings: list[Read]) -> dict[str, float]:
    return {
        "words": overall([reading.words for reading in readings]),
        "paragraphs": overall([reading.whole for reading in readings]),
        "titles": mean(reading.title == reading.leaf.title for reading in readings),
        "days": mean(reading.day == reading.leaf.day for reading in readings),
    }


def _worst(readings: list[Read]) -> str:
    ordered = sorted(readings, key=lambda reading: (reading.whole.f1, reading.words.f1))
    bad = [reading for reading in ordered if reading.wrongs]
    shown = (
        "\n".join((f"{read.leaf.name}: {read.whole.f1:.3f}, {read.words.f1:.3f}", *read.wrongs))
        for read in bad[:_WORST]
    )
    return "The worst pages, F1 by paragraphs and by words:\n" + "\n".join(shown)


def test_no_score_is_below_its_floor(readings: list[Read]) -> None:
    floor = tomllib.loads(FLOOR.read_text(encoding="utf-8"))
    fallen = [
        f"{name} {score:.4f} < {floor[name]}"
        for name, score in _scores(readings).items()
        if score < floor[name]
    ]
    assert not fallen, f"{', '.join(fallen)}\n{_worst(readings)}"


def test_no_floor_is_left_behind(readings: list[Read]) -> None:
    floor = tomllib.loads(FLOOR.read_text(encoding="utf-8"))
    raised = [
        f"{name} = {math.floor(score * 1_000) / 1_000}"
        for name, score in _scores(readings).items()
        if score > floor[name] + MARGIN
    ]
    assert not raised, f"better than {FLOOR.name} holds; raise it there: {', '.join(raised)}"


def test_the_floor_is_of_these_scores(readings: list[Read]) -> None:
    assert tomllib.loads(FLOOR.read_text(encoding="utf-8")).keys() == _scores(readings).keys()


def test_there_are_enough_pages() -> None:
    assert len(LEAVES) >= 40


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.name)
def test_a_page_shows_its_gold_in_order(leaf: Leaf) -> None:
    assert leaf.used == list(range(1, len(leaf.paragraphs) + 1))
    assert len(leaf.html) > 3 * sum(map(len, leaf.paragraphs)) / 2
