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

from crawler.pages import second_opinion
from crawler.pages.generic import NotAnArticleError, article
from crawler.text.article import clean
from tests.pages.quality.book import HERE, GoldPage, gold_pages
from tests.pages.quality.scoring import Agreement, by_paragraphs, by_words, overall
from tests.pages.served import page

FLOOR = HERE / "floor.toml"
MARGIN = 0.004
"""How far above its floor a score may be."""

GOLD_PAGES = gold_pages()
_WORST = 8


@dataclass(frozen=True)
class Result:
    """What was read off a page, compared with its gold."""

    gold_page: GoldPage
    title: str
    day: str
    paragraphs: tuple[str, ...]

    @property
    def words(self) -> Agreement:
        return by_words(self.gold_page.paragraphs, self.paragraphs)

    @property
    def whole(self) -> Agreement:
        return by_paragraphs(self.gold_page.paragraphs, self.paragraphs)

    @property
    def wrongs(self) -> list[str]:
        """Return a line for each thing that is wrong."""
        gold, found = self.gold_page.paragraphs, self.paragraphs
        return [
            *(f"  missing: {text}" for text in gold if text not in found),
            *(f"  too much: {text}" for text in found if text not in gold),
            *([f"  title: {self.title}"] if self.title != self.gold_page.title else []),
            *([f"  day: {self.day}"] if self.day != self.gold_page.day else []),
        ]


def read(gold_page: GoldPage) -> Result:
    """Read *gold_page* as a crawl does; a page that is refused has no text, title and day."""
    try:
        found = article(page(gold_page.html, gold_page.url), source="quality")
    except NotAnArticleError as refusal:
        return Result(gold_page, f"refused: {refusal}", "", ())
    text = clean(found.title_html, found.content_html)
    return Result(gold_page, text.title, found.date[:10], text.paragraphs)


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return [read(gold_page) for gold_page in GOLD_PAGES]


def _scores(results: list[Result]) -> dict[str, float]:
    return {
        "words": overall([result.words for result in results]),
        "paragraphs": overall([result.whole for result in results]),
        "titles": mean(result.title == result.gold_page.title for result in results),
        "days": mean(result.day == result.gold_page.day for result in results),
    }


def _worst(results: list[Result]) -> str:
    ordered = sorted(results, key=lambda result: (result.whole.f1, result.words.f1))
    bad = [result for result in ordered if result.wrongs]
    shown = (
        "\n".join(
            (f"{read.gold_page.name}: {read.whole.f1:.3f}, {read.words.f1:.3f}", *read.wrongs)
        )
        for read in bad[:_WORST]
    )
    return "The worst pages, F1 by paragraphs and by words:\n" + "\n".join(shown)


def test_no_score_is_below_its_floor(results: list[Result]) -> None:
    floor = tomllib.loads(FLOOR.read_text(encoding="utf-8"))
    fallen = [
        f"{name} {score:.4f} < {floor[name]}"
        for name, score in _scores(results).items()
        if score < floor[name]
    ]
    assert not fallen, f"{', '.join(fallen)}\n{_worst(results)}"


def test_the_gate_fails_without_a_second_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "read_quickly", lambda _html: None)
    floor = tomllib.loads(FLOOR.read_text(encoding="utf-8"))
    alone = _scores([read(gold_page) for gold_page in GOLD_PAGES])
    assert alone["words"] < floor["words"]
    assert alone["paragraphs"] < floor["paragraphs"]


def test_no_floor_is_left_behind(results: list[Result]) -> None:
    floor = tomllib.loads(FLOOR.read_text(encoding="utf-8"))
    raised = [
        f"{name} = {math.floor(score * 1_000) / 1_000}"
        for name, score in _scores(results).items()
        if score > floor[name] + MARGIN
    ]
    assert not raised, f"better than {FLOOR.name} holds; raise it there: {', '.join(raised)}"


def test_the_floor_is_of_these_scores(results: list[Result]) -> None:
    assert tomllib.loads(FLOOR.read_text(encoding="utf-8")).keys() == _scores(results).keys()


def test_there_are_enough_pages() -> None:
    assert len(GOLD_PAGES) >= 80


@pytest.mark.parametrize("gold_page", GOLD_PAGES, ids=lambda gold_page: gold_page.name)
def test_a_page_shows_its_gold_in_order(gold_page: GoldPage) -> None:
    assert gold_page.used == list(range(1, len(gold_page.paragraphs) + 1))
    if not gold_page.name.startswith("kind-"):  # one fault, and little around it
        assert len(gold_page.html) > 3 * sum(map(len, gold_page.paragraphs)) / 2
