"""The memory that large answers take together: who waits, and who goes on."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.crawler import Crawler

from crawler.handlers.body_budget import BodyBudget


class Line:
    """A connection that notes whether it is read."""

    def __init__(self) -> None:
        self.is_read = True

    def pauseProducing(self) -> None:  # noqa: N802
        assert self.is_read
        self.is_read = False

    def resumeProducing(self) -> None:  # noqa: N802
        assert not self.is_read
        self.is_read = True


class InHand:
    """A run whose spider has so many bytes in hand."""

    def __init__(self, size: int) -> None:
        slot = SimpleNamespace(active_size=size)
        self.engine = SimpleNamespace(scraper=SimpleNamespace(slot=slot))
        self.slot = slot


@pytest.fixture
def lines() -> dict[str, Line]:
    return {name: Line() for name in "abc"}


def run(budget: BodyBudget, steps: Any) -> None:
    async def main() -> None:
        await steps(budget)

    asyncio.run(main())


def being_read(lines: dict[str, Line]) -> list[str]:
    return [name for name, line in lines.items() if line.is_read]


def test_the_first_goes_on_and_the_others_wait_for_room(lines: dict[str, Line]) -> None:
    async def steps(budget: BodyBudget) -> None:
        for name, line in lines.items():
            budget.take(name, 40, line)
        assert being_read(lines) == ["a", "b"]
        budget.take("b", 50, lines["b"])
        assert being_read(lines) == ["a"]
        budget.take("a", 200, lines["a"])
        budget.take("b", 51, lines["b"])  # what was on its way
        assert being_read(lines) == ["a"]
        budget.release("a")
        assert being_read(lines) == ["a", "b", "c"]
        budget.take("c", 50, lines["c"])
        assert being_read(lines) == ["a", "b"]
        budget.release("b")
        budget.release("c")
        budget.release("c")
        assert being_read(lines) == ["a", "b", "c"]

    run(BodyBudget(100), steps)


def test_what_spiders_have_in_hand_counts(lines: dict[str, Line]) -> None:
    crawler = InHand(90)

    async def steps(budget: BodyBudget) -> None:
        budget.crawlers.add(cast("Crawler", crawler))
        budget.take("a", 5, lines["a"])
        assert "a" not in being_read(lines)
        crawler.slot.active_size = 50
        while "a" not in being_read(lines):  # noqa: ASYNC110 - it looks by itself
            await asyncio.sleep(0.01)

    run(BodyBudget(100), steps)


def test_an_answer_that_ends_while_it_waits_is_left_alone(lines: dict[str, Line]) -> None:
    async def steps(budget: BodyBudget) -> None:
        budget.take("a", 90, lines["a"])
        budget.take("b", 20, lines["b"])
        budget.release("b")
        budget.release("a")
        assert being_read(lines) == ["a", "c"]  # its connection is closed by who ended it

    run(BodyBudget(100), steps)
