"""Which service a host belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from crawler.sources.address import address_key
from crawler.sources.services import Service
from crawler.sources.site import same_place


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


class LinkPageOwners:
    """Whose a feed, sitemap or listing is, by its address.

    Feeds may lie on hosts that many *services* share, so the first folder counts too: of the
    services that have the address itself, or one beside it, the first.
    """

    def __init__(self, services: Iterable[Service]) -> None:
        self._owners: dict[str | tuple[str, str], tuple[int, Service]] = {}
        for number, service in enumerate(services):
            for page in (*service.feeds, *service.sitemaps, *service.listings):
                for name in (address_key(page.url), _folder(page.url)):
                    self._owners.setdefault(name, (number, service))

    def find(self, url: str) -> Service | None:
        """Return the service one of whose feeds or sitemaps is at *url*, or beside it."""
        found = filter(None, (self._owners.get(name) for name in (address_key(url), _folder(url))))
        return min(found, key=lambda owner: owner[0], default=(0, None))[1]


class SiteEntries:
    """The entries for a site, by its address: with and without TLS and ``www.`` it is the same."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._by_place: dict[str, list[Service]] = {}
        for service in services:
            self._by_place.setdefault(same_place(service.site), []).append(service)

    def find(self, site: str) -> list[Service]:
        """Return the entries for *site*, in the order of the file."""
        return self._by_place.get(same_place(site), [])


def _folder(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.path.strip("/").partition("/")[0]
