"""Notices of sources that went silent or fail, or no longer do, while rounds read them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from crawler.exceptions import NoticeError
from crawler.rounds.notices import check_notices, notify_turns
from crawler.rounds.source_health import all_health
from crawler.sources.round_sources import Source
from crawler.state.store import Store

logger = logging.getLogger(__name__)

_EVERY = 3600.0  # seconds: the health of a million articles takes six CPU seconds to work out


class RoundNotices:
    """Tells whom HEALTH_NOTIFY, *variable*, names of the *sources* whose verdicts turned.

    Without a variable it tells nobody. Raises `NoticeError` if no notice can be sent at all.
    ``has_failed``: the last one was not sent; it is tried again.
    """

    def __init__(self, sources: Sequence[Source], variable: str) -> None:
        self._sources = sources
        self._variable = variable
        self._next = time.monotonic() + _EVERY
        self.has_failed = False
        if variable:
            check_notices(variable)

    async def tell_if_due(self, store: Store) -> None:
        """Do what `tell` does, an hour after the last time."""
        if self._variable and time.monotonic() >= self._next:
            await self.tell(store)

    async def tell(self, store: Store) -> None:
        """Look at the sources, in a thread, and tell what there is to be told."""
        if not self._variable:
            return
        self._next = time.monotonic() + _EVERY
        try:
            await asyncio.to_thread(self._tell, store)
            self.has_failed = False
        except (NoticeError, OSError) as error:
            self.has_failed = True
            logger.error("%s", error)

    def _tell(self, store: Store) -> None:
        names = [source.source for source in self._sources]
        found = all_health(store, self._sources, datetime.now(UTC), names)
        for turn in notify_turns(store, found, self._variable):
            logger.warning("%s", turn.line)
