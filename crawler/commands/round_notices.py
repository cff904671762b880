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
_FIRST = 60.0  # of a watch: what turned when nobody was running is told soon
_APART = 60.0  # notices of single sources: where the network fails, all of them fail


class RoundNotices:
    """Tells whom HEALTH_NOTIFY, *variable*, names of the *sources* whose verdicts turned.

    Without a variable it tells nobody. All are looked at once an hour, and those that `look_at`
    names within a minute. Raises `NoticeSettingError` if none can be sent at all. ``has_failed``:
    the last one was not sent; it is tried again.
    """

    def __init__(self, sources: Sequence[Source], variable: str, *, watch: bool = False) -> None:
        self._sources = sources
        self._variable = variable
        self._next = time.monotonic() + (_FIRST if watch else _EVERY)
        self._next_of_some = time.monotonic()
        self._looked_at: dict[str, Source] = {}
        self._telling: asyncio.Task[None] | None = None
        self.has_failed = False
        if variable:
            check_notices(variable)

    def watch(self, sources: Sequence[Source]) -> None:
        """Tell of these *sources* from now on."""
        self._sources = sources

    def look_at(self, source: Source) -> None:
        """Note that the verdict on *source* may have turned."""
        if self._variable:
            self._looked_at[source.key] = source

    def tell_if_due(self, store: Store) -> None:
        """Tell what there is to be told, if it is time; meanwhile the round goes on."""
        if self._telling and not self._telling.done():
            return
        now = time.monotonic()
        is_due = now >= self._next
        if self._variable and (is_due or (self._looked_at and now >= self._next_of_some)):
            sources = self._sources if is_due else list(self._looked_at.values())
            self._telling = asyncio.ensure_future(self._tell_of(store, sources))

    async def finish(self, store: Store, *, is_stopped: bool) -> None:
        """Tell of all sources at the end, or, if it *is_stopped*, end what is under way alone."""
        if self._telling:
            await self._telling
        if self._variable and not is_stopped:  # a notice may take a minute
            await self._tell_of(store, self._sources)

    async def _tell_of(self, store: Store, sources: Sequence[Source]) -> None:
        self._looked_at.clear()
        if sources is self._sources:
            self._next = time.monotonic() + _EVERY
        try:
            await asyncio.to_thread(self._tell, store, sources)
            self.has_failed = False
        except (NoticeError, OSError) as error:
            self.has_failed = True
            logger.error("%s", error)
        self._next_of_some = time.monotonic() + _APART

    def _tell(self, store: Store, sources: Sequence[Source]) -> None:
        names = [source.source for source in sources]
        found = all_health(store, sources, datetime.now(UTC), names)
        for turn in notify_turns(store, found, self._variable):
            logger.warning("%s", turn.line)
