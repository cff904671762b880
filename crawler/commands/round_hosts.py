"""The hosts that a round asks: each by one run at a time, whichever round's it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from crawler.sources.round_sources import Source
from crawler.state.run_locks import RunLock, RunLocks


class RoundHosts:
    """Takes and gives back the hosts of sources, beside other rounds that have *locks*.

    *on_lost* hears, in some thread, of which source another run has a host, and who it is.
    """

    def __init__(self, locks: RunLocks, on_lost: Callable[[Source, str], object]) -> None:
        self._locks = locks
        self._on_lost = on_lost
        self._lost: dict[str, str] = {}
        self._held: dict[str, tuple[frozenset[str], RunLock]] = {}

    @property
    def asked(self) -> frozenset[str]:
        """The hosts that runs of this round ask now."""
        return frozenset(host for hosts, _ in self._held.values() for host in hosts)

    def take(self, source: Source) -> bool:
        """Take the hosts of *source*, and return whether they were free. Raises OSError."""
        self._lost.pop(source.key, None)
        try:
            lock = self._locks.hosts(source.hosts, partial(self._lose, source))
            self._held[source.key] = source.hosts, lock
        except BlockingIOError:
            return False
        return True

    def give_back(self, source: Source) -> None:
        """Give back what was taken for *source*."""
        if held := self._held.pop(source.key, None):
            held[1].release()

    def is_sure(self, source: Source) -> bool:
        """Return whether nobody else can ask the hosts of *source* now."""
        held = self._held.get(source.key)
        return held is not None and held[1].is_sure

    def lost_to(self, source: Source) -> str:
        """Return who has a host that was taken for *source*, empty if nobody has."""
        return self._lost.get(source.key, "")

    def _lose(self, source: Source, message: str) -> None:
        self._lost[source.key] = message
        self._on_lost(source, message)

    def run_elsewhere(self, source: Source) -> str:
        """Return who crawls *source* itself now, empty if nobody does. Raises OSError."""
        try:
            self._locks.source(source.source).release()
        except BlockingIOError as error:
            return str(error)
        return ""
