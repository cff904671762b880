"""Items under way: no more than allowed, and none forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from scrapy import Spider, signals
from scrapy.crawler import Crawler

from crawler.crawling.item_flow import ItemFlow
from crawler.exceptions import DuplicateArticle, UnstoredArticle


@pytest.fixture
def crawler() -> Crawler:
    return Crawler(Spider)


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(body(), 30))


def test_one_more_waits_until_one_is_done(crawler: Crawler) -> None:
    async def body() -> None:
        flow = ItemFlow(crawler, 2)
        await flow.enter()
        await flow.enter()
        third = asyncio.create_task(flow.enter())
        await asyncio.sleep(0.01)
        assert not third.done()
        crawler.signals.send_catch_log(signals.item_scraped)
        await third

    run(body)


@pytest.mark.parametrize(
    ("signal", "sent", "has_lost"),
    [
        (signals.item_scraped, {}, False),
        (signals.item_dropped, {"exception": DuplicateArticle("x")}, False),
        (signals.item_dropped, {"exception": UnstoredArticle("x")}, True),
        (signals.item_error, {}, True),
    ],
)
def test_the_end_comes_whatever_becomes_of_an_item(
    crawler: Crawler, signal: object, sent: dict[str, object], has_lost: bool
) -> None:
    async def body() -> None:
        flow = ItemFlow(crawler, 2)
        await flow.enter()
        end = asyncio.create_task(flow.end())
        await asyncio.sleep(0.01)
        assert not end.done()
        crawler.signals.send_catch_log(signal, **sent)
        await end
        assert flow.has_lost is has_lost

    run(body)
