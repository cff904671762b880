"""The hosts that a round asks: each by one run at a time, whichever round's it is."""

from __future__ import annotations

from crawler.sources.round_sources import Source
from crawler.state.run_locks import RunLock, RunLocks


class RoundHosts:
    """Takes and gives back the hosts of sources, beside other rounds that have *locks*."""

    def __init__(self, locks: RunLocks) -> None:
        self._locks = locks
        self._held: dict[str, tuple[frozenset[str], RunLock]] = {}

    @property
    def asked(self) -> frozenset[str]:
        """The hosts that runs of this round ask now."""
        return frozenset(host for hosts, _ in self._held.values() for host in hosts)

    def take(self, source: Source) -> bool:
        """Take the hosts of *source*, and return whether they were free. Raises OSError."""
        try:
            self._held[source.key] = source.hosts, self._locks.hosts(source.hosts)
        except BlockingIOError:
            return False
        return True

    def give_back(self, source: Source) -> None:
        """Give back what was taken for *source*."""
        if held := self._held.pop(source.key, None):
            held[1].release()

    def run_elsewhere(self, source: Source) -> str:
        """Return who crawls *source* itself now, empty if nobody does. Raises OSError."""
        try:
            self._locks.source(source.source).release()
        except BlockingIOError as error:
            return str(error)
        return ""
