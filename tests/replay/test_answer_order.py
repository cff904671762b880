"""Replayed answers come in their order, whoever asks first."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest

from crawler.replay.answer_order import AnswerOrder


async def wait(order: AnswerOrder, position: tuple[int, int], into: list[tuple[int, int]]) -> None:
    await order.wait(position)
    into.append(position)


@pytest.mark.parametrize("positions", list(permutations([(0, 9), (1, 2), (1, 10)])))
def test_what_came_first_is_released_first(positions: tuple[tuple[int, int], ...]) -> None:
    went: list[tuple[int, int]] = []

    async def all_at_once() -> None:
        order = AnswerOrder(lambda: False)
        await asyncio.gather(*(wait(order, position, went) for position in positions))

    asyncio.run(all_at_once())
    assert went == sorted(positions)


def test_what_an_answer_leads_to_may_come_before_what_waits() -> None:
    went: list[tuple[int, int]] = []

    async def a_chain() -> None:
        order = AnswerOrder(lambda: False)

        async def leads_on() -> None:
            await wait(order, (0, 1), went)
            await asyncio.sleep(0)
            await wait(order, (0, 2), went)

        await asyncio.gather(wait(order, (0, 3), went), leads_on())

    asyncio.run(a_chain())
    assert went == [(0, 1), (0, 2), (0, 3)]


def test_nothing_is_released_while_something_is_held_up() -> None:
    went: list[tuple[int, int]] = []

    async def held_up() -> None:
        is_held_up = True
        order = AnswerOrder(lambda: is_held_up)
        waiting = asyncio.gather(wait(order, (0, 1), went), wait(order, (0, 2), went))
        for _ in range(200):
            await asyncio.sleep(0)
        assert went == []
        is_held_up = False
        await waiting

    asyncio.run(held_up())
    assert went == [(0, 1), (0, 2)]


def test_one_that_is_cancelled_holds_nothing_up() -> None:
    went: list[tuple[int, int]] = []

    async def cancelled() -> None:
        order = AnswerOrder(lambda: False)
        first = asyncio.create_task(wait(order, (0, 1), went))
        second = asyncio.create_task(wait(order, (0, 2), went))
        await asyncio.sleep(0)
        first.cancel()
        await second

    asyncio.run(cancelled())
    assert went == [(0, 2)]
