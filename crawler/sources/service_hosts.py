"""Which service a host belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from crawler.sources.address import address_key
from crawler.sources.services import Service


class ServiceHosts:
    """The hosts of *services*, each with all below it; the nearest one counts."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services: dict[str, Service] = {}
        for service in services:
            for domain in service.domains:
                self._services.setdefault(domain, service)

    def find(self, url: str) -> Service | None:
        """Return the service that the host of *url* belongs to, if it is known."""
        host = (urlsplit(url).hostname or "").rstrip(".")
        return next(filter(None, map(self._services.get, _above(host))), None)


def _above(host: str) -> Iterator[str]:
    """Yield *host* and the domains above it, the nearest first."""
    while host:
        yield host
        host = host.partition(".")[2]


def service_of_link_page(services: Iterable[Service], url: str) -> Service | None:
    """Return the service one of whose feeds or sitemaps is at *url*, or beside it.

    Feeds may lie on hosts that many services share, so the first folder counts too.
    """
    wanted, key = _place(url), address_key(url)
    for service in services:
        pages = (*service.feeds, *service.sitemaps, *service.listings)
        if any(address_key(page.url) == key or _place(page.url) == wanted for page in pages):
            return service
    return None


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.path.strip("/").partition("/")[0]
