"""Whose turn it is."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest

from crawler.replay.answer_order import Turns


async def told(turns: Turns, place: tuple[int, int], into: list[tuple[int, int]]) -> None:
    await turns.wait(place)
    into.append(place)


@pytest.mark.parametrize("places", list(permutations([(0, 9), (1, 2), (1, 10)])))
def test_who_was_first_goes_first(places: tuple[tuple[int, int], ...]) -> None:
    went: list[tuple[int, int]] = []

    async def all_at_once() -> None:
        turns = Turns(lambda: False)
        await asyncio.gather(*(told(turns, place, went) for place in places))

    asyncio.run(all_at_once())
    assert went == sorted(places)


def test_what_an_answer_leads_to_may_come_before_who_waits() -> None:
    went: list[tuple[int, int]] = []

    async def a_chain() -> None:
        turns = Turns(lambda: False)

        async def leads_on() -> None:
            await told(turns, (0, 1), went)
            await asyncio.sleep(0)
            await told(turns, (0, 2), went)

        await asyncio.gather(told(turns, (0, 3), went), leads_on())

    asyncio.run(a_chain())
    assert went == [(0, 1), (0, 2), (0, 3)]


def test_nobody_goes_while_something_is_held_up() -> None:
    went: list[tuple[int, int]] = []

    async def held_up() -> None:
        is_held_up = True
        turns = Turns(lambda: is_held_up)
        waiting = asyncio.gather(told(turns, (0, 1), went), told(turns, (0, 2), went))
        for _ in range(200):
            await asyncio.sleep(0)
        assert went == []
        is_held_up = False
        await waiting

    asyncio.run(held_up())
    assert went == [(0, 1), (0, 2)]


def test_one_that_is_cancelled_holds_nobody_up() -> None:
    went: list[tuple[int, int]] = []

    async def cancelled() -> None:
        turns = Turns(lambda: False)
        first = asyncio.create_task(told(turns, (0, 1), went))
        second = asyncio.create_task(told(turns, (0, 2), went))
        await asyncio.sleep(0)
        first.cancel()
        await second

    asyncio.run(cancelled())
    assert went == [(0, 2)]
