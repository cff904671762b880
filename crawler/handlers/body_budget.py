"""The memory that the large answers of all runs of this process may take together.

Scrapy holds the body of an answer from its first byte until the spider is done with it. Sixteen
runs with two requests each would hold a gigabyte if their sites sent what they may. So a large
answer that finds no room is not read on: its site waits, as TCP lets it, for others to be done.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

BUDGET = 64 << 20
"""Bytes that large answers take together; the one that began first may be on top."""
LARGE = 1 << 20
"""Bytes of an answer that are let in anyway."""
_M_MMAP_THRESHOLD = -3
_PAUSE = 0.1  # seconds; nobody tells when a spider is done with an answer


class Connection(Protocol):
    """What an answer comes over."""

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Take no more of it."""

    def resumeProducing(self) -> None:  # noqa: N802
        """Go on."""


class BodyBudget:
    """Lets large answers in as far as there is room for them.

    What the spiders of *crawlers* have in hand counts too. The answer that began first waits for
    them alone, until they have half of the budget: so there is always one that goes on.

    Garbage with a body in it counts as one object for Python's collector, which leaves it for long:
    it is collected now and then.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._held: dict[object, int] = {}
        self._waiting: dict[object, Connection] = {}
        self._let_go = 0
        self._has_begun = False
        self._timer: asyncio.TimerHandle | None = None
        self.crawlers: WeakSet[Crawler] = WeakSet()

    def take(self, answer: object, size: int, connection: Connection) -> None:
        """Note that *size* bytes of *answer* are there; let *connection* wait if there is no room.

        Whoever takes gives back by `release`.
        """
        if not self._has_begun:
            self._has_begun = True
            _give_back_large_blocks()
        self._held[answer] = size
        if answer not in self._waiting and not self._has_room(answer):
            self._waiting[answer] = connection
            connection.pauseProducing()
            self._look_again()

    def release(self, answer: object) -> None:
        """Note that *answer* is no longer held here; its connection goes its own way."""
        self._let_go += self._held.pop(answer, 0)
        self._waiting.pop(answer, None)
        if self._let_go > self._budget / 2:
            self._let_go = 0
            gc.collect()
        self._resume()

    @property
    def in_hand(self) -> int:
        """The bytes of the answers that spiders have not done with."""
        scrapers = (crawler.engine.scraper for crawler in self.crawlers if crawler.engine)
        return sum(scraper.slot.active_size for scraper in scrapers if scraper.slot)

    def _has_room(self, answer: object) -> bool:
        in_hand = self.in_hand
        if answer == next(iter(self._held)):
            return 2 * in_hand <= self._budget
        return in_hand + sum(self._held.values()) <= self._budget

    def _resume(self) -> None:
        for answer, connection in list(self._waiting.items()):
            if self._has_room(answer):
                del self._waiting[answer]
                connection.resumeProducing()
        self._look_again()

    def _look_again(self) -> None:
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._resume()


def _give_back_large_blocks() -> None:
    """Have the system's library give back each large block that is freed (mallopt(3), glibc).

    By itself it keeps blocks of a size that was freed before, up to 32 MB: half as much again.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE)


body_budget = BodyBudget()
"""That of this process."""
