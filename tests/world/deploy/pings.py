"""A server like healthchecks.io: it notes which address was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.small_site import SmallSite, page, serving


class PingServer(SmallSite):
    """Answers all pings; ``url`` is where they go."""

    @property
    def url(self) -> str:
        return f"{self.home}/p"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in its order."""
        return self.requested

    def _answer(self, path: str) -> bytes:
        return page(b"OK")


@contextmanager
def pinged() -> Iterator[PingServer]:
    """Serve one."""
    with serving(PingServer()) as server:
        yield server
