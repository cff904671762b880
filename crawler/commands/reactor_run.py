"""A coroutine that is run in Scrapy's reactor, beside the runs that it makes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from crawler.exceptions import NewsreelError


def run_in_reactor(
    process: AsyncCrawlerProcess, work: Coroutine[Any, Any, None]
) -> NewsreelError | None:
    """Run *work* to its end, and return the error that ended it."""
    from twisted.internet import reactor  # noqa: PLC0415 - Scrapy has chosen one by now

    async def run() -> NewsreelError | None:
        try:
            await work
        except NewsreelError as error:
            return error
        finally:
            reactor.stop()  # type: ignore[misc]
        return None

    task = asyncio.get_event_loop().create_task(run())
    process.start(stop_after_crawl=False, install_signal_handlers=False)
    return task.result()
