"""Which sources may not be read at the same time: those whose hosts are connected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.sources.round_sources import Source


class HostGroups:
    """The hosts of *sources*, those that are connected by a source as one group.

    A job has one lock, and a source several hosts: two sources that ask one host get one lock. So
    do sources that others connect, though they could be read at once.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        self._above: dict[str, str] = {}
        for source in sources:
            first, *others = sorted(source.hosts) or [f"[{source.key}]"]
            for host in (first, *others):
                self._join(first, host)

    def name(self, source: Source) -> str:
        """Return the name of the group that the hosts of *source* are in: its first host."""
        return self._root(min(source.hosts, default=f"[{source.key}]"))

    def _join(self, one: str, other: str) -> None:
        roots = sorted((self._root(one), self._root(other)))
        self._above[roots[1]] = roots[0]

    def _root(self, host: str) -> str:
        while (above := self._above.setdefault(host, host)) != host:
            self._above[host] = self._above[above]
            host = above
        return host
