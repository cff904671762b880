"""Ending runs in order that others go on beside."""

from __future__ import annotations

import asyncio

from scrapy.crawler import Crawler

from crawler.exceptions import NewsreelError
from crawler.extensions import required
from crawler.extensions.report import ReportExtension
from crawler.extensions.signals import out_of_time
from crawler.rounds.source_reads import SLICE

_BEGIN = 0.05  # seconds


async def stop(crawler: Crawler, run: asyncio.Task[None]) -> None:
    """End *run* as a signal would."""
    await _begin(crawler, run)
    await crawler.stop_async()


async def end_slice(crawler: Crawler, run: asyncio.Task[None], grace: float) -> None:
    """End *run* in order: what is under way has *grace* seconds, then it is cut off."""
    await _begin(crawler, run)
    if run.done():
        return
    ending = asyncio.ensure_future(crawler.engine.close_spider_async(reason=SLICE))
    done, _ = await asyncio.wait({run}, timeout=grace)
    if not done:
        crawler.signals.send_catch_log(out_of_time)
    await asyncio.wait({run, ending}, return_when=asyncio.FIRST_COMPLETED)


async def abandon(crawler: Crawler, run: asyncio.Task[None], error: NewsreelError) -> None:
    """End *run* for *error*, and send nothing more."""
    await _begin(crawler, run)
    if not run.done():
        required(crawler, ReportExtension).fatal(error)
        crawler.signals.send_catch_log(out_of_time)


async def _begin(crawler: Crawler, run: asyncio.Task[None]) -> None:
    """Wait until the *run* of *crawler* has begun: Scrapy 2.19 never ends one stopped before."""
    while not (run.done() or _has_begun(crawler)):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(_BEGIN)


def _has_begun(crawler: Crawler) -> bool:
    try:
        return crawler.engine.running
    except RuntimeError:  # there is no engine yet
        return False
